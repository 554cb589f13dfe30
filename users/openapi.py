"""What the API's document says about users, tokens and the audit log."""

from core import budgets
from core.openapi import headers, words
from core.openapi.components import Component, Json
from core.openapi.operation import Answer, Operation
from users.models import Role, Scope
from users.serializers import CreateTokenInput, CreateUserInput, EditUserInput
from users.services import EmailTaken, LastAdmin, UserNotFound

WHEN = "2026-11-23T09:12:04.512345Z"
ADA: Json = {"id": "019ab3f0-5b1e-7c3a-9a41-3f2f6f0a1c11", "name": "Ada Lima", "email": "ada@example.com"}

PERSON = Component("Person", words.thing({"id": words.UUID, "name": words.STRING, "email": words.EMAIL}), example=ADA)
USER = Component(
    "User",
    words.thing(
        {
            "id": words.UUID,
            "email": words.EMAIL,
            "name": words.STRING,
            "role": words.choice(Role.values),
            "timezone": words.TIME_ZONE,
            "is_active": words.BOOLEAN,
            "created_at": words.MOMENT,
            "updated_at": words.MOMENT,
        }
    ),
    example=ADA
    | {"role": "admin", "timezone": "Europe/Lisbon", "is_active": True, "created_at": WHEN, "updated_at": WHEN},
)
TOKEN_FIELDS: Json = {
    "id": words.UUID,
    "name": words.STRING,
    "scope": words.choice(Scope.values),
    "user": PERSON,
    "prefix": words.STRING | {"description": "What to recognise the token by."},
    "expires_at": words.nullable(words.MOMENT),
    "last_used_at": words.nullable(words.MOMENT),
    "created_at": words.MOMENT,
}
TOKEN_EXAMPLE: Json = {
    "id": "019ab3f1-7f20-7d0e-8a55-1b1c8d2e3f40",
    "name": "ci",
    "scope": "write",
    "user": ADA,
    "prefix": "inc_a1b2c3",
    "expires_at": None,
    "last_used_at": None,
    "created_at": WHEN,
}
TOKEN = Component("Token", words.thing(TOKEN_FIELDS), example=TOKEN_EXAMPLE)
NEW_TOKEN = Component(
    "NewToken",
    words.thing(TOKEN_FIELDS | {"token": words.STRING | {"description": "The secret. It is never shown again."}}),
    example=TOKEN_EXAMPLE | {"token": "inc_a1b2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8s9T0"},
)
WHOLE: Json = {"type": "integer", "minimum": 0}
LIMITS = Component(
    "Limits",
    words.thing(
        {
            "is_counted": words.BOOLEAN | {"description": "false: limits are off, or Redis is away; all calls pass."},
            "limits": {
                "type": "array",
                "items": words.thing(
                    {
                        "class": words.choice((*budgets.CLASSES, "logins")),
                        "limit": WHOLE,
                        "window_seconds": WHOLE,
                        "burst": WHOLE | {"description": "What may be spent beyond `limit` within ten windows."},
                        "used": words.nullable(WHOLE) | {"description": "Of this window; null: nothing is counted."},
                        "remaining": words.nullable(WHOLE),
                        "resets_in_seconds": words.nullable(WHOLE),
                        "counted_for": words.choice(("user", "token"))
                        | {"description": "token: it has a quota of its own, and spends nothing of its owner's."},
                    }
                ),
            },
        }
    ),
    example={
        "is_counted": True,
        "limits": [
            {
                "class": "writes",
                "limit": 100,
                "window_seconds": 60,
                "burst": 0,
                "used": 43,
                "remaining": 57,
                "resets_in_seconds": 12,
                "counted_for": "user",
            }
        ],
    },
)
AUDIT_ENTRY = Component(
    "AuditEntry",
    words.thing(
        {
            "id": words.UUID,
            "action": words.STRING,
            "actor": words.nullable(PERSON) | {"description": "null is the command line, or an anonymous caller."},
            "target": words.thing({"type": words.STRING, "id": words.UUID}),
            "before": {"type": "object", "description": "Without secrets."},
            "after": {"type": "object", "description": "Without secrets."},
            "request_id": words.STRING,
            "address": words.STRING,
            "created_at": words.MOMENT,
        }
    ),
    example={
        "id": "019ab3f2-1d2c-7aa0-b1d4-5c6d7e8f9a0b",
        "action": "user.updated",
        "actor": ADA,
        "target": {"type": "user", "id": "019ab3f0-9c1d-7b2e-8f00-aa11bb22cc33"},
        "before": {"role": "viewer"},
        "after": {"role": "responder"},
        "request_id": "deploy-4711",
        "address": "203.0.113.7",
        "created_at": WHEN,
    },
)

USERS = {
    "list": Operation("List users", {200: Answer("A page of users, oldest first.", words.page_of(USER))}),
    "create": Operation(
        "Add a user",
        {201: Answer("The new user.", USER, (headers.LOCATION,))},
        "Without a password the person cannot log in yet.",
        body=CreateUserInput,
        examples={
            "responder": {"email": "noor@example.com", "name": "Noor Haddad"},
            "everything": {
                "email": "ines@example.com",
                "name": "Inês Sousa",
                "role": "viewer",
                "password": "a long and private sentence",
                "timezone": "Europe/Lisbon",
            },
        },
        errors=(EmailTaken(),),
    ),
    "retrieve": Operation("Get a user", {200: Answer("The user.", USER)}, errors=(UserNotFound(),)),
    "me": Operation("Get yourself", {200: Answer("Whom your credentials belong to.", USER)}),
    "own_limits": Operation(
        "Get your limits",
        {200: Answer("Each class of calls: its budget, and what you have used of it.", LIMITS)},
        "`logins` counts failed log-ins to your account, from all addresses together.",
    ),
    "partial_update": Operation(
        "Edit a user",
        {200: Answer("The user as they are now.", USER)},
        "An admin may change everything of everybody; anybody else their own `name` and `timezone`. A new password or "
        "a deactivation ends that person's sessions at once; a deactivation their tokens, too.",
        body=EditUserInput,
        examples={"rename": {"name": "Noor Costa"}, "deactivate": {"is_active": False}},
        errors=(UserNotFound(), EmailTaken(), LastAdmin("role")),
    ),
}
TOKENS = {
    "list": Operation(
        "List tokens", {200: Answer("A page of tokens, newest first, without those revoked.", words.page_of(TOKEN))}
    ),
    "create": Operation(
        "Make a token",
        {201: Answer("The new token and its secret.", NEW_TOKEN)},
        "A token made with a token has at most its scope and its expiry. Only an admin may name another `user`.",
        body=CreateTokenInput,
        examples={
            "for a script": {"name": "ci", "scope": "write"},
            "for a while": {"name": "audit visit", "scope": "read", "expires_at": "2099-01-01T00:00:00Z"},
        },
        replay=TOKEN,
    ),
    "destroy": Operation("Revoke a token", {204: Answer("It is refused from now on, on every process.")}),
}
AUDIT = {
    "list": Operation(
        "Read the admin audit log",
        {200: Answer("A page of entries, newest first.", words.page_of(AUDIT_ENTRY))},
        "Who changed which user, role or token, or deleted which incident. Append-only.",
    )
}
