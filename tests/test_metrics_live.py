"""/metrics of the service as it is deployed: several processes, killed ones, engines that are away, and the very
Prometheus with the rules and dashboards of config/monitoring."""

import json
import os
import shutil
import signal
import subprocess
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from core.embedded.engines import free_port
from tests import live_server
from tests.live_server import ROOT, becomes_true, engines, process
from tests.prometheus import Found, read
from tests.test_monitoring import FOLDER, RULES, expressions
from users import tokens

pytestmark = [pytest.mark.fault, pytest.mark.django_db(transaction=True)]

LISTED = 'incidents_http_requests_total{method="GET",route="incident-list",status="200"}'
# Where part of a panel is empty as long as all is well.
OF_TROUBLE = {"Failed calls", "Limits", "Runs of jobs"}


def call(address: str, path: str, token: str = "", data: Any = None, **headers: str) -> Any:
    body = None if data is None else json.dumps(data).encode()
    sent = {"Authorization": f"Bearer {token}"} if token else {}
    sent |= {"Content-Type": "application/json"} | {name.replace("_", "-"): text for name, text in headers.items()}
    with urllib.request.urlopen(urllib.request.Request(address + path, body, sent), timeout=30) as response:
        return response.read()


def scraped(address: str) -> Found:
    return read(call(address, "/metrics"))


@pytest.fixture
def token(ada: Any) -> str:
    return tokens.issue_token(ada, name="t", scope="admin", actor=None)[1]


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    own = {"METRICS_DIR": str(tmp_path / "metrics"), "WEB_WORKERS": "2"}
    return engines() | own | {"WEBHOOK_ALLOW_CIDRS": "127.0.0.0/8", "WEBHOOK_ALLOW_HTTP": "1"}


def identities(env: dict[str, str]) -> list[int]:
    """The processes that show their numbers, by number."""
    return [int(file.stem.split("-")[-2]) for file in Path(env["METRICS_DIR"]).glob("*.alive")]


def test_every_process_tells_of_all_and_what_a_killed_one_counted_is_not_lost(
    env: dict[str, str], token: str, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    with live_server.web(env, log=log) as address:
        for _ in range(40):
            call(address, "/v1/incidents", token)
        assert becomes_true(lambda: all(scraped(address)[LISTED] == 40 for _ in range(6)))

        killed = identities(env)[0]
        os.kill(killed, signal.SIGKILL)
        assert becomes_true(lambda: scraped(address) is not None and killed not in identities(env))
        # Another has taken its place: two at the start, and this one.
        assert becomes_true(lambda: log.read_text().count("ASGI server listening") == 3)
        for _ in range(10):
            call(address, "/v1/incidents", token)

        assert becomes_true(lambda: all(scraped(address)[LISTED] == 50 for _ in range(6)))


def test_it_is_answered_without_postgresql_and_redis(env: dict[str, str]) -> None:
    nowhere = f"127.0.0.1:{free_port()}"
    away = {
        "WEB_WORKERS": "1",
        "DATABASE_URL": f"postgresql://postgres@{nowhere}/none",
        "REDIS_URL": f"redis://{nowhere}/0",
    }

    with live_server.web(env | away) as address:
        found = scraped(address)

    assert found['incidents_collector_up{collector="incidents"}'] == 0
    assert found["incidents_redis_away"] == 0


@contextmanager
def prometheus(address: str, folder: Path) -> Iterator[str]:
    program = shutil.which("prometheus")
    assert program, "Install Debian's package prometheus: its rules and dashboards are tried with it."
    config = (FOLDER / "prometheus.yml").read_text()
    config = config.replace("web:3000", address.removeprefix("http://")).replace("interval: 15s", "interval: 1s")
    (folder / "prometheus.yml").write_text(config)
    shutil.copy(FOLDER / "alerts.yml", folder)
    port = free_port()
    words = [program, f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data"]
    with (folder / "prometheus.log").open("wb") as log:
        running = subprocess.Popen([*words, f"--web.listen-address=127.0.0.1:{port}"], stderr=log)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        running.terminate()
        running.wait(20)


def asked(prometheus: str, path: str, **query: str) -> Any:
    return json.loads(call(prometheus, f"/api/v1/{path}?{urllib.parse.urlencode(query)}"))["data"]


def empty_panels(prometheus: str) -> set[str]:
    """Raises HTTPError for what is no query."""
    empty = set()
    for where, expression in expressions():
        query = expression.replace("$__rate_interval", "1m").replace("$__range", "1m").replace("[1h]", "[1m]")
        found = asked(prometheus, "query", query=query)["result"]
        _board, _, panel = where.partition(": ")
        if not found and panel and panel not in OF_TROUBLE:  # a rule says nothing as long as all is well
            empty.add(where)
    return empty


def rules(prometheus: str) -> Any:
    return asked(prometheus, "rules")["groups"][0]["rules"]


def live_through(address: str, token: str) -> None:
    """A little of everything that is counted."""
    call(address, "/v1/webhooks", token, {"url": f"http://127.0.0.1:{free_port()}/"})
    for severity in ("P1", "P2", "P3"):
        sent = {"title": "Disk full", "severity": severity}
        made = json.loads(call(address, "/v1/incidents", token, sent, Idempotency_Key=severity))
        for _ in range(3):
            call(address, f"/v1/incidents/{made['id']}", token)


def test_prometheus_takes_every_rule_and_fills_every_panel(env: dict[str, str], token: str, tmp_path: Path) -> None:
    worker = ["python", "manage.py", "worker"]
    with (
        live_server.web(env) as address,
        process(worker, ROOT, env),
        prometheus(address, tmp_path) as watching,
    ):
        assert becomes_true(lambda: live_server.status(f"{watching}/-/ready") == 200)
        live_through(address, token)

        def is_filled() -> bool:
            call(address, "/v1/incidents", token)
            return not empty_panels(watching)

        assert becomes_true(is_filled, within=90), empty_panels(watching)
        assert becomes_true(lambda: all(rule["health"] == "ok" for rule in rules(watching)))
        assert {rule["name"] for rule in rules(watching)} == {rule["alert"] for rule in RULES}


def test_the_rules_alert_when_they_should_and_only_then() -> None:
    program = shutil.which("promtool")
    assert program, "Install Debian's package prometheus: its promtool tries the rules."

    for words in (["check", "config", "prometheus.yml"], ["test", "rules", "alerts_test.yml"]):
        done = subprocess.run([program, *words], cwd=FOLDER, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
