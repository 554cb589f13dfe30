"""Exports over HTTP: the filters of the list, and all that they let through."""

import json
from collections.abc import Iterator

from rest_framework.request import Request

from core import pagination, views
from core.callers import READ
from core.long_answers import LongAnswer
from core.openapi import words
from core.openapi.components import Component
from core.openapi.operation import Answer, Operation
from incidents import export, filters
from incidents.openapi import NEW
from incidents.querysets import IncidentQuerySet

NOT_OF_A_FILE = {*pagination.PARAMETERS, "ordering", "highlight", "typos"}
PARAMETERS = {name: said for name, said in filters.PARAMETERS.items() if name not in NOT_OF_A_FILE}

EXPORT = (
    "All that the filters let through, newest first, without pages. Each row is as of the moment that it is read; what "
    "is opened meanwhile is left out. Each process makes one export at a time: 503 with `Retry-After` while it does. "
    "Whoever does not read on for 30 seconds is cut off, and then the end of the file is missing."
)
CSV = {
    "list": Operation(
        "Export incidents as CSV",
        {
            200: Answer(
                "RFC 4180, with a header. What a spreadsheet would run as a formula, at the start of a cell or behind "
                "a semicolon or a line break, has an apostrophe in front.",
                Component(
                    "IncidentsCsv",
                    words.STRING,
                    example="number,id,title,severity,status\r\n42,019ab3f2-9f3e-7b54-8c21-6a5b4c3d2e1f,Checkout,P1,OPEN\r\n",
                ),
                media_type="text/csv",
            )
        },
        EXPORT,
    )
}
JSON_LINES = {
    "list": Operation(
        "Export incidents as JSON lines",
        {
            200: Answer(
                "One incident a line, as the list shows it.",
                Component("IncidentsJsonLines", words.STRING, example=json.dumps(NEW) + "\n"),
                media_type="application/jsonl",
            )
        },
        EXPORT,
    )
}


class ExportViewSet(views.ApiViewSet):
    access = {"list": READ}
    limits = {"list": "exports"}
    parameters = {"list": PARAMETERS}
    tag = "incidents"

    def chosen(self, request: Request) -> IncidentQuerySet:
        return filters.wanted(request, self.caller).rows()


class CsvViewSet(ExportViewSet):
    operations = CSV

    def list(self, request: Request) -> LongAnswer:
        return answer("incidents.csv", "text/csv; charset=utf-8", export.as_csv(self.chosen(request)))


class JsonLinesViewSet(ExportViewSet):
    operations = JSON_LINES

    def list(self, request: Request) -> LongAnswer:
        return answer("incidents.jsonl", "application/jsonl", export.as_json_lines(self.chosen(request)))


def answer(name: str, content_type: str, lines: Iterator[bytes]) -> LongAnswer:
    response = export.answer(name, content_type, lines)
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Vary"] = "Authorization, Cookie"
    return response
