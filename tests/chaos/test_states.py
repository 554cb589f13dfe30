"""Twenty calls at once on one incident, many times over: one event a transition, and no deadlock (H16)."""

from collections import Counter
from collections.abc import Callable

import pytest

from incidents.models import EventType, Incident, IncidentEvent, Status
from tests.chaos import kept, oracle
from tests.chaos.bench import Bench
from tests.chaos.crowd import Answer, crowd, request

pytestmark = pytest.mark.fault
CALLS = (Status.ACK, Status.RESOLVED, Status.OPEN, "comment") * 5  # OPEN is what it is already, or was
DEADLOCKS = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
Counts = Callable[..., int]


def call(incident: str, what: str, token: str) -> bytes:
    if what == "comment":
        return request("POST", f"{incident}/comments", {"body": "Looking"}, Authorization=f"Bearer {token}")
    return request("PATCH", f"{incident}/status", {"status": what}, Authorization=f"Bearer {token}")


def is_legal(what: str, answer: Answer) -> bool:
    """Whatever came before it."""
    if what == "comment":
        return answer.status == 201
    if what == Status.RESOLVED:
        return answer.status == 200
    return answer.status == 200 or (answer.status, answer.body["code"]) == (400, "INVALID_STATUS_TRANSITION")


def test_of_twenty_calls_at_once_each_is_decided_against_what_the_one_before_it_left(
    bench: Bench, counts: Counts, publish: Callable[..., None]
) -> None:
    before = bench.count(DEADLOCKS)
    incidents = [f"/v1/incidents/{bench.incident().pk}" for _ in range(counts(30, 500))]
    answers: list[tuple[str, Answer]] = []
    with bench.web() as web, crowd(web, len(CALLS)) as clients:
        for incident in incidents:
            told = clients.ask(*[call(incident, what, web.token) for what in CALLS])
            answers += zip(CALLS, told, strict=True)
        kept.what_is_cached_is_so(bench, web)

    met = Counter(f"{what} {answer.status}" for what, answer in answers)
    deadlocks = bench.count(DEADLOCKS) - before
    publish(incidents=len(incidents), turned_away=clients.turned_away, deadlocks=deadlocks, **met)
    assert [(what, answer) for what, answer in answers if not is_legal(what, answer)] == []
    assert deadlocks == 0
    kept.every_history_leads_to_what_is()
    oracle.logs_are_clean(bench, ())
    assert set(Incident.objects.values_list("status", flat=True)) == {Status.RESOLVED}
    changes = IncidentEvent.objects.filter(type=EventType.STATUS_CHANGED)
    steps = Counter(changes.values_list("incident_id", "data__to"))
    assert set(steps.values()) == {1}
    assert IncidentEvent.objects.filter(type=EventType.COMMENTED).count() == CALLS.count("comment") * len(incidents)
