"""What schemathesis cannot read off the API's document: what a schema cannot say, and whom it must leave alone."""

import os
import uuid
from typing import Any

import schemathesis
from hypothesis import strategies as st

# The token that it calls with and that token's owner, whose ids it finds in lists like any other.
KEPT = set(filter(None, os.environ.get("FUZZ_KEEP", "").split(",")))

# Rules beyond a schema. A refusal that names these alone may meet a request that fits the document.
BEYOND_SCHEMA = {
    "cursor",  # signed
    "ordering",  # relevance needs q
    "assignee",  # an active user
    "created_by",  # an active user
    "user",  # an active user
    "expires_at",  # in the future
    "password",  # strong
    "url",  # a public address, which a name must lead to
    "until",  # later than since
    "from",  # before the end, and in our time
    "to",  # the same
    "bucket",  # not too many of them
    "q",  # a language
    "metadata",  # 16 KiB; 32 levels; 1e15 written with a point, which for a schema is an integer
}

schemathesis.openapi.format("time-zone", st.sampled_from(["UTC", "Europe/Lisbon", "America/Sao_Paulo"]))
schemathesis.openapi.format("cursor", st.text(alphabet="abcXYZ123:-_", min_size=1))


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: dict[str, Any]) -> None:
    if case.method in ("DELETE", "PATCH") and case.path_parameters.get("id") in KEPT:
        case.path_parameters["id"] = str(uuid.uuid4())


@schemathesis.hook
def filter_failure(context: Any, failure: Any, case: Any, response: Any) -> bool:
    """False for a refusal that the document could not have foretold."""
    if failure.code != "ST202" or response.status_code != 400:
        return True
    refusal = response.json()
    if refusal["code"] == "INVALID_STATUS_TRANSITION":
        return False
    # schemathesis 4.32 reads a header value such as "3" as JSON, and sends what is between the quotes.
    has_lost_its_quotes = str((case.headers or {}).get("If-Match", "")).isdigit()
    return not set(refusal["details"]) <= BEYOND_SCHEMA | ({"If-Match"} if has_lost_its_quotes else set())


@schemathesis.check
def errors_have_one_shape(context: Any, response: Any, case: Any) -> None:
    told = response.headers.get("x-request-id", [""])[0]
    assert told, "an answer without X-Request-ID"
    if response.status_code < 400 or case.path.startswith(("/health", "/ready")) or case.method == "HEAD":
        return
    body = response.json()
    assert list(body) == ["code", "message", "request_id", "details"], body
    assert body["request_id"] == told, "the body names another request than the header"
