"""What the API's document says about incidents and their events."""

import json

from core.errors import PreconditionFailed
from core.openapi import headers, words
from core.openapi.components import Component, Json
from core.openapi.operation import Answer, Operation
from incidents import preconditions
from incidents.errors import IncidentNotFound, InvalidStatusTransition
from incidents.models import DELETED, EventType, Severity, Status
from incidents.serializers import ChangeStatusInput, CommentInput, EditInput, OpenInput
from users.openapi import ADA, PERSON

OPENED, ACKNOWLEDGED = "2026-11-23T09:12:04.512345Z", "2026-11-23T09:13:51.004200Z"
SEVERITY, STATUS = words.choice(Severity.values), words.choice(Status.values)
NOBODY_OR_PERSON = words.nullable(PERSON)
NOBODY_OR_ID = words.nullable(words.UUID)
POSITIVE = {"type": "integer", "minimum": 1}

# What an event tells, by its type.
DATA = {
    EventType.CREATED: words.thing({"title": words.STRING, "severity": SEVERITY}),
    EventType.STATUS_CHANGED: words.thing({"from": STATUS, "to": STATUS, "note": words.STRING}),
    EventType.COMMENTED: words.thing({"body": words.STRING}),
    EventType.UPDATED: words.thing(
        {
            "changes": {
                "type": "object",
                "description": "Field → `from` and `to`.",
                "additionalProperties": words.thing({"from": {}, "to": {}}),
            }
        }
    ),
    EventType.ASSIGNED: words.thing({"from": NOBODY_OR_ID, "to": NOBODY_OR_ID}),
}
EVENT = Component(
    "Event",
    words.thing(
        {
            "id": words.UUID,
            "sequence": POSITIVE | {"description": "Rises through all incidents, and may have gaps."},
            "type": words.choice(EventType.values),
            "actor": NOBODY_OR_PERSON,
            "data": {"anyOf": [schema | {"title": str(name)} for name, schema in DATA.items()]},
            "request_id": words.STRING,
            "created_at": words.MOMENT,
        }
    ),
    example={
        "id": "019ab3f3-0b7c-7e11-9d9c-0a1b2c3d4e5f",
        "sequence": 1234,
        "type": "STATUS_CHANGED",
        "actor": ADA,
        "data": {"from": "OPEN", "to": "ACK", "note": "Looking into it."},
        "request_id": "deploy-4711",
        "created_at": ACKNOWLEDGED,
    },
)
INCIDENT_FIELDS: Json = {
    "id": words.UUID,
    "number": POSITIVE | {"description": "Short, for people to say. Rises, and may have gaps."},
    "title": words.STRING,
    "description": words.STRING,
    "severity": SEVERITY,
    "status": STATUS,
    "metadata": {"type": "object", "description": "Yours, returned as it was sent."},
    "created_by": NOBODY_OR_PERSON,
    "assignee": NOBODY_OR_PERSON,
    "version": POSITIVE | {"description": "Rises by one with every event."},
    "created_at": words.MOMENT,
    "updated_at": words.MOMENT,
    "acknowledged_at": words.nullable(words.MOMENT),
    "resolved_at": words.nullable(words.MOMENT),
}
NEW: Json = {
    "id": "019ab3f2-9f3e-7b54-8c21-6a5b4c3d2e1f",
    "number": 42,
    "title": "Checkout answers 502",
    "description": "Since the deploy of 09:10, one request in five.",
    "severity": "P1",
    "status": "OPEN",
    "metadata": {"service": "checkout", "region": "eu-west"},
    "created_by": ADA,
    "assignee": None,
    "version": 1,
    "created_at": OPENED,
    "updated_at": OPENED,
    "acknowledged_at": None,
    "resolved_at": None,
}
TAKEN = NEW | {"status": "ACK", "version": 2, "updated_at": ACKNOWLEDGED, "acknowledged_at": ACKNOWLEDGED}
INCIDENT = Component("Incident", words.thing(INCIDENT_FIELDS), example=NEW)
DETAIL = Component(
    "IncidentWithEvents",
    words.thing(
        INCIDENT_FIELDS
        | {
            "events": {
                "type": "array",
                "items": EVENT,
                "maxItems": 200,
                "description": "The newest 200, oldest of them first.",
            },
            "events_url": words.STRING | {"description": "The path of the whole audit log."},
        }
    ),
    example=TAKEN | {"events": [EVENT.example], "events_url": f"/v1/incidents/{NEW['id']}/events"},
)

ETAG = headers.returned(
    "ETag", words.STRING, "Names this representation. It changes with the incident and with a name that it shows."
)
X_CACHE = headers.returned(
    "X-Cache", words.choice(["HIT", "MISS"]), "Whether the answer came from the cache; MISS when Redis is away."
)
TAG = preconditions.ETAG.pattern
IF_MATCH = headers.sent(
    "If-Match",
    {"type": "string", "pattern": rf"^(?:\*|{TAG}(?:\s*,\s*{TAG})*)$"},
    'Go ahead only if the incident still has this version: its `ETag`, or its version in quotes (`"3"`).',
    '"3"',
)
IF_NONE_MATCH = headers.sent(
    "If-None-Match", words.STRING, "The `ETag` that you hold: if it is still current, the answer is 304.", '"3.17.1"'
)
MISSING = IncidentNotFound()
CHANGED = PreconditionFailed(details={"current_version": 4})
NOW = Answer("The incident as it is now, with its events.", DETAIL, (ETAG,))

PAGE = words.page_of(INCIDENT)
HTML: Json = {"type": "string", "contentMediaType": "text/html"}
ASKED_FOR: Json = {
    "highlights": {
        "type": "object",
        "description": "With `highlight=true`: by the id of an incident, where the words of `q` stand.",
        "additionalProperties": {
            "type": "object",
            "properties": dict.fromkeys(("title", "description", "comment"), HTML),
        },
    },
    "searched_for": words.nullable(words.STRING)
    | {"description": "With `typos=true`, where the words of `q` matched nothing: what was looked for in their place."},
}
FOUND = Component(
    PAGE.name, PAGE.content | {"properties": PAGE.content["properties"] | ASKED_FOR}, example=PAGE.example
)

INCIDENTS = {
    "list": Operation(
        "List incidents",
        {200: Answer("A page of incidents without their events.", FOUND)},
        "Newest first, unless `ordering` says otherwise. Filters combine freely.",
    ),
    "create": Operation(
        "Open an incident",
        {201: Answer("The incident, `OPEN`.", INCIDENT, (headers.LOCATION,))},
        "`created_by` is the caller; only an admin may name somebody else.",
        body=OpenInput,
        examples={
            "the least": {"title": "Disk full on db-7", "severity": "P2"},
            "with facts": {name: NEW[name] for name in ("title", "description", "severity", "metadata")},
        },
    ),
    "retrieve": Operation(
        "Get an incident",
        {
            200: Answer("The incident with its events.", DETAIL, (ETAG, X_CACHE)),
            304: Answer("What you hold is still current.", headers=(ETAG,)),
        },
        headers=(IF_NONE_MATCH,),
        errors=(MISSING,),
    ),
    "partial_update": Operation(
        "Edit an incident",
        {200: NOW},
        "A patch that changes nothing writes no event. Other fields and `assignee` together write two.",
        body=EditInput,
        examples={"retitle": {"title": "Checkout answers 502 in eu-west"}, "hand back": {"assignee": None}},
        headers=(IF_MATCH,),
        errors=(MISSING, CHANGED),
    ),
    "destroy": Operation(
        "Delete an incident",
        {204: Answer("It is gone, with its events. An entry in the admin audit log stays.")},
        headers=(IF_MATCH,),
        errors=(MISSING, CHANGED),
    ),
    "status": Operation(
        "Change the status",
        {200: NOW},
        "`OPEN → ACK`, `OPEN → RESOLVED`, `ACK → RESOLVED`; nothing leaves `RESOLVED`. Setting the status that it has "
        "writes no event.",
        body=ChangeStatusInput,
        examples={"acknowledge": {"status": "ACK", "note": "Looking into it."}, "resolve": {"status": "RESOLVED"}},
        headers=(IF_MATCH,),
        errors=(InvalidStatusTransition(Status.RESOLVED, Status.ACK, ()), MISSING, CHANGED),
    ),
    "comments": Operation(
        "Comment on an incident",
        {201: Answer("The event that the comment is.", EVENT)},
        body=CommentInput,
        examples={"markdown": {"body": "Rolled back to **4710**; error rate falls."}},
        errors=(MISSING,),
    ),
    "events": Operation(
        "Read an incident's audit log",
        {200: Answer("A page of events, oldest first.", words.page_of(EVENT))},
        errors=(MISSING,),
    ),
}

PLACE: Json = {"type": "string", "pattern": "^[0-9a-f]{40}$"}
LAST_EVENT_ID = headers.sent(
    "Last-Event-ID",
    PLACE,
    "The last `id` that you have: the stream goes on after it.",
    "00000001000000000000a91f00000000000012ab",
)
BEGINNING = headers.returned(
    "Last-Event-ID",
    PLACE,
    "After what the stream goes on: what you sent, or where the log stood. Resume from here while nothing has come.",
)
SUMMARY = {name: NEW[name] for name in ("id", "number", "title", "severity")} | {"status": "ACK", "version": 2}
STREAMED = Component(
    "Stream",
    words.STRING,
    example=f"""\
id: 00000001000000000000a91f00000000000012ab
event: STATUS_CHANGED
data: {json.dumps({"event": EVENT.example, "incident": SUMMARY})}

""",
)
STREAM = {
    "list": Operation(
        "Follow the audit log",
        {200: Answer("Server-sent events, without end.", STREAMED, (BEGINNING,), "text/event-stream")},
        "One event for each of the audit log, within a second of its commit once every older write transaction has "
        f"ended, and `{DELETED}` for an incident that was deleted with its events. `data` holds the `event`, and the "
        "`incident` as it is now: `id`, `number`, `title`, `severity`, `status`, `version`. `id` is opaque and "
        "ordered; with it nothing is lost and nothing comes twice. One that is not ours, or older than a day: 400, and "
        "you begin anew. A comment comes every 15 seconds. A revoked token or a deactivated user ends the stream "
        "within a minute. `HEAD` is not answered.",
        headers=(LAST_EVENT_ID,),
    )
}
