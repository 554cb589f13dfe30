"""What /metrics tells, and to whom."""

from ipaddress import ip_network
from math import inf
from typing import Any

import pytest
from django.test import Client

from core.metric_rows import rows
from tests.prometheus import more, scraped

BODY = {"title": "Disk full on db-7", "severity": "P1"}


def requests(found: dict[str, float]) -> dict[str, float]:
    return {series: value for series, value in found.items() if series.startswith("incidents_http_requests_total")}


def answers(route: str, method: str, status: int) -> str:
    return f'incidents_http_requests_total{{method="{method}",route="{route}",status="{status}"}}'


def test_each_answer_counts_once_under_the_name_of_its_route(as_user: Any, rui: Any, incident: Any) -> None:
    api = as_user(rui)
    before = scraped()

    for _ in range(3):
        api.get(f"/v1/incidents/{incident.pk}")
    api.get("/v1/incidents/no-such")
    as_user().get("/v1/incidents")
    Client().get("/health")
    Client().generic("BREW", "/no/such/page")

    assert requests(more(before, scraped())) == {
        answers("incident-detail", "GET", 200): 3,
        answers("unmatched", "GET", 404): 1,
        answers("incident-list", "GET", 401): 1,
        answers("health", "GET", 200): 1,
        answers("unmatched", "other", 404): 1,
        answers("metrics", "GET", 200): 1,  # the scrape before; each is counted when it is over
    }


def test_what_the_cache_the_keys_and_the_engines_did_is_counted(as_user: Any, rui: Any) -> None:
    api = as_user(rui)
    before = scraped()

    made = [api.post("/v1/incidents", BODY, Idempotency_Key="k") for _ in range(2)]
    api.post("/v1/incidents", {**BODY, "title": "other"}, Idempotency_Key="k")
    for _ in range(2):
        api.get(f"/v1/incidents/{made[0].json()['id']}")

    found = more(before, scraped())
    assert found['incidents_idempotency_requests_total{outcome="executed"}'] == 1
    assert found['incidents_idempotency_requests_total{outcome="replayed"}'] == 1
    assert found['incidents_idempotency_requests_total{outcome="conflict"}'] == 1
    assert sum(found[series] for series in found if series.startswith("incidents_cache_requests_total")) == 2
    assert found["incidents_database_call_duration_seconds_count"] > 5
    assert found["incidents_redis_call_duration_seconds_count"] > 1


def test_what_people_took_is_counted_once_for_each_incident(
    as_user: Any, rui: Any, incident: Any, django_capture_on_commit_callbacks: Any
) -> None:
    api = as_user(rui)
    before = scraped()

    with django_capture_on_commit_callbacks(execute=True):
        for status in ("ACK", "ACK", "RESOLVED"):
            api.patch(f"/v1/incidents/{incident.pk}/status", {"status": status})

    found = more(before, scraped())
    assert found['incidents_time_to_acknowledge_seconds_count{severity="P1"}'] == 1
    assert found['incidents_time_to_resolve_seconds_count{severity="P1"}'] == 1
    assert found['incidents_time_to_resolve_seconds_sum{severity="P1"}'] > 0


def test_addresses_that_may_scrape_need_no_token_and_no_host_and_others_need_scope_read(
    as_user: Any, vera: Any, settings: Any
) -> None:
    settings.METRICS_ALLOWED_CIDRS = [ip_network("10.1.0.0/16")]
    token = as_user(vera, "read").headers["Authorization"]

    def status(address: str, **headers: str) -> int:
        return Client(REMOTE_ADDR=address).get("/metrics", headers=headers).status_code

    assert status("10.1.2.3", Host="web:3000") == 200
    assert status("::ffff:10.1.2.3") == 200
    assert status("10.2.0.1") == 401
    assert status("10.2.0.1", X_Forwarded_For="10.1.2.3") == 401  # no proxy of ours said so
    assert status("10.2.0.1", Authorization="Bearer no-such") == 401
    assert status("10.2.0.1", Authorization=token) == 200


@pytest.mark.django_db(transaction=True)
def test_the_apps_tell_of_their_rows(incident: Any, rui: Any) -> None:
    rows.check.asked_at = -inf  # nothing that was found for another test

    found = scraped()

    assert found['incidents_collector_up{collector="core"}'] == 1
    assert found['incidents_collector_up{collector="incidents"}'] == 1
    assert found['incidents_collector_up{collector="notifications"}'] == 1
    assert found['incidents_open{severity="P1",status="OPEN"}'] == 1
    assert found['incidents_open{severity="P1",status="ACK"}'] == 0
    assert found['incidents_open_oldest_age_seconds{severity="P1",status="OPEN"}'] > 0
    assert found['incidents_jobs{state="todo"}'] >= 1  # of the incident's event
    assert found["incidents_jobs_oldest_waiting_seconds"] > 0
    assert found["incidents_workers"] == 0
