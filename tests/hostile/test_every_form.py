"""Each form and each query string of the console's and the admin site's pages, with what has broken others elsewhere.

Forms are read off the pages that the resolver knows: a new page, and a new field on it, is in it by being there.
"""

import re
from collections.abc import Iterator
from urllib.parse import parse_qsl, quote, urljoin, urlsplit

import pytest

from tests.hostile.browser import FORM, TOKEN, Browser, Form
from tests.hostile.service import Service
from tests.hostile.test_every_input import IN_URLS
from tests.hostile.wire import Answer
from tests.hostile.world import World
from tests.test_rights import is_api, routes

PASSWORD = "in-a-storm-9"
VALUES = [
    "",
    "a\0b",
    "\ud800",
    "\u202e\u2066x",
    "👩‍👩‍👧‍👦" * 50,
    "a\r\nb",
    "2147483648",
    "9223372036854775808",
    "-1",
    "1e400",
]
VALUES += ["NaN", "null", "[" * 6000, '{"a": NaN}', "9" * 5000, "{{7*7}}{% debug %}", "' OR 1=1 --", "../../etc/passwd"]
VALUES += ["00000000-0000-7000-8000-000000000000", "x" * 70_000]
UNSOUND = [(FORM, b"\xff\xfe\x00"), (FORM, b"&" * 5000), (FORM, b"a=1&" * 2000), ("Content-Type: text/plain", b"x")]
UNSOUND += [("Content-Type: multipart/form-data; boundary=x", b"--x\r\n\0"), ("Content-Type: application/json", b"{}")]
UNSOUND += [("Content-Type: multipart/form-data", b"x"), (FORM, b"x=" + b"y" * 1_100_000)]
REFUSED = (400, 403, 404, 405, 409, 413, 415)
FINE = (200, 204, 302, 303, *REFUSED)
FoundForms = dict[tuple[str, tuple[str, ...]], Form]
# They lead out, or are not ours to fill.
LEFT_OUT = ("/static", "/account/single-sign-on", "/admin/logout", "/admin/jsi18n")


@pytest.fixture(scope="module")
def visitor(service: Service) -> Browser:
    """The administrator's browser, which has just said again who it is."""
    found = Browser(service.wire(""))
    assert found.log_in("admin@example.com", PASSWORD).status == 302
    found.get("/account/confirm")
    assert found.post("/account/confirm", [("password", PASSWORD)]).status == 302
    return found


def page_routes() -> list[str]:
    found = {path for path, _ in routes() if not is_api(path) and "(?P" not in path}
    return sorted(path for path in found if not path.startswith((*LEFT_OUT, "/admin/")))


@pytest.fixture(scope="module")
def pages(visitor: Browser, world: World) -> list[str]:
    """Of the console by the resolver, and of the admin site by its links, one of each kind."""
    found = {world.filled(path) for path in page_routes() if "<str:" not in path}
    return sorted(found) + sorted(of_the_admin_site(visitor).values())


def of_the_admin_site(visitor: Browser) -> dict[str, str]:
    """The page that is met first, of each kind: a list, a form for a new one, one that is there."""
    found: dict[str, str] = {}
    waiting = ["/admin/"]
    while waiting:
        path = waiting.pop(0)
        kind = re.sub(r"/([0-9a-f-]{36}|[0-9]+)/", "/one/", path)
        if kind in found or path.startswith(LEFT_OUT):
            continue
        found[kind] = path
        links = (urlsplit(urljoin(path, link)).path for link in visitor.forms(path).links)
        waiting += [link for link in links if link.startswith("/admin/")]
    return found


def forms_on(visitor: Browser, pages: list[str]) -> FoundForms:
    """Those that change something, each once."""
    found = {}
    for page in pages:
        for form in visitor.forms(page).found:
            form.action = urlsplit(urljoin(page, form.action)).path
            if form.method == "post" and not form.action.startswith(LEFT_OUT):
                found[form.action, form.names] = form
    return found


@pytest.fixture(scope="module")
def forms(visitor: Browser, pages: list[str]) -> FoundForms:
    return forms_on(visitor, pages)


def stays_in(visitor: Browser) -> None:
    """A form may have ended the session, as its button says."""
    if visitor.get("/profile").status != 200:
        assert visitor.log_in("admin@example.com", PASSWORD).status == 302


def is_fine(answer: Answer) -> bool:
    location = urlsplit(answer.headers.get("location", ""))
    return answer.status in FINE and not location.netloc and b"<script>x" not in answer.body


def hostile(form: Form) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    for name in form.names:
        for value in VALUES:
            yield f"{name}={value[:30]!r}", form.with_value(name, value)
        yield f"{name} twice", [*form.with_value(name, "x"), (name, "y")]
        yield f"no {name}", [pair for pair in form.with_value(name, "") if pair[0] != name]
    for value in VALUES:
        yield f"all={value[:30]!r}", [(name, value) for name in form.names if name != TOKEN]


def test_forms_were_found(forms: FoundForms) -> None:
    actions = {action for action, _ in forms}

    assert len(forms) > 40
    assert {"/incidents/new", "/profile", "/people/invite", "/webhooks/new", "/account/confirm"} <= actions
    assert {"/admin/users/user/add/", "/admin/incidents/incident/add/"} <= actions


def surprises(visitor: Browser, form: Form, figures: dict[str, int]) -> dict[str, int]:
    found = {}
    for kind, fields in hostile(form):
        figures["form_values"] = figures.get("form_values", 0) + 1
        answer = visitor.post(form.action, fields)
        if not is_fine(answer):
            found[f"{form.action} {kind}"] = answer.status
    return found


def test_every_field_of_every_form_takes_or_refuses_everything(
    visitor: Browser, forms: FoundForms, figures: dict[str, int]
) -> None:
    found = {}
    for form in forms.values():
        stays_in(visitor)
        found |= surprises(visitor, form, figures)

    assert found == {}


def test_so_do_those_that_nobody_need_be_logged_in_for(
    service: Service, pages: list[str], figures: dict[str, int]
) -> None:
    nobody = Browser(service.wire(""))
    forms = forms_on(nobody, [page for page in pages if page.startswith("/account/")])

    assert {"/account/login", "/account/login/passkey", "/account/reset"} <= {action for action, _ in forms}
    assert [surprises(nobody, form, figures) for form in forms.values()] == [{}] * len(forms)


@pytest.mark.parametrize("route", [route for route in page_routes() if "<" in route])
def test_a_page_is_not_found_under_what_names_nothing(visitor: Browser, route: str, figures: dict[str, int]) -> None:
    paths = [re.sub(r"<\w+:\w+>", value, route) for value in [*IN_URLS, "9" * 30, "9" * 5000, "0", "-0", "%D9%A1"]]
    figures["page_paths"] = figures.get("page_paths", 0) + 2 * len(paths)

    stays_in(visitor)
    answers = {path[:80]: (visitor.get(path).status, visitor.post(path, []).status) for path in paths}

    assert {
        path: found for path, found in answers.items() if not set(found) <= {302, 303, 400, 403, 404, 405, 414}
    } == {}


def test_a_form_that_is_none_is_refused(visitor: Browser, forms: FoundForms, figures: dict[str, int]) -> None:
    answers = {
        (action, kind, body[:10]): visitor.call("POST", action, body, kind).status
        for action in {action for action, _ in forms}
        for kind, body in UNSOUND
    }
    figures["unsound_forms"] = len(answers)

    assert {call: status for call, status in answers.items() if status not in REFUSED} == {}


def test_every_query_string_of_a_page_is_taken_or_refused(
    visitor: Browser, pages: list[str], figures: dict[str, int]
) -> None:
    surprises = {}
    for page in pages:
        stays_in(visitor)
        for name in sorted(names_of(visitor, page)):
            for value in [*IN_URLS, f"a&{quote(name)}=b"]:
                figures["page_queries"] = figures.get("page_queries", 0) + 1
                answer = visitor.get(f"{page}?{quote(name)}={value}")
                if not is_fine(answer):
                    surprises[page, name, value[:30]] = (answer.status, answer.headers.get("location"))

    assert surprises == {}


def names_of(visitor: Browser, page: str) -> set[str]:
    """What a page is asked by its own forms and links, and what none is asked."""
    shown = visitor.forms(page)
    links = (urlsplit(urljoin(page, link)) for link in shown.links)
    by_links = {name for link in links if link.path == page for name, _ in parse_qsl(link.query)}
    by_forms = {name for form in shown.found if form.method == "get" for name in form.names}
    return by_links | by_forms | {"unknown", "\0"}
