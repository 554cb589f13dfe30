"""For administrators: who changed whom and what, newest first."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from console.access import page
from core import pagination
from core.callers import ADMIN, CalledRequest
from users.api import NEWEST_FIRST
from users.models import AuditEntry

LIMIT = 50
WORDS = {
    "user.created": "made a user",
    "user.updated": "changed a user",
    "user.invited": "invited",
    "token.created": "made a token",
    "token.revoked": "revoked a token",
    "incident.deleted": "deleted an incident",
    "webhook.created": "made a webhook",
    "webhook.changed": "changed a webhook",
    "webhook.disabled": "disabled a webhook",
    "webhook.secret_rotated": "made a new secret for a webhook",
    "webhook.deleted": "deleted a webhook",
    "channel.created": "made a channel",
    "channel.changed": "changed a channel",
    "channel.disabled": "disabled a channel",
    "channel.deleted": "deleted a channel",
    "mail_defaults.changed": "changed which mails people get",
    "login.locked": "too many failed log-ins",
    "login.unlocked": "unlocked the log-in",
    "quotas.changed": "changed limits",
    "session.ended": "ended sessions",
    "second_factor.added": "added a second factor",
    "second_factor.removed": "removed a second factor",
    "recovery_codes.made": "made recovery codes",
    "single_sign_on.linked": "linked with single sign-on",
}


@page(GET=ADMIN)
def show(request: CalledRequest) -> HttpResponse:
    rows = AuditEntry.objects.select_related("actor")
    entries, following, previous = pagination.page_of(request, rows, NEWEST_FIRST, LIMIT)
    context = {"entries": [told(entry) for entry in entries], "next": following, "previous": previous}
    return render(request, "console/audit.html", context)


def told(entry: AuditEntry) -> dict[str, Any]:
    sides = [
        (field, entry.before.get(field), entry.after.get(field)) for field in sorted({*entry.before, *entry.after})
    ]
    changes = [side for side in sides if side[1:] != (None, None)]
    is_person = entry.target_type == "user"
    return {"entry": entry, "words": WORDS.get(entry.action, entry.action), "changes": changes, "is_person": is_person}
