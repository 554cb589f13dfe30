"""Views of the servers that the front's tests start."""

import os
import time
from collections.abc import Iterator

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.urls import path

from core import errors


def echo(request: HttpRequest, _path: str = "") -> HttpResponse:
    if request.method not in ("GET", "HEAD", "POST"):
        return HttpResponse(status=405)
    if int(request.META.get("CONTENT_LENGTH") or 0) > settings.MAX_BODY_BYTES:
        return HttpResponse(errors.body(errors.PayloadTooLarge()), status=413, content_type="application/json")
    seen = {key: value for key, value in request.META.items() if isinstance(value, str)}
    return JsonResponse({"method": request.method, "path": request.path, "length": len(request.body), "meta": seen})


def health(_request: HttpRequest) -> HttpResponse:
    return JsonResponse({"status": "ok", "pid": os.getpid()})


def slow(request: HttpRequest) -> HttpResponse:
    time.sleep(float(request.GET["seconds"]))
    return HttpResponse("done")


def stream(request: HttpRequest) -> HttpResponseBase:
    def chunks() -> Iterator[bytes]:
        for _ in range(int(request.GET["chunks"])):
            yield b"x" * 65536

    return StreamingHttpResponse(chunks())


def query(request: HttpRequest) -> HttpResponse:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(%s)", [float(request.GET.get("seconds", 0))])
    return HttpResponse("done")


handler500 = "core.exception_handler.server_error"
urlpatterns = [
    path("health", health),
    path("slow", slow),
    path("stream", stream),
    path("v1/query", query),
    path("", echo),
    path("<path:_path>", echo),
]
