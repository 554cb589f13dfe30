"""The document and its two readers, Swagger UI and Redoc, served from here alone."""

from csp.decorators import csp_update
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.utils.decorators import method_decorator
from rest_framework.request import Request

from core import views
from core.callers import OPEN
from core.openapi import document
from core.openapi.components import Component
from core.openapi.operation import Answer, Operation

# Both write style attributes; Redoc searches in a worker that it makes from a blob.
READERS_POLICY = {"style-src": ["'unsafe-inline'"], "worker-src": ["blob:"]}
DOCUMENT = Component("Document", {"type": "object", "description": "OpenAPI 3.1."})
PAGE = Answer("A page.", Component("Page", {"type": "string"}), media_type="text/html")


class SchemaViewSet(views.ApiViewSet):
    operations = {"list": Operation("Get this document", {200: Answer("OpenAPI 3.1 in JSON.", DOCUMENT)})}
    access = {"list": OPEN}
    tag = "reference"

    def list(self, request: Request) -> HttpResponse:
        return views.json_bytes(document.as_bytes())


@method_decorator(csp_update(READERS_POLICY), name="dispatch")
class ReaderViewSet(views.ApiViewSet):
    access = {"list": OPEN}
    tag = "reference"
    template: str

    def list(self, request: Request) -> HttpResponse:
        return HttpResponse(render_to_string(self.template))


class SwaggerViewSet(ReaderViewSet):
    operations = {"list": Operation("Read and try the API in Swagger UI", {200: PAGE})}
    template = "reference/swagger.html"


class RedocViewSet(ReaderViewSet):
    operations = {"list": Operation("Read about the API in Redoc", {200: PAGE})}
    template = "reference/redoc.html"
