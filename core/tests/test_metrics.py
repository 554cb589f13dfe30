"""What /metrics tells, and to whom."""

from typing import Any

from django.test import Client


def scraped(browser: Client | None = None) -> dict[str, float]:
    response = (browser or Client()).get("/metrics")
    assert response.status_code == 200
    lines = (line.rpartition(" ") for line in response.content.decode().splitlines() if line[0] != "#")
    return {series: float(value) for series, _, value in lines}


def more(before: dict[str, float], after: dict[str, float]) -> dict[str, float]:
    return {series: value - before.get(series, 0) for series, value in after.items() if value != before.get(series, 0)}


def requests(found: dict[str, float]) -> dict[str, float]:
    return {series: value for series, value in found.items() if series.startswith("incidents_http_requests_total")}


def series(route: str, method: str, status: int) -> str:
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
        series("incident-detail", "GET", 200): 3,
        series("unmatched", "GET", 404): 1,
        series("incident-list", "GET", 401): 1,
        series("health", "GET", 200): 1,
        series("unmatched", "other", 404): 1,
        series("metrics", "GET", 200): 1,  # the one before; each is counted when it is over
    }
