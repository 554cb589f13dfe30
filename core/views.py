"""What every viewset of the API shares: an answer is JSON bytes, and an unknown query parameter is refused."""

import re
import uuid
from functools import cache
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from rest_framework import serializers
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.viewsets import ViewSet

from core import callers
from core.callers import Access, Caller
from core.errors import Invalid, NotAuthenticated
from core.openapi.components import Json
from core.openapi.operation import Operation

UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


class ApiViewSet(ViewSet):
    """`access` says who may call each action, `limits` out of which budget where its method does not say so already,
    `parameters` which query parameters an action knows, `operations` what the API's document tells of it, `claiming`
    the actions whose service takes the Idempotency-Key in its one statement."""

    lookup_value_converter = "uuid"
    access: dict[str, Access | None]
    limits: dict[str, str] = {}
    claiming: frozenset[str] = frozenset()
    parameters: dict[str, dict[str, Json]] = {}
    operations: dict[str, Operation]
    tag = ""  # the document's heading, where it is not the first word of the path
    has_no_head = False  # a stream never comes to its end, and so has nothing to tell of it

    @property
    def default_response_headers(self) -> dict[str, str]:
        return {}

    def perform_content_negotiation(self, request: Request, force: bool = False) -> tuple[Any, str]:
        return JSONRenderer, "application/json"

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """The middleware has settled who calls and whether they may: what is left is the query string."""
        unknown = set(request.query_params).difference(self.parameters.get(self.action or "", ()))
        if unknown:
            if "pk" in kwargs:
                self.refuse_object(kwargs["pk"])
            raise Invalid(details={name: ["This query parameter is not known here."] for name in sorted(unknown)})

    def refuse_object(self, pk: uuid.UUID) -> None:
        """Raise the 404, or 412, that comes before a refusal of fields; only asked when there is such a refusal."""

    @property
    def caller(self) -> Caller:
        caller = callers.of(self.request._request)
        if caller is None:
            raise NotAuthenticated
        return caller

    def validated(self, serializer_class: type["Input"]) -> dict[str, Any]:
        # Not request.data: that takes an empty body for an empty form when it says so, with every box unticked.
        body = self.request._request.parsed_body  # type: ignore[attr-defined]  # by core.idempotency
        try:
            data: dict[str, Any] = checker(serializer_class).run_validation(body)
        except serializers.ValidationError:
            if "pk" in self.kwargs:
                self.refuse_object(self.kwargs["pk"])
            raise
        return data


class Input(serializers.Serializer[Any]):
    """A body: a field that it does not know is refused by name."""

    def to_internal_value(self, data: Any) -> Any:
        unknown = set(data) - set(self.fields)
        if unknown:
            raise serializers.ValidationError({name: ["This field is not known here."] for name in sorted(unknown)})
        return super().to_internal_value(data)


@cache
def checker(serializer_class: type[Input]) -> Input:
    """One for all requests: it keeps nothing of what it checks, and to make one costs as much as to check with it."""
    return serializer_class()


def json(data: Any, status: int = 200, **headers: str) -> HttpResponse:
    return json_bytes(orjson.dumps(data), status, **headers)


def json_bytes(body: bytes, status: int = 200, **headers: str) -> HttpResponse:
    """`headers` by keyword, underscores for hyphens."""
    response = HttpResponse(body, content_type="application/json", status=status)
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Vary"] = "Authorization, Cookie"
    for name, value in headers.items():
        response.headers[name.replace("_", "-")] = value
    return response


def json_once(shown: dict[str, Any], secret: dict[str, str], status: int = 200, **headers: str) -> HttpResponse:
    """With a secret that nobody keeps: what replays the request's key is told all but that."""
    response = json(shown | secret, status, **headers)
    response.headers["Cache-Control"] = "no-store"
    response.stored_body = orjson.dumps(shown)  # type: ignore[attr-defined]  # for core.idempotency
    return response


def no_content() -> HttpResponse:
    response = HttpResponse(status=204)
    del response.headers["Content-Type"]
    return response


def single(request: HttpRequest | Request, name: str) -> str | None:
    """A query parameter that may stand once; None when it is absent."""
    values = request.GET.getlist(name)
    if len(values) > 1:
        raise Invalid.field(name, "This query parameter may stand only once.")
    return values[0] if values else None


def identifier(name: str, text: str) -> uuid.UUID:
    """The UUID that a query parameter holds."""
    if not UUID.fullmatch(text):
        raise Invalid.field(name, "This is not a UUID.")
    return uuid.UUID(text)
