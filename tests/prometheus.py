"""What /metrics says, as Prometheus would read it."""

from django.test import Client

Found = dict[str, float]  # series -> value


def scraped(browser: Client | None = None) -> Found:
    response = (browser or Client()).get("/metrics")
    assert response.status_code == 200
    return read(response.content)


def read(body: bytes) -> Found:
    lines = (line.rpartition(" ") for line in body.decode().splitlines() if line[0] != "#")
    return {series: float(value) for series, _, value in lines}


def more(before: Found, after: Found) -> Found:
    return {series: value - before.get(series, 0) for series, value in after.items() if value != before.get(series, 0)}
