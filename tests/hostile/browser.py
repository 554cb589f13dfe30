"""Somebody's browser, without scripts: its cookies, and the forms of the pages that it is shown."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlencode

from tests.hostile.wire import Answer, Wire

FORM = "Content-Type: application/x-www-form-urlencoded"
TOKEN = "csrfmiddlewaretoken"
Fields = list[tuple[str, str]]


@dataclass
class Form:
    method: str
    action: str
    fields: list[list[str | None]] = field(default_factory=list)  # names and values; None is not sent: an empty box

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(str(name) for name, _ in self.fields))

    def with_value(self, name: str, value: str) -> Fields:
        others = [(str(known), old) for known, old in self.fields if known != name and old is not None]
        return [*others, (name, value)]


class Forms(HTMLParser):
    """The forms of a page as it would send them, and where its links lead."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[Form] = []
        self.by_id: dict[str, Form] = {}
        self.links: list[str] = []
        self.open: list[str | None] = []  # the field whose content is being read
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append(Form(given.get("method", "get").lower(), given.get("action", "")))
            self.by_id[given.get("id", "")] = self.found[-1]
        elif tag == "a":
            self.links.append(given.get("href", ""))
        elif tag == "option" and self.open and ("selected" in given or self.open[1] is None):
            self.open[1] = given.get("value", "")
        elif tag in ("input", "textarea", "select", "button") and given.get("name"):
            self.add(tag, given)

    def add(self, tag: str, given: dict[str, str]) -> None:
        form = self.by_id.get(given["form"]) if "form" in given else self.found[-1] if self.found else None
        if form is None:
            return
        is_empty = tag == "select" or (given.get("type") in ("checkbox", "radio") and "checked" not in given)
        form.fields.append([given["name"], None if is_empty else given.get("value", "")])
        self.open = form.fields[-1] if tag in ("select", "textarea") else []

    def handle_endtag(self, tag: str) -> None:
        if tag in ("select", "textarea"):
            self.open = []

    def handle_data(self, data: str) -> None:
        if self.open and self.open[1] is not None and self.lasttag == "textarea":
            self.open[1] += data


class Browser:
    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self.cookies: dict[str, str] = {}

    def call(self, method: str, path: str, body: bytes | None = None, *lines: str) -> Answer:
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        answer = self.wire.call(method, path, body, *([f"Cookie: {cookie}"] if cookie else []), *lines)
        self.cookies |= answer.cookies
        return answer

    def get(self, path: str, *lines: str) -> Answer:
        return self.call("GET", path, None, *lines)

    def post(self, path: str, fields: Fields, *lines: str) -> Answer:
        """With the page's token, unless the fields say another."""
        own = [] if TOKEN in dict(fields) else [(TOKEN, self.cookies.get("csrftoken", ""))]
        body = urlencode([*own, *fields], errors="surrogatepass").encode()
        return self.call("POST", path, body, FORM, *lines)

    def log_in(self, email: str, password: str, leads_to: str = "/") -> Answer:
        self.get("/account/login")
        return self.post("/account/login", [("login", email), ("password", password), ("next", leads_to)])

    def forms(self, path: str) -> Forms:
        return Forms(self.get(path).body.decode())
