"""How fast webhooks go out: `python -m benchmarks.deliveries`. Two workers, engines and receivers of its own: what a
backlog takes at one endpoint and at ten, and how long an event takes to arrive at 5 incidents a second."""

import json
import os
import secrets
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ |= {"WEBHOOK_ALLOW_HTTP": "1", "WEBHOOK_ALLOW_CIDRS": "127.0.0.0/8", "SECRET_KEY": secrets.token_urlsafe(48)}
django.setup()

from incidents import reactions  # noqa: E402  once there are settings
from incidents.models import IncidentEvent  # noqa: E402
from notifications.models import Delivery  # noqa: E402
from tests.chaos import bench as benches  # noqa: E402
from tests.chaos.bench import Bench  # noqa: E402
from tests.chaos.sink import Arrival  # noqa: E402

DELIVERIES = 1_000
INCIDENTS_A_SECOND = 5.0
SECONDS = 30


def say(sentence: str) -> None:
    sys.stdout.write(f"{sentence}\n")
    sys.stdout.flush()


@contextmanager
def fresh() -> Iterator[Bench]:
    with tempfile.TemporaryDirectory() as folder, benches.bench(Path(folder), is_sink_durable=False) as running:
        yield running


def backlog(endpoints: int) -> float:
    """Deliveries a second, while there is enough to do: between the first tenth and the last."""
    with fresh() as bench:
        for number in range(endpoints):
            bench.webhook("ok", f"endpoint-{number}")
        for _ in range(DELIVERIES // endpoints):
            bench.incident()
        for event in IncidentEvent.objects.values_list("pk", flat=True):
            reactions.react(event, "CREATED", sys.exit)
        bench.run("DELETE FROM procrastinate_jobs")
        with bench.workers():
            if not bench.becomes(lambda: not Delivery.objects.pending().exists(), 120):
                raise RuntimeError("The backlog was not sent in two minutes.")
        return rate([each.at for each in bench.sink.arrivals()])


def from_events(endpoints: int) -> float:
    """The same, with the reactions to the events that cause them."""
    with fresh() as bench:
        for number in range(endpoints):
            bench.webhook("ok", f"endpoint-{number}")
        for _ in range(DELIVERIES // endpoints):
            bench.incident()
        with bench.workers():
            if not bench.becomes(bench.is_done, 240):
                raise RuntimeError("The backlog was not sent in four minutes.")
        return rate([each.at for each in bench.sink.arrivals()])


def rate(times: list[float]) -> float:
    times = sorted(times)
    tenth = len(times) // 10
    return (len(times) - 2 * tenth) / (times[-tenth - 1] - times[tenth])


def delays(endpoints: int) -> list[float]:
    """From the commit of an event to its arrival, in seconds, while little happens."""
    with fresh() as bench:
        for number in range(endpoints):
            bench.webhook("ok", f"endpoint-{number}")
        with bench.workers():
            began = time.monotonic()
            for number in range(int(SECONDS * INCIDENTS_A_SECOND)):
                time.sleep(max(0.0, began + number / INCIDENTS_A_SECOND - time.monotonic()))
                bench.incident()
                bench.tell_workers()
            bench.becomes(bench.is_done, 30)
        return sorted(map(delay, bench.sink.arrivals()))


def delay(arrival: Arrival) -> float:
    return arrival.at - datetime.fromisoformat(arrival.created_at).timestamp()


def percentile(values: list[float], share: float) -> float:
    return values[min(len(values) - 1, int(len(values) * share))]


def main() -> None:
    figures: dict[str, float] = {}
    for endpoints in (1, 10):
        figures[f"backlog_{endpoints}"] = backlog(endpoints)
        say(f"a backlog, {endpoints} endpoints: {figures[f'backlog_{endpoints}']:.0f} deliveries a second")
        figures[f"events_{endpoints}"] = from_events(endpoints)
        say(f"with reactions, {endpoints} endpoints: {figures[f'events_{endpoints}']:.0f} deliveries a second")
    told = delays(1)
    figures |= {
        "p50": statistics.median(told),
        "p99": percentile(told, 0.99),
        "max": told[-1],
        "load": os.getloadavg()[0],
    }
    say(f"from commit to arrival: median {figures['p50']:.2f} s, p99 {figures['p99']:.2f} s, last {told[-1]:.2f} s")
    figures["load"] = os.getloadavg()[0]
    say(json.dumps({name: round(value, 3) for name, value in figures.items()}))


if __name__ == "__main__":
    main()
