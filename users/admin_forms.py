"""The forms of a user on the admin site."""

from typing import Any

from django import forms
from django.contrib.admin.forms import AdminPasswordChangeForm

from core.admin_forms import SentText, ServiceForm
from users import services
from users.models import Role, User
from users.serializers import CreateUserInput, EditUserInput

NAMED = ("email", "name", "role", "timezone", "password")


class CreateForm(ServiceForm):
    email = SentText(required=True, widget=forms.EmailInput(attrs={"class": "vTextField"}))
    name = SentText(required=True, widget=forms.TextInput(attrs={"class": "vTextField"}))
    role = forms.ChoiceField(choices=Role.choices, initial=Role.RESPONDER)
    timezone = SentText(
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        initial="UTC",
        label="Time zone",
        help_text="A name like Europe/Lisbon.",
    )
    password = SentText(
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        show_hidden_initial=False,
        help_text="Without one this person cannot log in yet.",
    )

    def clean(self) -> None:
        given = {name: value for name, value in self.cleaned_data.items() if value != ""}
        self.given = self.checked(CreateUserInput, given)


class EditForm(CreateForm):
    role = forms.ChoiceField(choices=Role.choices, show_hidden_initial=True)
    is_active = forms.BooleanField(
        required=False,
        show_hidden_initial=True,
        label="Active",
        help_text="Deactivation ends this person's sessions and tokens at once.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.pop("password", None)  # the hash
        self.fields["password"].help_text = "Leave this empty to keep the password."

    def clean(self) -> None:
        self.given = self.checked(EditUserInput, self.touched(*NAMED, "is_active"))


class OwnPasswordForm(AdminPasswordChangeForm):
    """Django's, but the service writes it: with an entry in the audit log."""

    def save(self, commit: bool = True) -> User:
        password = self.cleaned_data["new_password1"]
        self.user = services.edit_user(self.user.pk, actor=self.user, password=password)
        return self.user
