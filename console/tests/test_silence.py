"""What every page says while no worker lives."""

from collections.abc import Callable, Iterator
from math import inf
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from console import silence
from core.tests.test_health import FORGET_JOBS, HEARD

SAID = "No worker has been heard for a minute"
Heard = Callable[..., None]


@pytest.fixture
def heard(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Heard]:
    """`heard(50)`: a worker, so many seconds ago; `heard()`: none. The next page asks anew, with the patience that a
    test needs on a busy machine."""
    monkeypatch.setattr(silence, "PATIENCE_SECONDS", 20.0)

    def make(*seconds_ago: int) -> None:
        silence.heard.asked_at = -inf
        with connection.cursor() as cursor:
            cursor.execute(FORGET_JOBS)
            for seconds in seconds_ago:
                cursor.execute(HEARD, [seconds])

    yield make
    silence.heard.asked_at = -inf


@pytest.mark.parametrize(("seconds_ago", "is_said"), [([], True), ([70], True), ([70, 50], False)])
def test_every_page_says_when_no_worker_has_been_heard_for_a_minute(
    heard: Heard, browser_of: Callable[..., Client], rui: Any, seconds_ago: list[int], is_said: bool
) -> None:
    heard(*seconds_ago)

    pages = [browser_of(rui).get(path).text for path in ("/", "/incidents", "/profile")]
    assert [SAID in page for page in pages] == [is_said] * 3


def test_an_administrator_is_led_to_where_more_is_said(heard: Heard, browser_of: Any, ada: Any, rui: Any) -> None:
    heard()

    assert '<a href="/status">service status</a>' in browser_of(ada).get("/").text
    assert "Tell an administrator." in browser_of(rui).get("/").text


def test_a_stranger_is_not_told(heard: Heard) -> None:
    heard()

    assert SAID not in Client().get("/account/login").text


def test_pages_do_not_ask_for_it_themselves(heard: Heard, browser_of: Callable[..., Client], rui: Any) -> None:
    browser = browser_of(rui)
    heard()
    with CaptureQueriesContext(connection) as silent:
        browser.get("/incidents")
    asked_at = silence.heard.asked_at
    with CaptureQueriesContext(connection) as again:
        browser.get("/incidents")

    assert len(silent) == len(again)
    assert silence.heard.asked_at == asked_at
    assert not any("procrastinate_workers" in query["sql"] for query in silent.captured_queries)
