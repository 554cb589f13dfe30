"""The hostile inputs of RELIABILITY 4 that take more than one request, by their numbers."""

import csv
import html
import io
import re
import time
import uuid
from email import message_from_string, policy
from pathlib import Path

import pytest

from core.tests.fault_bench import Bench
from tests.hostile.browser import Browser
from tests.hostile.service import Service
from tests.hostile.wire import Wire
from tests.live_server import becomes_true

URL = "/v1/incidents"
SOUND = {"title": "Disk full", "severity": "P1"}
PASSWORD = "in-a-storm-9"
EVIL = "evil.example"


def opened(wire: Wire, **fields: str) -> str:
    answer = wire.call("POST", URL, SOUND | fields)
    assert answer.status == 201, answer
    return str(answer.json()["id"])


@pytest.fixture
def key() -> str:
    return f"Idempotency-Key: {uuid.uuid4()}"


@pytest.fixture(scope="module")
def rui(service: Service, ada: Wire) -> Wire:
    """The API as a responder calls it."""
    person = {"email": f"{uuid.uuid4()}@example.com", "name": "Rui", "password": PASSWORD}
    user = ada.call("POST", "/v1/users", person).json()["id"]
    token = ada.call("POST", "/v1/tokens", {"name": "t", "scope": "write", "user": user}).json()["token"]
    return service.wire(token)


@pytest.fixture
def visitor(service: Service) -> Browser:
    return Browser(service.wire(""))


def test_17_a_cursor_is_taken_as_it_was_given_or_not_at_all(ada: Wire) -> None:
    opened(ada), opened(ada)
    cursor = ada.read(f"{URL}?limit=1")["next"].partition("cursor=")[2].partition("&")[0]
    wrong = [cursor[:-1], cursor[1:], f"{cursor}x", cursor[:-1] + ("A" if cursor[-1] != "A" else "B"), "", "x" * 3000]

    assert ada.call("GET", f"{URL}?limit=1&cursor={cursor}").status == 200
    assert {ada.call("GET", f"{URL}?limit=1&cursor={each}").status for each in wrong} == {400}
    assert ada.call("GET", f"{URL}?limit=1&status=OPEN&cursor={cursor}").status == 400
    assert ada.call("GET", f"/v1/users?limit=1&cursor={cursor}").status == 400


def test_19_of_fifty_at_once_one_runs(ada: Wire, key: str) -> None:
    answers = ada.at_once([("POST", URL, SOUND, key)] * 50)

    assert sorted(answer.status for answer in answers) == [200] * 49 + [201]
    assert len({answer.json()["id"] for answer in answers}) == 1


def test_20_a_quoted_key_is_the_same_key(ada: Wire, key: str) -> None:
    name, value = key.split(": ")

    assert [ada.call("POST", URL, SOUND, line).status for line in (key, f'{name}: "{value}"')] == [201, 200]


def test_21_the_key_of_another_is_ones_own(ada: Wire, rui: Wire, key: str) -> None:
    first, second = (wire.call("POST", URL, SOUND, key) for wire in (ada, rui))

    assert (first.status, second.status) == (201, 201)
    assert first.json()["id"] != second.json()["id"]


SPELT = [
    (200, '{"title": "a", "severity": "P1"}', '{ "severity":"P1",\n"title":"a" }'),
    (
        409,
        '{"title": "a", "severity": "P1", "metadata": {"n": 1}}',
        '{"title": "a", "severity": "P1", "metadata": {"n": 1.0}}',
    ),
    (409, '{"title": "\u00e9", "severity": "P1"}', '{"title": "e\u0301", "severity": "P1"}'),
]


@pytest.mark.parametrize(("expected", "first", "again"), SPELT, ids=["22 order", "23 numbers", "23 NFC and NFD"])
def test_22_and_23_the_same_in_other_words(ada: Wire, key: str, expected: int, first: str, again: str) -> None:
    assert ada.call("POST", URL, first, key).status == 201
    assert ada.call("POST", URL, again, key).status == expected


def test_25_of_forty_changes_at_once_each_happens_once(ada: Wire) -> None:
    incident = opened(ada)
    changes = [("PATCH", f"{URL}/{incident}/status", {"status": status}) for status in ("ACK", "RESOLVED")] * 20

    answers = ada.at_once(changes)

    told = [event["data"]["to"] for event in ada.read(f"{URL}/{incident}")["events"] if "to" in event["data"]]
    assert told in (["ACK", "RESOLVED"], ["RESOLVED"])
    assert ada.read(f"{URL}/{incident}")["status"] == "RESOLVED"
    assert {answer.status for answer in answers} <= {200, 400}


def test_27_a_thousand_addresses_that_are_none_have_one_budget(bench: Bench, tmp_path: Path) -> None:
    minute = {"RATE_LIMIT_MAX_REQUESTS": "100", "RATE_LIMIT_WINDOW_MS": "3600000", "API_ANONYMOUS_ROLE": "responder"}
    with Service(bench, tmp_path, **minute) as service:
        wire = service.wire("")
        began = int(time.time() // 3600)
        for n in range(1000):
            spoofed = f"198.51.{n // 250}.{n % 250}"
            lines = [f"{name}: {spoofed}" for name in ("X-Forwarded-For", "X-Real-IP", "X_Forwarded_For")]
            wire.call("POST", URL, SOUND, *lines, f"Forwarded: for={spoofed}")
        windows = int(time.time() // 3600) - began + 1

        statuses = [answer.status for answer in wire.seen]
        assert set(statuses) == {201, 429}
        assert 100 <= statuses.count(201) <= 100 * windows
        assert service.harm() == []


def test_28_a_host_of_somebody_elses_is_refused_and_in_no_mail(service: Service, visitor: Browser) -> None:
    visitor.get("/account/reset")
    email = [("email", "admin@example.com")]
    assert visitor.post("/account/reset", email, f"Host: {EVIL}").status == 400
    with service.worker() as mails:
        forged = [f"X-Forwarded-Host: {EVIL}", f"Forwarded: host={EVIL}", f"X-Original-URL: http://{EVIL}/"]
        assert visitor.post("/account/reset", email, *forged).status == 302
        assert becomes_true(lambda: "/account/reset/password" in mails.read_text())

    assert re.findall(r"https?://([^/\s]+)/account", mails.read_text()) == ["127.0.0.1:3000"]
    assert EVIL not in mails.read_text()


TARGETS = ["//evil.example", "/\\evil", "https:evil", "javascript:alert(1)", "\t//evil", "%09//evil", "http:///evil"]


@pytest.mark.parametrize("target", TARGETS)
def test_29_a_log_in_leads_nowhere_else(visitor: Browser, target: str) -> None:
    answer = visitor.log_in("admin@example.com", PASSWORD, target)

    assert (answer.status, answer.headers["location"]) == (302, "/")


LITERAL = ["{{7*7}}", "{% debug %}", "{{settings.SECRET_KEY}}", "{0.__class__.__mro__}", "%(a)s", "{{title}}"]
MARKUP = ["<img src=x onerror=__xss()>", "</script><script>__xss()</script>", '"onfocus=__xss() autofocus x="']


def test_35_and_36_what_people_write_is_text_on_pages_and_in_mails(
    service: Service, ada: Wire, visitor: Browser
) -> None:
    visitor.log_in("admin@example.com", PASSWORD)
    with service.worker() as mails:
        for text in LITERAL + MARKUP:
            incident = opened(ada, title=text, description=text)
            page = visitor.get(f"/incidents/{incident}").body.decode()
            assert text in html.unescape(page)
            assert "<img src=x" not in page
            assert "<script>__xss" not in page
        assert becomes_true(lambda: not missing(mails), within=60)  # behind the mails of what others opened

    assert [text for text in MARKUP if text in "\n".join(parts(mails, "html"))] == []


def missing(mails: Path) -> list[str]:
    """The texts that are not in both parts of some mail."""
    plain, marked = ("\n".join(parts(mails, kind)) for kind in ("plain", "html"))
    return [text for text in LITERAL + MARKUP if text not in plain or html.escape(text) not in marked]


def parts(mails: Path, kind: str) -> list[str]:
    """Of this kind, of all mails that were printed."""
    read = [message_from_string(text, policy=policy.default) for text in mails.read_text().split(f"\n{'-' * 79}\n")]
    found = [part for mail in read for part in mail.walk() if part.get_content_subtype() == kind]
    return [part.get_content() for part in found]


STARTS = ["=HYPERLINK(1)", "@SUM(1)", "\t=1", "+1", "-1", "x;=1", "x;@SUM(1)", "x; =1", "x\t=1", "x\r\n=1", 'x;"=1"']


def test_38_no_cell_begins_a_formula_whatever_the_sheet_splits_at(ada: Wire) -> None:
    for text in STARTS:
        opened(ada, title="Exported", description=text)

    text = ada.call("GET", f"{URL}.csv?q=exported").body.decode()

    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert len(rows) == len(STARTS)
    for separator in ",;\t":
        for row in csv.reader(io.StringIO(text), delimiter=separator):
            assert [cell for cell in row if cell.strip(' "\t\r\n').startswith(tuple("=+-@"))] == [], separator
