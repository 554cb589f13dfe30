"""Memory under load: `python -m benchmarks.soak --minutes 60`. Two web processes and a worker on engines of their own,
asked for everything by API clients and by a browser's session, a steady number of times a second; what each process
holds, and has open, at each tenth of the time."""

import argparse
import http.client
import itertools
import re
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from pathlib import Path
from urllib.parse import urlencode

from core.tests import fault_bench
from core.tests.front_server import BARE, ROOT, memory_mb
from tests.chaos.web import Web

HIDDEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')
PAGES = (
    "/",
    "/incidents",
    "/incidents?q=storm",
    "/incidents?status=OPEN&severity=P1",
    "/analytics",
    "/people",
    "/audit",
)


class Browser:
    """A person who is logged in, and reads pages."""

    def __init__(self, web: Web) -> None:
        self.host = f"127.0.0.1:{web.port}"
        self.cookies: dict[str, str] = {}
        page = self.ask("GET", "/account/login")
        token = HIDDEN.search(page)
        if token is None:
            raise RuntimeError("There is no form to log in by.")
        given = {"login": "admin@example.com", "password": "in-a-storm-9", "csrfmiddlewaretoken": token[1]}
        self.ask("POST", "/account/login", urlencode(given))
        if "sessionid" not in self.cookies:
            raise RuntimeError("The log-in was refused.")

    def ask(self, method: str, path: str, body: str = "") -> str:
        connection = http.client.HTTPConnection(self.host, timeout=20)
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = {
            "Cookie": cookies,
            "Origin": f"http://{self.host}",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        connection.request(method, path, body or None, headers)
        answer = connection.getresponse()
        for cookie in answer.headers.get_all("Set-Cookie", []):
            name, _, rest = cookie.partition("=")
            self.cookies[name] = rest.partition(";")[0]
        text = answer.read().decode()
        connection.close()
        if answer.status >= 400:
            raise RuntimeError(f"{method} {path}: {answer.status}")
        return text


def round_of_calls(web: Web, browser: Browser, number: int) -> int:
    """One incident's life, and what is read meanwhile; how many requests that were."""
    opened = web.open_incident(**{"Idempotency-Key": str(uuid.uuid4())})
    path = opened.headers["location"]
    calls = [
        web.get(path),
        web.call("POST", f"{path}/comments", {"body": f"Looking, {number}"}),
        web.call("PATCH", f"{path}/status", {"status": "ACK"}),
        web.get(path),
        web.get("/v1/incidents?limit=50"),
        web.get("/v1/incidents?q=storm&ordering=relevance"),
        web.get("/v1/analytics/summary"),
        web.call("PATCH", f"{path}/status", {"status": "RESOLVED"}),
        web.call("POST", "/v1/incidents", {"title": ""}),
    ]
    if any(call.status >= 500 or not call.status for call in (opened, *calls)):
        raise RuntimeError(str([call.status for call in (opened, *calls)]))
    browser.ask("GET", PAGES[number % len(PAGES)])
    browser.ask("GET", path.replace("/v1", ""))
    return len(calls) + 3


def go_on(web: Web, browser: Browser, over: threading.Event, a_second: float, counted: list[int]) -> None:
    for number in itertools.count():
        began = time.monotonic()
        count = round_of_calls(web, browser, number)
        counted.append(count)
        if over.wait(max(0, count / a_second - (time.monotonic() - began))):
            return


def say(minute: float, pids: dict[str, int], counted: list[int]) -> None:
    held = (
        f"{name} {memory_mb(pid):.0f} MB, {len(list(Path(f'/proc/{pid}/fd').iterdir()))} open"
        for name, pid in pids.items()
    )
    sys.stdout.write(f"{minute:5.1f} min, {sum(counted):7} requests: {'; '.join(held)}\n")
    sys.stdout.flush()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--rate", type=float, default=40, help="requests a second")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, fault_bench.bench() as bench:
        env = BARE | {name: str(value) for name, value in bench.variables.items()}
        web = Web(Path(folder), env, bench.token)
        with (Path(folder) / "worker.log").open("wb") as log:
            worker = subprocess.Popen(
                [sys.executable, "manage.py", "worker"], cwd=ROOT, env=env, stdout=log, stderr=log
            )
            try:
                if not web.answers("/ready"):
                    raise RuntimeError(web.log.read_text())
                soak(web, worker.pid, options.minutes, options.rate)
            finally:
                worker.terminate()
                web.stop()
                worker.wait(40)


def soak(web: Web, worker: int, minutes: float, a_second: float) -> None:
    over, counted = threading.Event(), [0]
    browser = Browser(web)
    load = threading.Thread(target=go_on, args=(web, browser, over, a_second, counted))
    load.start()
    pids = {f"web {number}": pid for number, pid in enumerate(web.workers(), 1)} | {"worker": worker}
    try:
        for tenth in range(11):
            say(tenth * minutes / 10, pids, counted)
            if not load.is_alive():
                raise RuntimeError("The load ended before its time.")
            time.sleep(minutes * 6 if tenth < 10 else 0)
    finally:
        over.set()
        load.join()


if __name__ == "__main__":
    main()
