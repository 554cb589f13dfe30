"""A POST with an Idempotency-Key runs once: key, answer and everything that it wrote share one transaction."""

import hashlib
import re
from collections.abc import Callable
from typing import Any

import orjson
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse

from core import callers, metrics, parsers, views
from core.errors import DomainError, Invalid, PayloadTooLarge, UnsupportedMediaType
from core.exception_handler import is_api, respond
from core.key_claims import Answer, Claim, KeyConflict, KeyInUse, checked, find, store, take

WELL_FORMED = re.compile(r"[\x21\x23-\x2B\x2D-\x5B\x5D-\x7E]{1,255}")


class IdempotencyMiddleware:
    """Reads the body of every write, and runs keyed POSTs itself, inside the transaction of their key."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        if not is_api(request.path):
            return None
        try:
            key = read(request)
            if key is None:
                return None
            return run_once(request, key, view, lambda: view(request, *args, **kwargs))
        except DomainError as error:
            if isinstance(error, KeyConflict | KeyInUse):
                metrics.idempotency.labels(error.outcome).inc()
            return respond(request, error)


def read(request: HttpRequest) -> str | None:
    """Put the parsed body on the request; return its key. Raises in the order that the contract fixes."""
    body = b""
    if request.method in ("POST", "PATCH", "PUT"):
        body = raw_body(request)
    key = key_of(request) if request.method == "POST" else None
    request.parsed_body = parsers.parse(body)  # type: ignore[attr-defined]  # for core.views
    return key


def raw_body(request: HttpRequest) -> bytes:
    if declared_length(request) > settings.MAX_BODY_BYTES:
        raise PayloadTooLarge
    body = request.body
    encoding = request.META.get("HTTP_CONTENT_ENCODING", "identity").lower()
    if body and (encoding != "identity" or not is_json(request)):
        raise UnsupportedMediaType
    return body


def declared_length(request: HttpRequest) -> int:
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        raise Invalid.field("Content-Length", "This is not a number.") from None


def is_json(request: HttpRequest) -> bool:
    charset = (request.content_params or {}).get("charset", "utf-8").strip("\"'").lower()
    return request.content_type == "application/json" and charset in ("utf-8", "utf8")


def key_of(request: HttpRequest) -> str | None:
    header = request.META.get("HTTP_IDEMPOTENCY_KEY")
    if header is None:
        return None
    key = bare(header)
    if not WELL_FORMED.fullmatch(key):
        raise Invalid.field(
            "Idempotency-Key", "Send 1 to 255 visible ASCII characters other than comma, double quote and backslash."
        )
    return key


def bare(header: str) -> str:
    key = header.strip(" \t")
    if len(key) > 2 and key[0] == key[-1] == '"':  # the same key as RFC 9651 writes a string
        key = key[1:-1]
    return key


def key_to_look_up(request: HttpRequest) -> str | None:
    """For whoever asks the database about the caller anyway: the key whose stored answer `know` may be told."""
    key = bare(request.META.get("HTTP_IDEMPOTENCY_KEY", "")) if request.method == "POST" else ""
    return key if WELL_FORMED.fullmatch(key) else None


def know(request: HttpRequest, answer: Answer | None) -> None:
    """What is stored under the caller's key, None if nothing is: looked up beforehand, together with the caller."""
    request.known_answer = answer  # type: ignore[attr-defined]  # read back by `known`


def known(request: HttpRequest, claim: Claim) -> Answer | None:
    """Looking before claiming costs a new key one read at most, and spares every replay a transaction and its flush."""
    try:
        answer: Answer | None = request.known_answer  # type: ignore[attr-defined]  # by `know`
    except AttributeError:
        return find(claim)
    return answer


def fingerprint_of(request: HttpRequest) -> str:
    """Over the parsed body with its keys sorted: a client that serialises again still matches."""
    parts = [
        (request.method or "").encode(),
        request.path.encode(),
        request.META.get("QUERY_STRING", "").encode(),
        orjson.dumps(request.parsed_body, option=orjson.OPT_SORT_KEYS),  # type: ignore[attr-defined]  # from read()
    ]
    return digest(parts)


def digest(parts: list[bytes]) -> str:
    return "v1:" + hashlib.sha256(b"\n".join(parts)).hexdigest()


def nothing(request: HttpRequest) -> None:
    """What most viewsets ask `ahead`: of the network, of which nothing may be asked while a transaction is open."""


def run_once(request: HttpRequest, key: str, view: Any, run: Callable[[], HttpResponse]) -> HttpResponse:
    caller = callers.of(request)
    claim = Claim(caller.principal if caller else "anon", key, fingerprint_of(request))
    stored = known(request, claim)
    if stored is None:
        viewset = getattr(view, "cls", None)
        getattr(viewset, "ahead", nothing)(request)
        if getattr(view, "actions", {}).get("post") in getattr(viewset, "claiming", ()):
            return run_claiming(request, claim, run)
        with transaction.atomic():
            claimed = take(claim)
            if claimed is not None:
                return run_and_store(claimed, run)
            stored = find(claim)
    return replay(stored, claim)


def run_claiming(request: HttpRequest, claim: Claim, run: Callable[[], HttpResponse]) -> HttpResponse:
    request.claim = claim  # type: ignore[attr-defined]  # read back by `claim_of`
    response = run()
    if claim.is_lost:
        return replay(find(claim), claim)
    if 200 <= response.status_code < 300:
        metrics.idempotency.labels("executed").inc()
    return response


def claim_of(request: HttpRequest) -> Claim | None:
    """What an action that is `claiming` hands to its service; None without a key."""
    claim: Claim | None = getattr(request, "claim", None)
    return claim


def run_and_store(claimed: int, view: Callable[[], HttpResponse]) -> HttpResponse:
    response = view()
    if not 200 <= response.status_code < 300:
        transaction.set_rollback(True)
        return response
    metrics.idempotency.labels("executed").inc()
    body = getattr(response, "stored_body", response.content)  # without a secret that is shown once
    store(claimed, body.decode(), response.headers.get("Location", ""))
    return response


def replay(stored: Answer | None, claim: Claim) -> HttpResponse:
    _, body, location = checked(stored, claim)
    metrics.idempotency.labels("replayed").inc()
    response = views.json_bytes(body.encode(), Idempotency_Replayed="true")
    if location:
        response.headers["Location"] = location
    return response
