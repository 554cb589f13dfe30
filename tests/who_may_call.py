"""Who may make which call: the one table, written from API.md and not from the code. A route without a row is red.

A row: the least role, the least scope, and the status of the answer to those who may. Then, where it applies:
`body`; `person`, when an anonymous caller of an open service is refused as nobody; `others`, the status that whoever
is less than an admin gets, since the row is tried on what belongs to somebody else.
"""

from dataclasses import dataclass, field
from typing import Any

ROLES = ("viewer", "responder", "admin")
SCOPES = ("read", "write", "admin")


@dataclass(frozen=True)
class Row:
    role: str
    scope: str
    status: int
    body: dict[str, Any] | None = field(default=None, hash=False)
    person: bool = False
    others: int | None = None
    no_head: bool = False  # HEAD gets 405


@dataclass(frozen=True)
class Anybody:
    status: int


INCIDENT = {"title": "t", "severity": "P1"}

WHO_MAY_CALL: dict[str, Row | Anybody] = {
    "GET /v1/incidents": Row("viewer", "read", 200),
    "GET /v1/incidents.csv": Row("viewer", "read", 200),
    "GET /v1/incidents.jsonl": Row("viewer", "read", 200),
    "POST /v1/incidents": Row("responder", "write", 201, INCIDENT),
    "GET /v1/incidents/{pk}": Row("viewer", "read", 200),
    "PATCH /v1/incidents/{pk}": Row("responder", "write", 200, {"title": "u"}),
    "DELETE /v1/incidents/{pk}": Row("admin", "admin", 204),
    "PATCH /v1/incidents/{pk}/status": Row("responder", "write", 200, {"status": "ACK"}),
    "POST /v1/incidents/{pk}/comments": Row("responder", "write", 201, {"body": "b"}),
    "GET /v1/incidents/{pk}/events": Row("viewer", "read", 200),
    "GET /v1/analytics/summary": Row("viewer", "read", 200),
    "GET /v1/stream": Row("viewer", "read", 200, no_head=True),
    "GET /v1/users": Row("viewer", "read", 200),
    "POST /v1/users": Row("admin", "admin", 201, {"email": "new@example.com", "name": "New"}),
    "GET /v1/users/me": Row("viewer", "read", 200, person=True),
    "GET /v1/users/me/limits": Row("viewer", "read", 200, person=True),
    "GET /v1/users/{pk}": Row("viewer", "read", 200),
    "PATCH /v1/users/{pk}": Row("viewer", "write", 200, {"name": "Other"}, others=403),
    "GET /v1/tokens": Row("viewer", "write", 200, person=True),
    "POST /v1/tokens": Row("viewer", "write", 201, {"name": "t", "scope": "read"}, person=True),
    "DELETE /v1/tokens/{pk}": Row("viewer", "write", 204, person=True, others=404),
    "GET /v1/audit": Row("admin", "admin", 200),
    "GET /v1/webhooks": Row("admin", "admin", 200),
    "POST /v1/webhooks": Row("admin", "admin", 201, {"url": "https://8.8.8.8/"}),
    "GET /v1/webhooks/{pk}": Row("admin", "admin", 200),
    "PATCH /v1/webhooks/{pk}": Row("admin", "admin", 200, {"description": "d"}),
    "DELETE /v1/webhooks/{pk}": Row("admin", "admin", 204),
    "POST /v1/webhooks/{pk}/rotate": Row("admin", "admin", 200),
    "POST /v1/webhooks/{pk}/test": Row("admin", "admin", 202),
    "POST /v1/webhooks/{pk}/redeliver": Row("admin", "admin", 202, {"since": "2026-01-01T00:00:00Z"}),
    "GET /v1/deliveries": Row("admin", "admin", 200),
    "GET /v1/deliveries/{pk}": Row("admin", "admin", 200),
    "POST /v1/deliveries/{pk}/redeliver": Row("admin", "admin", 202),
    "GET /metrics": Row("viewer", "read", 200),  # and for the addresses of METRICS_ALLOWED_CIDRS
    "GET /v1/schema": Anybody(200),
    "GET /v1/docs": Anybody(200),
    "GET /v1/redoc": Anybody(200),
}


@dataclass(frozen=True)
class Page:
    """A page of the console: the least role of the session's person, and the status of the answer to those who may."""

    role: str
    status: int = 200
    form: dict[str, Any] | None = field(default=None, hash=False)


# What a page edits one by one, with values that change nothing of what is there.
FIELDS = {"title": "Disk full on db-7", "description": "", "severity": "P1", "assignee": "", "metadata": "{}"}

PERSON = "whoever is logged in, for themselves"
PROVIDER = "whomever the provider of single sign-on names"

# Pages, which no token opens. tests/test_page_rights.py tries those of the console, and tests/test_admin_rights.py
# everything under /admin/.
PAGES: dict[str, Page | Anybody | str] = {
    "GET /": Page("viewer"),
    "GET /analytics": Page("viewer"),
    "GET /analytics.csv": Page("viewer"),
    "GET /urgent": Page("viewer"),
    "GET /find": Page("viewer"),
    "GET /incidents": Page("viewer"),
    "GET /incidents.csv": Page("viewer"),
    "POST /views": Page("viewer", 303, {"name": "Mine", "query": "assignee=me"}),
    "POST /views/{pk}/delete": Page("viewer", 404),
    "POST /incidents/bulk": Page("responder", 200, {"do": "ACK", "incident": "{pk}"}),
    "GET /incidents/new": Page("responder"),
    "POST /incidents/new": Page("responder", 303, {"title": "t", "severity": "P1", "idempotency_key": "k"}),
    "GET /incidents/duplicates": Page("responder"),
    "GET /incidents/{pk}": Page("viewer"),
    "GET /incidents/{pk}/status": Page("viewer", 303),
    "POST /incidents/{pk}/status": Page("responder", 303, {"status": "ACK"}),
    "GET /incidents/{pk}/comments": Page("viewer", 303),
    "POST /incidents/{pk}/comments": Page("responder", 303, {"body": "b", "idempotency_key": "k"}),
    **{f"GET /incidents/{{pk}}/{field}": Page("responder") for field in FIELDS},
    **{f"POST /incidents/{{pk}}/{field}": Page("responder", 303, {field: value}) for field, value in FIELDS.items()},
    "POST /preview": Page("responder", 200, {"body": "b"}),
    "GET /profile": Page("viewer"),
    "POST /profile": Page("viewer", 303, {"name": "Me", "timezone": "UTC", "theme": "dark"}),
    "GET /profile/mails": Page("viewer", 303),
    "POST /profile/mails": Page("viewer", 303, {"created_severities": "P1"}),
    "GET /security": Page("viewer"),
    "GET /security/password": Page("viewer", 303),
    "POST /security/password": Page("viewer", 400, {"current": "wrong", "password": "a long new sentence"}),
    "POST /security/sessions/others/end": Page("viewer", 303),
    "POST /security/sessions/<int:pk>/end": Page("viewer", 404),
    "GET /tokens": Page("viewer"),
    "POST /tokens": Page("viewer", 200, {"name": "t", "scope": "read", "days": "7", "idempotency_key": "k"}),
    "POST /tokens/{pk}/revoke": Page("viewer", 404),
    "GET /people": Page("admin"),
    "GET /limits": Page("admin"),
    "GET /limits/user/{pk}": Page("admin", 404),
    "POST /limits/user/{pk}": Page("admin", 404),
    "GET /limits/token/{pk}": Page("admin", 404),
    "POST /limits/token/{pk}": Page("admin", 404),
    "GET /people/invite": Page("admin"),
    "POST /people/invite": Page("admin", 303, {"email": "new@example.org", "name": "New", "role": "viewer"}),
    "GET /people/{pk}": Page("admin", 404),
    "POST /people/{pk}": Page("admin", 404, {"do": "unlock"}),
    "GET /audit": Page("admin"),
    "GET /status": Page("admin"),
    "GET /webhooks": Page("admin"),
    "GET /webhooks/new": Page("admin"),
    "POST /webhooks/new": Page("admin", 400, {"url": "https://localhost/", "idempotency_key": "k"}),
    "GET /webhooks/{pk}": Page("admin", 404),
    "POST /webhooks/{pk}": Page("admin", 404, {"do": "test", "idempotency_key": "k"}),
    "GET /channels": Page("admin"),
    "GET /channels/new": Page("admin"),
    "POST /channels/new": Page("admin", 400, {"kind": "slack", "idempotency_key": "k"}),
    "GET /channels/{pk}": Page("admin", 404),
    "POST /channels/{pk}": Page("admin", 404, {"do": "test", "idempotency_key": "k"}),
    "GET /mails": Page("admin"),
    "POST /mails": Page("admin", 303, {"created_severities": "P1"}),
    "GET /deliveries": Page("admin"),
    "GET /deliveries/{pk}": Page("admin", 404),
    "POST /deliveries/{pk}": Page("admin", 404, {"do": "skip", "idempotency_key": "k"}),
    "GET /deliveries/{pk}/outcome": Page("admin", 404),
    "/a/<str:token>": Anybody(404),
    "/u/<str:token>": Anybody(404),
    "/mail/events": Anybody(404),
    "/account/login": Anybody(200),
    "/account/login/code": Anybody(302),
    "/account/login/passkey": Anybody(200),
    "/account/logout": Anybody(302),
    "/account/reset": Anybody(200),
    "/account/reset/sent": Anybody(200),
    "/account/reset/password": Anybody(404),
    "/account/invitation": Anybody(404),
    "/account/single-sign-on/cancelled": Anybody(200),
    "/account/single-sign-on/<slug:provider_id>": PROVIDER,
    "/account/single-sign-on/<slug:provider_id>/callback": PROVIDER,
    "/account/confirm": PERSON,
    "/account/confirm/code": PERSON,
    "/account/confirm/passkey": PERSON,
    "/account/second-factors": PERSON,
    "/account/second-factors/authenticator": PERSON,
    "/account/second-factors/authenticator/remove": PERSON,
    "/account/second-factors/passkeys": PERSON,
    "/account/second-factors/passkeys/add": PERSON,
    "/account/second-factors/passkeys/<int:pk>/remove": PERSON,
    "/account/second-factors/passkeys/<int:pk>/edit": PERSON,
    "/account/second-factors/recovery-codes": PERSON,
    "/account/second-factors/recovery-codes/new": PERSON,
    "/account/second-factors/recovery-codes/download": PERSON,
    "/admin": Anybody(302),
    "/admin/": "administrators in a session",
}
