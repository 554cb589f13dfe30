"""The headers of requests and answers."""

from core import idempotency
from core.openapi.components import Component, Json
from core.openapi.words import STRING


def sent(name: str, schema: Json, description: str, example: str) -> Component:
    """A header that a request may carry. The example stands in the schema: Swagger UI would fill in, and send, one
    that stands beside it, so that everybody's second try met the answer of the first."""
    schema = schema | {"examples": [example]}
    parameter = {"name": name, "in": "header", "schema": schema, "description": description}
    return Component(name, parameter, "parameters")


def returned(name: str, schema: Json, description: str, *, always: bool = True) -> Component:
    """A header of an answer."""
    return Component(name, {"schema": schema, "description": description, "required": always}, "headers")


KEY = idempotency.WELL_FORMED.pattern

SEND_REQUEST_ID = sent(
    "X-Request-ID",
    STRING,
    "Your own id for this request, 1-128 characters of `A-Z a-z 0-9 . _ : -`. It comes back in the answer and stands "
    "in every log line and event of the request. Anything else, or nothing, is replaced by a new UUID.",
    "deploy-4711",
)
SEND_KEY = sent(
    "Idempotency-Key",
    {"type": "string", "pattern": f'^(?:{KEY}|"{KEY}")$'},
    "Makes the request safe to send again: with the same key and the same body it runs once, and every later try gets "
    "the stored answer. 1-255 visible ASCII characters other than comma, double quote and backslash.",
    "5f0c1c5e-6f8e-4b5e-9d0a-2f1f7f0c9a11",
)

REQUEST_ID = returned("X-Request-ID", STRING, "The id of this request: yours if you sent a good one.")
REPLAYED = returned("Idempotency-Replayed", {"const": "true"}, "This is the stored answer of an earlier request.")
LOCATION = returned("Location", {"type": "string", "format": "uri-reference"}, "The path of what was created.")
RATE_LIMIT = returned(
    "RateLimit",
    {"type": "string", "pattern": r'^"[a-z]+";r=\d+;t=\d+$'},
    "What is left of the caller's budget for calls of this class, its burst included (`r`), and in how many seconds a "
    "new window begins (`t`). On every answer to a call that was counted: not while limits are off or Redis is away.",
    always=False,
)
RATE_LIMIT_POLICY = returned(
    "RateLimit-Policy",
    {"type": "string", "pattern": r'^"[a-z]+";q=\d+;w=\d+(;b=\d+)?$'},
    "The class, its whole budget (`q`), the window in seconds (`w`), and what may be spent beyond it (`b`) in ten such "
    "windows, where there is such a burst.",
    always=False,
)
OF_BUDGETS = (RATE_LIMIT, RATE_LIMIT_POLICY)

# Those that an error itself brings, by name.
OF_ERRORS = {
    "Retry-After": returned("Retry-After", {"type": "integer", "minimum": 0}, "Seconds until a retry can succeed."),
    "WWW-Authenticate": returned("WWW-Authenticate", STRING, "How to authenticate."),
}


def by_name(headers: tuple[Component, ...]) -> dict[str, Component]:
    return {header.name: header for header in headers}
