"""The forms of the admin site, as a browser reads and sends them."""

import re
from html.parser import HTMLParser


class Controls(HTMLParser):
    """Name -> value of every control, as a browser sends it untouched."""

    def __init__(self):
        super().__init__()
        self.values, self.open = {}, None

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        name, kind = given.get("name"), given.get("type")
        if tag == "option" and "selected" in given:
            self.values[self.open] = given["value"]
        elif tag in ("textarea", "select"):
            self.open, self.values[name] = name, ""
        elif tag == "input" and name and kind not in ("submit", "checkbox"):
            self.values[name] = given.get("value") or ""
            if kind != "hidden":
                self.values[name] = re.sub(r"[\r\n]", "", self.values[name])
        elif tag == "input" and kind == "checkbox" and "checked" in given:
            self.values[name] = "on"

    def handle_endtag(self, tag):
        if tag == "textarea":
            self.values[self.open] = self.values[self.open].removeprefix("\n")
        if tag in ("textarea", "select"):
            self.open = None

    def handle_data(self, data):
        if self.open is not None and self.lasttag == "textarea":
            self.values[self.open] += data


def form_of(page, form):
    """Name -> value of every control of this form, untouched."""
    start = page.text.index(f'id="{form}"')
    controls = Controls()
    controls.feed(page.text[start : page.text.index("</form>", start)])
    return {name: re.sub(r"\r\n?|\n", "\r\n", value) for name, value in controls.values.items() if name}
