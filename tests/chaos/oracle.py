"""What must be so after every scenario (RELIABILITY, I1 to I8). Of I6 there are leases alone: nothing escalates yet."""

import json
import re
from collections import Counter
from collections.abc import Collection, Iterator
from itertools import groupby
from typing import Any

from django.db.models import Count

from incidents.models import Deletion, IncidentEvent
from notifications import queue, schedule
from notifications.models import Delivery, Endpoint, State
from tests.chaos import kept
from tests.chaos.bench import Bench
from tests.chaos.journal import Journal
from tests.chaos.load import Load
from tests.chaos.web import Web

MOST_TRIES = {queue.POISON_TRIES, len(schedule.PAUSES) + 1}
# What a worker that loses PostgreSQL may log, with a traceback; the last where it was frozen in a statement, and thaws.
LOST = (
    "psycopg.OperationalError",
    "psycopg.errors.AdminShutdown",
    "psycopg_pool.PoolTimeout",
    "django.db.utils.",
    "psycopg.errors.QueryCanceled",
)
SECRET = re.compile(r"whsec_\w")


def settled(bench: Bench, web: Web, load: Load, *, at_least: float = 0) -> Journal:
    """What clients noted, once they have got what they wanted, everybody is told, and what is cached is what is so."""
    journal = load.stop(at_least)
    assert bench.becomes(bench.is_done, 90)
    assert bench.becomes(lambda: is_redis_in_use(web), 15)
    kept.what_is_cached_is_so(bench, web)
    return journal


def is_redis_in_use(web: Web) -> bool:
    """By every process: one whose breaker is open counts nobody's requests."""
    return all("ratelimit" in web.get("/v1/incidents?limit=1").headers for _ in range(10))


def judge(bench: Bench, *, journal: Journal | None = None, expected: Collection[str] = ()) -> dict[str, Any]:
    """Asserts all of it; the figures. `expected`: the errors of tracebacks that may be logged."""
    told = kept.judge(journal) if journal else {}
    every_event_has_its_deliveries()
    none_has_disappeared()
    none_is_held_for_long(bench)
    what_is_delivered_has_arrived(bench)
    logs_are_clean(bench, expected)
    states = Counter(Delivery.objects.values_list("state", flat=True))
    workers = len(bench.logs("worker"))
    return told | {"deliveries": states.total(), **states, "duplicates": duplicates(bench), "workers": workers}


def every_event_has_its_deliveries() -> None:
    keys = {f"event:{id}" for model in (IncidentEvent, Deletion) for id in model.objects.values_list("pk", flat=True)}
    made = Delivery.objects.filter(endpoint__events=[], endpoint__severities=[], key__startswith="event:")
    told = dict(made.values_list("key").annotate(Count("endpoint")))
    # What was told of an incident before it was deleted outlives its events.
    of_deleted = made.filter(incident_id__in=Deletion.objects.values("incident_id")).values_list("key", flat=True)
    wanted = Endpoint.objects.filter(events=[], severities=[]).count()
    assert wanted
    assert told == dict.fromkeys(keys | set(of_deleted), wanted)


def none_has_disappeared() -> None:
    given_up = Delivery.objects.filter(state=State.FAILED)
    for delivery in given_up:
        assert delivery.attempts in MOST_TRIES
        assert delivery.entries.filter(type="ATTEMPTED").count() == delivery.attempts


def none_is_held_for_long(bench: Bench) -> None:
    held = "SELECT count(*) FROM notifications_delivery WHERE state = 'PENDING' AND attempt_id IS NOT NULL"
    assert bench.count(f"{held} AND due_at < app_now() - interval '5 s'") == 0  # constants


def what_is_delivered_has_arrived(bench: Bench) -> None:
    seen = {(each.name, each.id) for each in bench.sink.arrivals()}
    delivered = Delivery.objects.filter(state=State.DELIVERED, kind="webhook")
    assert {(each.endpoint.description, sent_as(each)) for each in delivered.select_related("endpoint")} <= seen


def sent_as(delivery: Delivery) -> str:
    return str(json.loads(delivery.payload)["id"])


def duplicates(bench: Bench) -> int:
    seen = Counter((each.name, each.id) for each in bench.sink.arrivals())
    return seen.total() - len(seen)


def first_arrivals_are_in_order(bench: Bench) -> None:
    firsts: dict[tuple[str, str], Any] = {}
    for each in bench.sink.arrivals():
        firsts.setdefault((each.name, each.id), each)
    of = lambda each: (each.name, each.incident)  # noqa: E731  twice below
    for _, group in groupby(sorted(firsts.values(), key=lambda each: (*of(each), each.at)), of):
        sequences = [each.sequence for each in group]
        assert sequences == sorted(sequences)


def logs_are_clean(bench: Bench, expected: Collection[str]) -> None:
    for line in lines(bench):
        assert not SECRET.search(line)
        assert not any(secret in line for secret in bench.secrets)
        if line.startswith("CommandError: PostgreSQL"):
            continue
        told = json.loads(line)
        assert "exc_info" not in told or any(error in told["exc_info"] for error in expected), line


def lines(bench: Bench) -> Iterator[str]:
    for log in bench.logs():
        yield from filter(None, log.read_text().split("\n"))
