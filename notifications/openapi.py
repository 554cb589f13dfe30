"""What the API's document says about webhooks and deliveries."""

from core.errors import Conflict
from core.openapi import headers, words
from core.openapi.components import Component, Json
from core.openapi.operation import Answer, Operation
from incidents.models import Severity
from notifications.models import EventName, Happening, Kind, State
from notifications.serializers import CreateWebhookInput, EditWebhookInput, RedeliverInput
from users.openapi import ADA, PERSON, WHEN

SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"  # noqa: S105  the published example of the scheme
NUMBER: Json = {"type": "integer", "minimum": 0}
SECRET_FIELD: Json = words.STRING | {"description": "What this webhook's requests are signed with."}

WEBHOOK_FIELDS: Json = {
    "id": words.UUID,
    "url": words.STRING,
    "description": words.STRING,
    "events": {"type": "array", "items": words.choice(EventName.values), "description": "Empty: all of them."},
    "severities": {"type": "array", "items": words.choice(Severity.values), "description": "Empty: all of them."},
    "is_active": words.BOOLEAN,
    "disabled_reason": words.nullable(words.STRING) | {"description": "Of one that was disabled by what it answered."},
    "created_at": words.MOMENT,
    "updated_at": words.MOMENT,
}
WEBHOOK = Component(
    "Webhook",
    words.thing(WEBHOOK_FIELDS),
    example={
        "id": "019ab3f4-2a3b-7c4d-8e5f-60718293a4b5",
        "url": "https://hooks.example.com/incidents",
        "description": "Status page",
        "events": [EventName.CREATED, EventName.STATUS_CHANGED],
        "severities": ["P1"],
        "is_active": True,
        "disabled_reason": None,
        "created_at": WHEN,
        "updated_at": WHEN,
    },
)
NEW_WEBHOOK = Component(
    "NewWebhook",
    words.thing(WEBHOOK_FIELDS | {"secret": SECRET_FIELD | {"description": "It is never shown again."}}),
    example=WEBHOOK.example | {"secret": SECRET},
)
ROTATED = Component(
    "RotatedWebhook",
    words.thing(WEBHOOK_FIELDS)
    | {"properties": WEBHOOK_FIELDS | {"secret": SECRET_FIELD | {"description": "Not in the answer to a replay."}}},
    example=NEW_WEBHOOK.example,
)
DELIVERY_FIELDS: Json = {
    "id": words.UUID,
    "webhook": words.nullable(words.UUID) | {"description": "null where it went another way, or the webhook is gone."},
    "kind": words.choice(Kind.values),
    "event": words.STRING | {"description": "The name of the event, or the kind of mail."},
    "event_id": words.nullable(words.STRING)
    | {"description": "The `webhook-id` that it is sent with; null where it tells of no single event."},
    "incident": words.nullable(words.UUID) | {"description": "Its id, also when it is gone."},
    "target": words.STRING | {"description": "Where it went, or goes, when it was made."},
    "state": words.choice(State.values),
    "parked": words.BOOLEAN | {"description": "It is PENDING, and waits until its disabled endpoint is active again."},
    "attempt_count": NUMBER | {"description": "Since it was made, or last put back to be sent again."},
    "next_attempt_at": words.nullable(words.MOMENT) | {"description": "null when none is due, or one is on its way."},
    "request_id": words.STRING | {"description": "Of the request that it follows from."},
    "created_at": words.MOMENT,
    "finished_at": words.nullable(words.MOMENT),
}
DELIVERY_EXAMPLE: Json = {
    "id": "019ab3f5-0b1c-7d2e-9f30-415263748596",
    "webhook": WEBHOOK.example["id"],
    "kind": Kind.WEBHOOK,
    "event": EventName.CREATED,
    "event_id": "evt_019ab3f50a0b7c0d8e0f101112131415",
    "incident": "019ab3f4-ffee-7ddc-8cbb-aa9988776655",
    "target": WEBHOOK.example["url"],
    "state": State.PENDING,
    "parked": False,
    "attempt_count": 1,
    "next_attempt_at": "2026-11-23T09:12:10.104220Z",
    "request_id": "deploy-4711",
    "created_at": WHEN,
    "finished_at": None,
}
DELIVERY = Component("Delivery", words.thing(DELIVERY_FIELDS), example=DELIVERY_EXAMPLE)
FAILED_AT = "2026-11-23T09:12:05.001900Z"
ATTEMPT: Json = {
    "number": NUMBER,
    "status": words.nullable({"type": "integer"}) | {"description": "The answer's status; null without an answer."},
    "duration_ms": words.nullable(NUMBER),
    "answer": words.STRING | {"description": "Its first 4 KiB."},
    "error": words.nullable(words.STRING) | {"description": "Why it was no success; null when it was."},
    "created_at": words.MOMENT | {"description": "When it ended."},
}
HAPPENING: Json = {
    "type": words.choice(Happening.values),
    "number": words.nullable(NUMBER) | {"description": "Of an attempt."},
    "actor": words.nullable(PERSON) | {"description": "null is the service itself, or an anonymous caller."},
    "note": words.STRING,
    "created_at": words.MOMENT,
}
FAILURE: Json = {"number": 1, "status": 500, "duration_ms": 84, "answer": "oh no", "error": "It answered 500."}
DETAIL = Component(
    "DeliveryDetail",
    words.thing(
        DELIVERY_FIELDS
        | {
            "payload": {"type": "object", "description": "What is sent, byte for byte the same at each attempt."},
            "attempts": {"type": "array", "items": words.thing(ATTEMPT), "description": "Oldest first."},
            "history": {
                "type": "array",
                "items": words.thing(HAPPENING),
                "maxItems": 100,
                "description": "All that became of it, attempts included: the newest 100, oldest of them first.",
            },
        }
    ),
    example=DELIVERY_EXAMPLE
    | {
        "payload": {"id": DELIVERY_EXAMPLE["event_id"], "type": EventName.CREATED, "timestamp": WHEN, "data": {}},
        "attempts": [FAILURE | {"created_at": FAILED_AT}],
        "history": [
            {"type": Happening.ATTEMPTED, "number": 1, "actor": None, "note": "It answered 500."}
            | {"created_at": FAILED_AT},
            {"type": Happening.REDELIVERED, "number": None, "actor": ADA, "note": "", "created_at": FAILED_AT},
        ],
    },
)
COUNT = Component("Count", words.thing({"count": NUMBER}), example={"count": 42})
QUEUED = "It is `PENDING`; the worker sends it."

WEBHOOKS = {
    "list": Operation("List webhooks", {200: Answer("A page of webhooks, newest first.", words.page_of(WEBHOOK))}),
    "create": Operation(
        "Add a webhook",
        {201: Answer("The new webhook, and the secret that signs its requests.", NEW_WEBHOOK, (headers.LOCATION,))},
        "Requests are signed by the Standard Webhooks scheme: `webhook-id`, `webhook-timestamp`, `webhook-signature`. "
        "The `url` must be https and lead to a public address, unless the service's settings allow more.",
        body=CreateWebhookInput,
        examples={
            "everything": {"url": "https://hooks.example.com/incidents"},
            "new P1s": {
                "url": "https://hooks.example.com/pages",
                "description": "Pager",
                "events": [EventName.CREATED],
                "severities": ["P1"],
            },
        },
        replay=WEBHOOK,
    ),
    "retrieve": Operation("Get a webhook", {200: Answer("The webhook, without its secret.", WEBHOOK)}),
    "partial_update": Operation(
        "Edit a webhook",
        {200: Answer("The webhook as it is now.", WEBHOOK)},
        "What waits for a disabled webhook stays `PENDING`, `parked`, and goes once it is active again.",
        body=EditWebhookInput,
        examples={"only P1s": {"severities": ["P1"]}, "disable": {"is_active": False}},
    ),
    "destroy": Operation(
        "Delete a webhook", {204: Answer("It is gone. What waited for it is cancelled; its deliveries stay on record.")}
    ),
    "rotate": Operation(
        "Change a webhook's secret",
        {200: Answer("The webhook and its new secret.", ROTATED)},
        "The secret before signs beside the new one for 24 hours. With an `Idempotency-Key` a replay shows the webhook "
        "without the secret.",
    ),
    "test": Operation(
        "Send a test", {202: Answer(f"The delivery of a `ping`. {QUEUED} First in line, and once.", DELIVERY)}
    ),
    "redeliver": Operation(
        "Send again what was made since a moment",
        {202: Answer("How many deliveries are sent again.", COUNT)},
        "Those that wait anyway do not count.",
        body=RedeliverInput,
        examples={
            "since": {"since": "2026-11-23T00:00:00Z"},
            "an hour": {"since": "2026-11-23T09:00:00Z", "until": "2026-11-23T10:00:00Z"},
        },
    ),
}
DELIVERIES = {
    "list": Operation(
        "List deliveries",
        {200: Answer("A page of deliveries, newest first.", words.page_of(DELIVERY))},
        "What was told to webhooks, chat channels and people by mail. Filters combine freely.",
    ),
    "retrieve": Operation("Get a delivery", {200: Answer("The delivery with its attempts and its history.", DETAIL)}),
    "redeliver": Operation(
        "Send a delivery again",
        {202: Answer(f"The delivery. {QUEUED} From the first of its tries, with the same `webhook-id`.", DELIVERY)},
        errors=(Conflict("It is on its way at this moment."),),
    ),
}
