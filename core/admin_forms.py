"""Forms of the admin site that write through services, by the API's own rules."""

import json
import re
from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.http import HttpRequest, HttpResponse

from core import parsers, uuids
from core.admin_pages import UncountedAdmin
from core.errors import DomainError, Invalid

LINE_BREAK = re.compile(r"\r\n?")


class SentText(forms.CharField):
    """Text as it was sent: what a browser alone makes of its line breaks is no edit."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"strip": False, "required": False, "show_hidden_initial": True, **kwargs})

    def to_python(self, value: Any) -> str:
        return LINE_BREAK.sub("\n", super().to_python(value) or "")

    def has_changed(self, initial: Any, data: Any) -> bool:
        return self.through_browser(initial) != self.through_browser(data)

    def through_browser(self, text: Any) -> str:
        unified = self.to_python(text)
        return unified if isinstance(self.widget, forms.Textarea) else unified.replace("\n", "")


class JSONText(SentText):
    """JSON as the API reads it: no key twice, nothing bottomless, nothing that cannot be stored."""

    widget = forms.Textarea

    def prepare_value(self, value: Any) -> Any:
        return value if isinstance(value, str) else json.dumps(value or {}, indent=2, ensure_ascii=False)

    def clean(self, value: Any) -> Any:
        text = super().clean(value).strip() or "{}"
        try:
            body = parsers.parse(f'{{"it": {text}}}'.encode())
        except Invalid as error:
            sentences = [sentence for told in error.details.values() for sentence in told]
            raise ValidationError([sentence.replace("The body", "This") for sentence in sentences]) from None
        if set(body) != {"it"}:
            raise ValidationError("This is not one JSON value.")
        return body["it"]


class PersonSelect(AutocompleteSelect):
    def optgroups(self, name: str, value: Sequence[Any], attr: Any = None) -> Any:
        """Without what is no id: Django's own would look for it, and fail."""
        return super().optgroups(name, [given for given in value if uuids.parsed(str(given))], attr)


class ServiceForm(forms.ModelForm):  # type: ignore[type-arg]  # of any model
    """Hands what a person touched to a service. The instance stays as it was read."""

    # What the service said to this very form, when it is shown again.
    refused: DomainError | None = None

    def touched(self, *names: str) -> dict[str, Any]:
        """Those of the fields that were changed and hold something sound."""
        return {name: self.cleaned_data[name] for name in names if name in self.changed_data_and_sound}

    @property
    def changed_data_and_sound(self) -> set[str]:
        return set(self.changed_data) & set(self.cleaned_data)

    def checked(self, input_class: Any, data: dict[str, Any]) -> dict[str, Any]:
        """What the API would take of `data`; its complaints become this form's."""
        given = input_class(data=data)
        if given.is_valid():
            valid: dict[str, Any] = given.validated_data
            return valid
        self.complain({field: [str(told) for told in complaints] for field, complaints in given.errors.items()})
        return {}

    def complain(self, complaints: dict[str, list[str]]) -> None:
        for field, sentences in complaints.items():
            self.add_error(field if field in self.fields else NON_FIELD_ERRORS, sentences)

    def complaints(self, error: DomainError) -> dict[str, list[str]]:
        """Field -> sentences for what the service refused."""
        if error.details and all(isinstance(told, list) for told in error.details.values()):
            return dict(error.details)
        return {NON_FIELD_ERRORS: [error.message]}

    def _post_clean(self) -> None:
        """In place of writing into the instance and checking that: the service does both."""
        if self.refused is not None:
            self.complain(self.complaints(self.refused))


class ServiceAdmin(UncountedAdmin):
    """A form is written by a service; what that refuses is told beside the field, with nothing written."""

    form: type[ServiceForm] = ServiceForm
    add_form: type[ServiceForm]

    def write(self, request: HttpRequest, form: Any, *, is_new: bool) -> Any:
        """Call the services and return the object as it is then."""
        raise NotImplementedError

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return super().changeform_view(request, *args, **kwargs)
        except DomainError as error:  # its transaction is rolled back: show the form again, with the reason
            request.refused = error  # type: ignore[attr-defined]  # for get_form
            return super().changeform_view(request, *args, **kwargs)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.readonly_fields if obj else ()

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        of_this = {"form": self.form if obj else self.add_form}
        form: Any = super().get_form(request, obj, change, **of_this, **kwargs)
        form.refused = getattr(request, "refused", None)  # the class was made for this request
        return form

    def save_form(self, request: HttpRequest, form: Any, change: bool) -> Any:
        return self.write(request, form, is_new=not change)

    def save_model(self, *args: Any, **kwargs: Any) -> None:
        """Written by save_form already."""

    def save_related(self, *args: Any, **kwargs: Any) -> None:
        """Written by save_form already."""
