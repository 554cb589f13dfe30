"""Which mails somebody wants: their own choice, or the defaults that administrators set."""

from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from core.clock import app_now
from core.errors import Invalid
from incidents.models import Severity
from notifications.models import MailPreference
from users import audit
from users.models import User

BUILT_IN: dict[str, Any] = {
    "created_severities": ["P1"],
    "assigned_severities": ["P1", "P2", "P3"],
    "wants_summary": True,
}
# SQL: somebody, of whom it does not look whether they are active, may want to be told of the new incident `i`.
MAY_WANT_NEW = f"""(i.severity IN ('{"', '".join(BUILT_IN["created_severities"])}') OR EXISTS (
    SELECT FROM notifications_mail_preference p WHERE i.severity = ANY(p.created_severities)))"""


def defaults() -> dict[str, Any]:
    return MailPreference.objects.filter(user=None).values(*BUILT_IN).first() or BUILT_IN


def of(user: User) -> dict[str, Any]:
    return MailPreference.objects.filter(user=user).values(*BUILT_IN).first() or defaults()


def has_own(user: User) -> bool:
    return MailPreference.objects.filter(user=user).exists()


def wanting(field: str, severity: str) -> QuerySet[User]:
    """The active people who want this kind of mail about incidents of this severity."""
    return who(Q(**{f"mail_preferences__{field}__contains": [severity]}), severity in defaults()[field])


def wanting_summary() -> QuerySet[User]:
    return who(Q(mail_preferences__wants_summary=True), defaults()["wants_summary"])


def who(chose: Q, is_default: bool) -> QuerySet[User]:
    wanted = chose | Q(mail_preferences=None) if is_default else chose
    people: QuerySet[User] = User.objects.active().filter(wanted)
    return people


def set_own(user: User, **choice: Any) -> None:
    """Any of BUILT_IN's fields; the others become what held so far. A taste, and no entry in the audit log."""
    store(user, of(user), checked(choice))


def forget_own(user: User) -> None:
    """Back to the defaults, whatever they will be."""
    MailPreference.objects.filter(user=user).delete()


@transaction.atomic
def set_defaults(*, actor: User | None, **choice: Any) -> None:
    before = defaults()
    after = before | checked(choice)
    changed = [field for field in BUILT_IN if before[field] != after[field]]
    if not changed:
        return
    row = store(None, before, choice)
    audit.record(
        "mail_defaults.changed",
        actor=actor,
        target_type="mail_defaults",
        target_id=row.pk,
        before={field: before[field] for field in changed},
        after={field: after[field] for field in changed},
    )


def store(user: User | None, before: dict[str, Any], choice: dict[str, Any]) -> MailPreference:
    """Of a row that is there already only what was chosen now is changed."""
    row = MailPreference(user=user, updated_at=app_now(), **{**before, **choice})
    MailPreference.objects.bulk_create(
        [row], update_conflicts=True, unique_fields=["user"], update_fields=[*choice, "updated_at"]
    )
    return MailPreference.objects.get(user=user)


def checked(choice: dict[str, Any]) -> dict[str, Any]:
    for field, value in choice.items():
        if field.endswith("_severities") and not set(value) <= set(Severity.values):
            raise Invalid.field(field, f"Choose among {', '.join(Severity.values)}.")
    return choice
