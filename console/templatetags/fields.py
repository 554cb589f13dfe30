"""A field of a form: its label, its input, what is wrong with it, and what it wants."""

from typing import Any

from django import forms, template
from django.utils.safestring import SafeString

register = template.Library()


@register.inclusion_tag("console/field.html")
def field(bound: Any) -> dict[str, Any]:
    """`{% field form.email %}`. A tick box stands before its label; a hidden input stands alone."""
    is_tick = isinstance(bound.field.widget, forms.CheckboxInput)
    return {"field": bound, "widget": widget(bound, is_tick), "is_tick": is_tick, "is_hidden": bound.is_hidden}


def widget(bound: Any, is_tick: bool) -> SafeString:
    attributes = {} if is_tick or bound.is_hidden else {"class": "input"}
    shown: SafeString = bound.as_widget(attrs=attributes)
    return shown
