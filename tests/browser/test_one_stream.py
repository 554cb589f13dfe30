"""The stream as a browser holds it: one for all of its tabs, and another one whenever it is lost."""

import json
import re
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from core.embedded.engines import free_port
from incidents import services
from tests.browser.complaints import Complaints
from tests.browser.states import send_log_in
from tests.live_server import becomes_true, engines, process, status
from users import tokens
from users.models import User

Contexts = Callable[..., BrowserContext]
LIMIT = 4
TABS = 8
PLACE = "last-event-id"
SEEN = """(isHidden) => {
    for (const [name, value] of [["hidden", isHidden], ["visibilityState", isHidden ? "hidden" : "visible"]])
        Object.defineProperty(document, name, { value, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
}"""


class Service:
    """A web process of its own, which a test may stop and start again at the same address."""

    def __init__(self, folder: Path, secret: str) -> None:
        self.folder, self.secret, self.port = folder, secret, free_port()
        self.address = f"http://127.0.0.1:{self.port}"

    @contextmanager
    def runs(self) -> Iterator[None]:
        own = {"HOST": "127.0.0.1", "PORT": str(self.port), "WEB_WORKERS": "1", "STREAM_LIMIT": str(LIMIT)}
        env = {**engines(), **own, "STREAM_CHECK_SECONDS": "1"}
        command = ["gunicorn", "-c", "config/gunicorn.conf.py"]
        with process(command, self.folder, env, self.folder / "one_stream.log"):
            assert becomes_true(lambda: status(f"{self.address}/health") == 200)
            yield

    @contextmanager
    def full(self) -> Iterator[int]:
        """How many more streams it grants: they are held."""
        with ExitStack() as opened:
            granted = 0
            while self.grants(opened):
                granted += 1
                assert granted <= LIMIT, "no limit"
            yield granted

    def grants(self, opened: ExitStack) -> bool:
        request = urllib.request.Request(f"{self.address}/v1/stream")
        request.add_header("Authorization", f"Bearer {self.secret}")
        try:
            opened.enter_context(urllib.request.urlopen(request, timeout=5))
        except urllib.error.HTTPError:
            return False
        return True

    def streams(self) -> int:
        """As many as others hold: those that it still grants are closed again at once."""
        with self.full() as granted:
            return LIMIT - granted


@pytest.fixture
def stopped(browser: Browser, checkout: Path, people: dict[str, User]) -> Service:
    """`browser` comes first: under Playwright's loop this thread has another connection than before it."""
    return Service(checkout, tokens.issue_token(people["rui"], name="probe", scope="read", actor=None)[1])


@pytest.fixture
def running(stopped: Service) -> Iterator[Service]:
    with stopped.runs():
        yield stopped


def tab(context: BrowserContext, service: Service) -> Page:
    page = context.new_page()
    page.goto(f"{service.address}/incidents")
    expect(page.locator("#connection")).to_have_attribute("data-state", "live")
    return page


def sees(page: Page, title: str, people: dict[str, User]) -> None:
    services.open_incident(title=title, severity="P2", actor=people["ada"])
    expect(page.locator(".incident", has_text=title)).to_be_visible()


def test_eight_tabs_share_one_stream(running: Service, context_as: Contexts, people: dict[str, User]) -> None:
    context = context_as("rui")
    pages = [tab(context, running) for _ in range(TABS)]

    assert becomes_true(lambda: running.streams() == 1)
    assert pages[-1].evaluate("fetch('/health').then((response) => response.status)") == 200
    sees(pages[-1], "Told to all tabs", people)
    pages[0].close()  # it leads
    sees(pages[-1], "Told by the next one", people)
    assert becomes_true(lambda: running.streams() == 1)


def test_a_tab_that_is_not_seen_leaves_the_stream_to_one_that_is(
    running: Service, context_as: Contexts, people: dict[str, User]
) -> None:
    context = context_as("rui")
    leader, other = tab(context, running), tab(context, running)

    leader.evaluate(SEEN, True)
    sees(other, "Told to the one that is seen", people)
    assert becomes_true(lambda: running.streams() == 1)
    other.evaluate(SEEN, True)
    assert becomes_true(lambda: running.streams() == 0)
    services.open_incident(title="Opened while nobody looked", severity="P3", actor=people["ada"])
    leader.evaluate(SEEN, False)

    expect(leader.locator(".incident", has_text="Opened while nobody looked")).to_be_visible()
    assert becomes_true(lambda: running.streams() == 1)


def test_a_lost_stream_is_shown_and_heals(
    stopped: Service, context_as: Contexts, people: dict[str, User], complaints: Complaints
) -> None:
    complaints.expect("net::ERR")
    with stopped.runs():
        page = tab(context_as("rui"), stopped)
    words = page.locator("#connection [role=status]")
    expect(words).to_contain_text("Connection lost")
    services.open_incident(title="Opened meanwhile", severity="P2", actor=people["ada"])

    with stopped.runs():
        expect(words).to_contain_text("Live again", timeout=20_000)
        expect(page.locator(".incident", has_text="Opened meanwhile")).to_be_visible()
        expect(page.locator(".toast")).to_contain_text(re.compile("Ada.* opened #.*Opened meanwhile"))


def asked_for_streams(page: Page) -> list[str | None]:
    """From which place on, each time."""
    places: list[str | None] = []
    page.on("request", lambda asked: asked.url.endswith("/v1/stream") and places.append(asked.headers.get(PLACE)))
    return places


def hidden(context: BrowserContext, service: Service) -> Page:
    """A tab that has read the stream, and knows how far."""
    page = tab(context, service)
    page.evaluate(SEEN, True)
    assert becomes_true(lambda: service.streams() == 0)
    return page


def test_a_place_that_the_server_does_not_know_is_left(
    running: Service, context_as: Contexts, people: dict[str, User], complaints: Complaints
) -> None:
    complaints.expect("status of 400")
    page = hidden(context_as("rui"), running)
    place = json.dumps({"places": [{"id": "none of yours", "at": 0}], "at": 9e15})
    page.evaluate("(place) => localStorage.setItem('stream', place)", place)
    services.open_incident(title="Opened beyond that place", severity="P2", actor=people["ada"])
    places = asked_for_streams(page)

    page.evaluate(SEEN, False)

    expect(page.locator(".incident", has_text="Opened beyond that place")).to_be_visible()
    assert becomes_true(lambda: running.streams() == 1)
    sees(page, "Told from another place on", people)
    assert places == ["none of yours", None]


def test_a_server_that_is_full_is_asked_anew(
    running: Service, context_as: Contexts, people: dict[str, User], complaints: Complaints
) -> None:
    complaints.expect("status of 503")
    page = hidden(context_as("rui"), running)
    places = asked_for_streams(page)

    with running.full():
        page.evaluate(SEEN, False)
        expect(page.locator("#connection [role=status]")).to_contain_text("Connection lost")
        services.open_incident(title="Opened while it was full", severity="P2", actor=people["ada"])
    expect(page.locator("#connection [role=status]")).to_contain_text("Live again")

    expect(page.locator(".incident", has_text="Opened while it was full")).to_be_visible()
    sees(page, "Told when it had room", people)
    assert places[0]
    assert set(places[1:]) == {None}


def test_who_is_logged_out_goes_to_log_in(running: Service, context_as: Contexts, complaints: Complaints) -> None:
    complaints.expect("status of 401")
    context = context_as("vera")
    page = hidden(context, running)
    places = asked_for_streams(page)

    context.clear_cookies()
    page.evaluate(SEEN, False)
    expect(page).to_have_url(re.compile(r"/account/login\?next=/incidents"))
    send_log_in(page, "vera")

    expect(page.locator("#connection")).to_have_attribute("data-state", "live")
    assert places[0]
    assert places[1:] == [None]


def test_without_a_stream_the_page_asks_by_the_clock(
    running: Service, context_as: Contexts, people: dict[str, User], complaints: Complaints
) -> None:
    complaints.expect("net::ERR")
    page = context_as("rui").new_page()
    page.route("**/v1/stream", lambda route: route.abort())
    page.clock.install()
    page.goto(f"{running.address}/incidents")
    expect(page.locator("#connection [role=status]")).to_contain_text("Connection lost")
    services.open_incident(title="Found by asking", severity="P2", actor=people["ada"])

    page.clock.fast_forward(30_000)

    expect(page.locator(".incident", has_text="Found by asking")).to_be_visible()
