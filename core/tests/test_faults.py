"""What clients meet while Redis or PostgreSQL is dead or frozen, and how soon after it all is well again."""

import time
from collections import Counter

import pytest

from core.tests import fault_bench
from core.tests.fault_bench import Answer, Bench, Service, frozen, kill, percentile

pytestmark = pytest.mark.fault


@pytest.fixture
def path(service: Service) -> str:
    """An incident, as its own address."""
    return str(service.open_incident().headers["location"])


def statuses(answers: list[Answer]) -> Counter[int]:
    return Counter(answer.status for answer in answers)


def test_with_redis_dead_everything_is_answered_as_quickly_as_before(bench: Bench, service: Service, path: str) -> None:
    with service.traffic(path) as calm:
        time.sleep(1)
    kill(bench.valkey)
    with service.traffic(path) as stormy:
        time.sleep(1)
    ready = {path: service.get(path).status for path in ("/health", "/ready/core", "/ready")}
    bench.valkey.start()

    assert set(statuses(calm)) == set(statuses(stormy)) == {200, 201}
    assert percentile(stormy, 0.9) < percentile(calm, 0.9) + 0.05
    assert ready == {"/health": 200, "/ready/core": 200, "/ready": 503}
    assert {answer.headers.get("x-cache") for answer in stormy if answer[:2] == ("GET", path)} == {"MISS"}
    assert any("ratelimit" in answer.headers for answer in calm)
    assert not any("ratelimit" in answer.headers for answer in stormy)
    assert service.becomes(5, lambda: service.get("/ready").status == 200)


def test_with_redis_frozen_few_requests_pay_and_none_reads_what_is_old(
    bench: Bench, service: Service, path: str
) -> None:
    service.get(path)
    with frozen(bench.valkey):
        with service.traffic(path) as stormy:
            time.sleep(2)
        ready = {name: service.get(name).status for name in ("/health", "/ready/core", "/ready")}
        written = service.call("PATCH", path, {"title": "While it was frozen"})
    read = service.get(path)

    assert set(statuses(stormy)) == {200, 201}
    assert percentile(stormy, 0.95) < 0.3
    assert max(answer.seconds for answer in stormy) < 2
    assert ready == {"/health": 200, "/ready/core": 200, "/ready": 503}
    failed = [line["request_id"] for line in service.logged("redis_failed")]
    assert 1 <= len(failed) <= 16  # of hundreds; one that many have in common carries nobody's id
    assert set(Counter(filter(None, failed)).values()) == {1}  # a tenth of a second, once
    assert len(service.logged("redis_away")) == 2  # each process opened its breaker
    assert read.body["version"] == written.body["version"]
    assert service.becomes(8, lambda: service.get(path).headers["x-cache"] == "HIT")
    assert service.get(path).body == read.body


def test_with_postgresql_dead_clients_are_told_to_retry_and_need_not_wait_long(
    bench: Bench, service: Service, path: str
) -> None:
    workers = service.workers()
    with service.traffic(path) as stormy:
        time.sleep(0.3)
        kill(bench.postgres)
        time.sleep(1)
        dead = {name: service.get(name).status for name in ("/health", "/ready/core", "/ready", "/ready/worker")}
        bench.postgres.start()
        accepts = time.monotonic()
        assert service.becomes(5, lambda: service.get(path).status == 200)
        assert service.becomes(5, lambda: service.get("/ready").status == 200)
        assert time.monotonic() - accepts < 5
        time.sleep(0.3)
    again = [service.open_incident().status for _ in range(20)]

    assert set(statuses(stormy)) <= {200, 201, 503}
    refused = [answer for answer in stormy if answer.status == 503]
    assert {(answer.body["code"], answer.headers["retry-after"]) for answer in refused} == {
        ("SERVICE_UNAVAILABLE", "1")
    }
    assert percentile(stormy, 0.99) < 3
    assert dead == {"/health": 200, "/ready/core": 503, "/ready": 503, "/ready/worker": 503}
    assert set(again) == {201}
    assert service.workers() == workers


def test_connections_that_postgresql_closed_meanwhile_cost_nobody_an_answer(bench: Bench, service: Service) -> None:
    assert {service.open_incident().status for _ in range(30)} == {201}
    with bench.postgres.admin() as admin:
        admin.execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = 'incidents'")

    assert {service.open_incident().status for _ in range(30)} == {201}
    assert service.get("/ready").status == 200


def test_with_postgresql_frozen_no_request_hangs_and_health_answers_throughout(
    bench: Bench, service: Service, path: str
) -> None:
    workers = service.workers()
    healthy: list[Answer] = []
    with service.traffic(path) as stormy:
        time.sleep(0.3)
        with frozen(bench.postgres):
            deadline = time.monotonic() + fault_bench.WATCHDOG_SECONDS + 2.5
            time.sleep(1.1)  # an answer of the last second may be given again
            ready = [service.get("/ready/core"), service.get("/ready"), service.get("/ready/core")]
            while time.monotonic() < deadline:
                healthy.append(service.get("/health"))
                time.sleep(0.02)
        thawed = time.monotonic()
        assert service.becomes(5, lambda: all(service.get(path).status == 200 for _ in range(10)))
        assert service.becomes(5, lambda: service.get("/ready").status == 200)
        assert time.monotonic() - thawed < 5

    assert set(statuses(stormy)) <= {200, 201, 503}
    assert max(answer.seconds for answer in stormy) < fault_bench.WATCHDOG_SECONDS + 2
    assert statuses(healthy) == {200: len(healthy)}
    assert percentile(healthy, 0.9) < 0.05
    assert max(answer.seconds for answer in healthy) < 0.5
    assert [answer.status for answer in ready] == [503] * 3
    assert ready[0].body["checks"] == {"database": {"status": "timeout"}}
    assert service.logged("database_call_hung_up")
    assert service.workers() == workers
