"""The forms of an incident on the admin site."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import NON_FIELD_ERRORS
from django.http import QueryDict

from core.admin_forms import JSONText, PersonSelect, SentText, ServiceForm
from core.errors import DomainError, PreconditionFailed
from incidents.errors import InvalidStatusTransition
from incidents.lifecycle import ALLOWED
from incidents.models import Incident, Severity, Status
from incidents.serializers import ChangeStatusInput, EditInput, OpenInput
from users.models import User

EDITED = ("title", "severity", "description", "metadata", "assignee")
CHANGED_MEANWHILE = (
    "This incident was changed after this page was opened ({fields}). What you did not touch now shows what is "
    "stored; what you entered is kept. Look at it, then save again."
)


def person(field: str, **kwargs: Any) -> "forms.ModelChoiceField[User]":
    select = PersonSelect(Incident._meta.get_field(field), admin.site)
    return forms.ModelChoiceField(User.objects.all(), required=False, widget=select, **kwargs)


def block(rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows, "class": "vLargeTextField"})


def id_of(user: User | None) -> str | None:
    return str(user.pk) if user else None


class OpenForm(ServiceForm):
    title = SentText(required=True, widget=forms.TextInput(attrs={"class": "vTextField"}))
    severity = forms.ChoiceField(choices=[("", "---------"), *Severity.choices])
    description = SentText(widget=block(10))
    metadata = JSONText(widget=block(6), help_text="A JSON object.")
    assignee = person("assignee")
    created_by = person("created_by", help_text="You, unless you name somebody else.")

    def clean(self) -> None:
        people = {name: id_of(self.cleaned_data.get(name)) for name in ("assignee", "created_by")}
        self.given = self.checked(OpenInput, self.touched("title", "severity", "description", "metadata") | people)


class EditForm(ServiceForm):
    seen_version = forms.IntegerField(widget=forms.HiddenInput)
    status = forms.ChoiceField(choices=Status.choices, show_hidden_initial=True)
    note = SentText(widget=block(2), help_text="Goes with a change of the status.")
    title = SentText(required=True, widget=forms.TextInput(attrs={"class": "vTextField"}))
    severity = forms.ChoiceField(choices=Severity.choices, show_hidden_initial=True)
    description = SentText(widget=block(10))
    metadata = JSONText(widget=block(6), help_text="A JSON object.")
    assignee = person("assignee", show_hidden_initial=True)

    def __init__(self, data: QueryDict | None = None, *args: Any, **kwargs: Any) -> None:
        super().__init__(data, *args, **kwargs)
        self.initial["seen_version"] = self.instance.version
        allowed = (self.instance.status, *ALLOWED[self.instance.status])
        self.fields["status"].widget.choices = [choice for choice in Status.choices if choice[0] in allowed]
        self.meanwhile: list[str] = []
        if data is not None and isinstance(self.refused, PreconditionFailed):
            self.data = self.brought_up_to_date(data)

    def brought_up_to_date(self, data: QueryDict) -> QueryDict:
        """`data` as if the form had been opened just now: only what a person touched differs from what is stored."""
        touched = self.changed_data
        del self.changed_data  # of the form as it was opened
        fresh = data.copy()
        stored = type(self)(instance=self.instance)
        for name in (*EDITED, "status"):
            now = stored[name].value()
            if self.fields[name].has_changed(data.get(f"initial-{name}"), now):
                self.meanwhile.append(name)
            fresh[f"initial-{name}"] = now
            if name not in touched:
                fresh[name] = now
        fresh["seen_version"] = str(self.instance.version)
        return fresh

    def clean(self) -> None:
        touched = self.touched(*EDITED)
        if "assignee" in touched:
            touched["assignee"] = id_of(touched["assignee"])
        self.edits = self.checked(EditInput, touched)
        self.move = self.checked(ChangeStatusInput, self.touched("status", "note")) if self.is_moved() else {}

    def is_moved(self) -> bool:
        """Whether the status is to change. A note without that would be lost, so it is refused."""
        if "status" in self.changed_data:
            return True
        if self.cleaned_data.get("note"):
            self.add_error("note", "A note goes with a change of the status: choose one, or clear the note.")
        return False

    def complaints(self, error: DomainError) -> dict[str, list[str]]:
        if isinstance(error, PreconditionFailed):
            fields = ", ".join(self.meanwhile) or "a comment"
            return {NON_FIELD_ERRORS: [CHANGED_MEANWHILE.format(fields=fields)]}
        if isinstance(error, InvalidStatusTransition):
            return {"status": [error.message]}
        return super().complaints(error)
