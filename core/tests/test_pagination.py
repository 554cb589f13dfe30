"""Pages by keyset, on rows with ties: whichever way they are walked, every row comes once and in order."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import orjson
import pytest
from django.test import RequestFactory

from core import pagination
from core.errors import Invalid
from core.models import IdempotencyKey
from core.pagination import Keyset, Select

DAY = datetime(2026, 11, 23, 9, 12, 4, 123456, tzinfo=UTC)
KEYSETS = {
    "ascending": Keyset(("expires_at", "id")),
    "descending": Keyset(("expires_at", "id"), descending=True),
    "segments": Keyset(("expires_at", "id"), descending=True, segment=("principal", ("P1", "P2", "P3"))),
    "one field": Keyset(("id",)),
}


@pytest.fixture
def rows(db) -> list[IdempotencyKey]:
    """Eleven: three at each moment, none of P2 at all."""
    made = [
        IdempotencyKey(
            principal=("P3", "P1")[n % 2], key=str(n), fingerprint="", expires_at=DAY + timedelta(microseconds=n // 3)
        )
        for n in range(11)
    ]
    return IdempotencyKey.objects.bulk_create(made)


def in_order(rows: list[IdempotencyKey], name: str) -> list[int]:
    signed = 1 if name in ("ascending", "one field") else -1
    ordered = sorted(rows, key=lambda row: (row.expires_at, row.id), reverse=signed < 0)
    if name == "segments":
        ordered.sort(key=lambda row: row.principal)
    return [row.id for row in ordered]


def page(path: str, name: str, way: str = "models") -> dict:
    request, keyset = RequestFactory().get(path), KEYSETS[name]
    if way == "models":
        queryset = IdempotencyKey.objects.all()
        return orjson.loads(pagination.respond(request, queryset, keyset, lambda row: row.id).content)
    if way == "columns":
        columns = ("id", "key", "expires_at", "principal")
        queryset = IdempotencyKey.objects.values_list(*columns)
        return orjson.loads(pagination.respond(request, queryset, keyset, lambda row: row[0], columns).content)
    select = Select("k.id, k.principal, k.expires_at", "core_idempotency_key k", "k")
    found = orjson.loads(pagination.respond_json(request, select, keyset).content)
    return {**found, "results": [row["id"] for row in found["results"]]}


def walk(first: dict, direction: str, name: str, way: str) -> list[dict]:
    pages = [first]
    while pages[-1][direction]:
        assert len(pages) < 20
        pages.append(page(pages[-1][direction], name, way))
    return pages


@pytest.mark.parametrize("way", ["models", "columns", "select"])
@pytest.mark.parametrize("limit", [1, 2, 3, 5, 10, 11, 100])
@pytest.mark.parametrize("name", KEYSETS)
def test_there_and_back_every_row_comes_once_in_order(rows, name, limit, way):
    there = walk(page(f"/rows?limit={limit}", name, way), "next", name, way)
    back = walk(there[-1], "previous", name, way)

    assert [row for each in there for row in each["results"]] == in_order(rows, name)
    assert [row for each in reversed(back) for row in each["results"]] == in_order(rows, name)
    assert {len(each["results"]) for each in there[:-1]} <= {limit}
    assert there[0]["previous"] is None
    assert back[-1]["previous"] is None


def test_the_size_of_a_page_may_change_on_the_way(rows):
    first = page("/rows?limit=2", "ascending")
    second = page(first["next"].replace("limit=2", "limit=4"), "ascending")

    assert first["results"] + second["results"] == in_order(rows, "ascending")[:6]


def test_rows_that_come_and_go_neither_repeat_nor_hide_others(rows):
    first = page("/rows?limit=4", "ascending")
    IdempotencyKey.objects.filter(pk__in=first["results"][-2:]).delete()
    IdempotencyKey.objects.create(principal="P1", key="early", fingerprint="", expires_at=DAY - timedelta(days=1))
    second = page(first["next"], "ascending")

    assert second["results"] == in_order(rows, "ascending")[4:8]


def test_an_empty_list_leads_nowhere(db):
    assert page("/rows", "segments") == {"results": [], "next": None, "previous": None}


def test_links_keep_the_filters(rows):
    parts = urlsplit(page("/rows?limit=1&q=a+b%26c&status=ACK&status=OPEN", "ascending")["next"])

    assert parts.path == "/rows"
    assert parts.query.startswith("limit=1&q=a+b%26c&status=ACK&status=OPEN&cursor=")


@pytest.mark.parametrize(
    "limit", ["0", "-1", "101", "1e3", "1.0", "", " 1", "+1", "９", "0x1", "9" * 20, "1&limit=2", "nul%00"]
)
def test_a_limit_that_is_none_is_refused(db, limit):
    with pytest.raises(Invalid) as caught:
        page(f"/rows?limit={limit}", "ascending")

    assert list(caught.value.details) == ["limit"]


def test_a_page_has_25_rows_where_nothing_is_said(db):
    IdempotencyKey.objects.bulk_create(
        IdempotencyKey(principal="P1", key=str(n), fingerprint="", expires_at=DAY) for n in range(26)
    )

    assert len(page("/rows", "ascending")["results"]) == 25
