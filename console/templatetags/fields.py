"""A field of a form: its label, its input, what is wrong with it, and what it wants."""

import re
from typing import Any

from django import forms, template
from django.utils.safestring import SafeString

register = template.Library()

# The narrower name before the wider: every browser says that it is others, too.
BROWSERS = {"Edg": "Edge", "OPR": "Opera", "Firefox": "Firefox", "Chrom": "Chrome", "Safari": "Safari", "curl": "curl"}
SYSTEMS = {"Android": "Android", "iPhone|iPad": "iOS", "Windows": "Windows", "Mac OS": "macOS", "Linux": "Linux"}


@register.filter
def browser(user_agent: str) -> str:
    """`Firefox on Windows`, as far as it tells; the whole of it is for whoever wants to know."""
    found = [
        next((name for sign, name in names.items() if re.search(sign, user_agent)), None)
        for names in (BROWSERS, SYSTEMS)
    ]
    return " on ".join(filter(None, found)) or "An unknown browser"


@register.inclusion_tag("console/field.html")
def field(bound: Any) -> dict[str, Any]:
    """`{% field form.email %}`. A tick box stands before its label; a hidden input stands alone."""
    is_tick = isinstance(bound.field.widget, forms.CheckboxInput)
    return {"field": bound, "widget": widget(bound, is_tick), "is_tick": is_tick, "is_hidden": bound.is_hidden}


def widget(bound: Any, is_tick: bool) -> SafeString:
    attributes = {} if is_tick or bound.is_hidden else {"class": "input"}
    shown: SafeString = bound.as_widget(attrs=attributes)
    return shown
