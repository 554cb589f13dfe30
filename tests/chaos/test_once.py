"""One incident a key, however many ask at the same moment, and wherever the process that runs it dies (E1 to E6)."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import chain

import pytest

from core.models import IdempotencyKey
from incidents.models import Incident, IncidentEvent
from incidents.tests.crashes import COMMITTED, POINTS, request_at
from tests.chaos import hooks, kept, oracle
from tests.chaos.bench import Bench
from tests.chaos.crowd import Answer, crowd, request
from tests.chaos.web import Web
from users import services, tokens

pytestmark = pytest.mark.fault
BODY = {"title": "Disk full on db-7", "severity": "P1"}
IN_USE = "IDEMPOTENCY_KEY_IN_USE"
CONFLICT = "IDEMPOTENCY_KEY_CONFLICT"
KEPT_SECONDS = 24 * 3600
# As if the first request had come so long ago.
TRAVEL = (
    "UPDATE core_idempotency_key SET created_at = created_at - {0}, expires_at = expires_at - {0} WHERE key = '{1}'"
)
IS_KEPT = "SELECT count(*) FROM core_idempotency_key WHERE key = '{0}' AND expires_at > now()"
Counts = Callable[..., int]


@pytest.fixture
def service(bench: Bench) -> Iterator[Web]:
    with bench.web() as running:
        yield running
        kept.what_is_cached_is_so(bench, running)
    what_is_kept_is_well(bench)


def create(bench: Bench, key: str, body: object = BODY, *, token: str = "", path: str = "/v1/incidents") -> bytes:
    authorization = f"Bearer {token or bench.engines.token}"
    return request("POST", path, body, Authorization=authorization, Idempotency_Key=key)


def what_is_kept_is_well(bench: Bench, *expected: str) -> None:
    kept.every_history_leads_to_what_is()
    oracle.logs_are_clean(bench, expected)


def statuses(answers: Sequence[Answer]) -> Counter[int]:
    return Counter(answer.status for answer in answers)


def codes(answers: Sequence[Answer]) -> Counter[str]:
    return Counter(answer.body["code"] for answer in answers if answer.status == 409)


def incidents_and_keys() -> tuple[int, int]:
    return Incident.objects.count(), IdempotencyKey.objects.count()


def events_and_keys() -> tuple[int, int]:
    return IncidentEvent.objects.count(), IdempotencyKey.objects.count()


def test_of_fifty_twins_in_each_round_one_runs_and_the_others_are_its_replay(
    bench: Bench, service: Web, counts: Counts, publish: Callable[..., None]
) -> None:
    rounds = []
    with crowd(service, 50) as twins:
        for number in range(counts(10, 100)):
            rounds.append(twins.ask(*[create(bench, f"twin-{number}")] * 50))
            again = twins.ask(*[create(bench, f"twin-{number}")] * codes(rounds[-1])[IN_USE])
            assert all(answer.is_replay for answer in again)

    answers = list(chain(*rounds))
    told_to_wait, turned_away = codes(answers)[IN_USE], twins.turned_away
    slowest = max(answer.seconds for answer in answers)
    counted = {"rounds": len(rounds), "requests": len(answers), "turned_away": turned_away}
    publish(**counted, told_to_wait=told_to_wait, slowest=slowest)
    for twins_of_a_round in rounds:
        assert statuses(twins_of_a_round)[201] == 1
        assert len({answer.body["id"] for answer in twins_of_a_round if answer.status != 409}) == 1
    assert sum(answer.is_replay for answer in answers) == len(answers) - len(rounds) - told_to_wait
    assert turned_away == 0
    assert told_to_wait <= 0.02 * len(answers)
    assert incidents_and_keys() == (len(rounds), len(rounds))
    assert slowest <= 2.5


def test_of_twins_with_different_bodies_one_runs_and_the_others_conflict(
    bench: Bench, service: Web, counts: Counts, publish: Callable[..., None]
) -> None:
    rounds = []
    with crowd(service, 20) as twins:
        for number in range(counts(10, 50)):
            bodies = [{**BODY, "title": f"Twin {twin}"} for twin in range(20)]
            rounds.append(twins.ask(*[create(bench, f"rival-{number}", body) for body in bodies]))

    publish(rounds=len(rounds), requests=20 * len(rounds))
    for rivals in rounds:
        assert statuses(rivals) == {201: 1, 409: 19}
        assert codes(rivals) == {CONFLICT: 19}
        place, winner = next((place, each.body) for place, each in enumerate(rivals) if each.status == 201)
        assert winner["title"] == Incident.objects.get(pk=winner["id"]).title == f"Twin {place}"
    assert incidents_and_keys() == (len(rounds), len(rounds))


def test_a_first_attempt_that_fails_leaves_its_key_free(bench: Bench, publish: Callable[..., None]) -> None:
    order = bench.folder / "stumble"
    variables = {"DJANGO_SETTINGS_MODULE": "tests.chaos.web_settings", "STUMBLE": str(order)}
    with bench.web(**variables) as service, crowd(service, 1) as client:
        refused = client.ask(create(bench, "refused", {"severity": "P1"}))
        after_refusal = client.ask(create(bench, "refused"))
        order.write_text(hooks.STUMBLES)
        comment = create(bench, "broken", {"body": "x"}, path=f"/v1/incidents/{after_refusal[0].body['id']}/comments")
        broken, after_break = client.ask(comment), client.ask(comment)

    answers = [*refused, *after_refusal, *broken, *after_break]
    publish(statuses=[answer.status for answer in answers])
    assert [answer.status for answer in answers] == [400, 201, 500, 201]
    assert events_and_keys() == (2, 2)
    what_is_kept_is_well(bench, f"RuntimeError: {hooks.STUMBLES}")


def test_a_process_that_dies_at_any_point_leaves_all_or_nothing_and_the_retry_settles_it(
    bench: Bench, publish: Callable[..., None]
) -> None:
    order = bench.folder / "stumble"
    variables = {"DJANGO_SETTINGS_MODULE": "tests.chaos.web_settings", "STUMBLE": str(order)}
    retried = {}
    with bench.web(**variables) as service:
        with crowd(service, 1) as client:
            (commented,) = client.ask(create(bench, "before"))
        for number, point in enumerate(POINTS, start=2):
            path, body = request_at(point, commented.body["id"])
            keyed = create(bench, f"crash-{number}", body, path=path)
            order.write_text(point)
            with crowd(service, 1) as client, pytest.raises(ConnectionError):
                client.ask(keyed)
            assert not order.exists()
            left = number if point in COMMITTED else number - 1
            assert events_and_keys() == (left, left), point
            with crowd(service, 1) as client:
                (retried[point],) = client.ask(keyed)
            assert events_and_keys() == (number, number), point

    publish(points=len(POINTS), statuses={point: answer.status for point, answer in retried.items()})
    assert {point for point, answer in retried.items() if answer.is_replay} == COMMITTED
    assert {answer.status for point, answer in retried.items() if point not in COMMITTED} == {201}
    what_is_kept_is_well(bench)


def test_a_key_is_its_callers_own_and_of_one_path(bench: Bench, service: Web, publish: Callable[..., None]) -> None:
    other = services.create_user(email="rui@example.com", name="Rui", role="responder", actor=None)
    token = tokens.issue_token(other, name="test", scope="write", actor=None)[1]
    with crowd(service, 3) as clients:
        mine, theirs, elsewhere = clients.ask(
            create(bench, "shared"), create(bench, "shared", token=token), create(bench, "third", token=token)
        )
        path = f"/v1/incidents/{mine.body['id']}/comments"
        reused, replayed, not_theirs = clients.ask(
            create(bench, "shared", {"body": "x"}, path=path),
            create(bench, "shared", token=token),
            create(bench, "third"),
        )

    publish(statuses=[answer.status for answer in (mine, theirs, elsewhere, reused, replayed, not_theirs)])
    assert [answer.status for answer in (mine, theirs, elsewhere, not_theirs)] == [201] * 4
    assert replayed.is_replay
    assert replayed.body == theirs.body
    assert (reused.status, reused.body["code"]) == (409, CONFLICT)
    assert len({answer.body["id"] for answer in (mine, theirs, elsewhere, not_theirs)}) == 4
    assert incidents_and_keys() == (4, 4)


def test_a_key_is_kept_for_a_day_and_then_one_of_twenty_runs_anew(
    bench: Bench, service: Web, counts: Counts, publish: Callable[..., None]
) -> None:
    rounds = counts(3, 10)
    kept, renewed = [], []
    with crowd(service, 20) as twins:
        for number in range(rounds):
            key = f"day-{number}"
            (first,) = twins.ask(create(bench, key))
            bench.run(TRAVEL.format(f"interval '{KEPT_SECONDS - 1} s'", key))
            (answer,) = twins.ask(create(bench, key))
            if bench.count(IS_KEPT.format(key)):  # else the last second has passed meanwhile
                kept.append((first, answer))
            bench.run(TRAVEL.format("interval '2 s'", key))
            renewed.append((first, twins.ask(*[create(bench, key)] * 20)))

    publish(rounds=rounds, kept=len(kept))
    assert kept
    assert all(answer.is_replay and answer.body == first.body for first, answer in kept)
    for first, answers in renewed:
        assert statuses(answers) == {201: 1, 200: 19}
        (anew,) = {answer.body["id"] for answer in answers}
        assert anew != first.body["id"]
    assert incidents_and_keys() == (2 * rounds, rounds)
