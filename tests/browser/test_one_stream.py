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

from incidents import services
from tests.browser.complaints import Complaints
from tests.live_server import becomes_true, engines, free_port, process, status
from users import tokens
from users.models import User

Contexts = Callable[..., BrowserContext]
LIMIT = 4
TABS = 8
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

    def streams(self) -> int:
        """As many as others hold: those that it still grants are closed again at once."""
        with ExitStack() as opened:
            for count in range(LIMIT + 1):
                request = urllib.request.Request(f"{self.address}/v1/stream")
                request.add_header("Authorization", f"Bearer {self.secret}")
                try:
                    opened.enter_context(urllib.request.urlopen(request, timeout=5))
                except urllib.error.HTTPError:
                    return LIMIT - count
        raise AssertionError("no limit")


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


def test_a_place_that_the_server_does_not_know_is_left(
    running: Service, context_as: Contexts, people: dict[str, User], complaints: Complaints
) -> None:
    complaints.expect("status of 400")
    complaints.expect("favicon.ico")  # of the page that is none
    context = context_as("rui")
    place = {"places": [{"id": "none of yours", "at": 0}], "at": 9e15}
    context.new_page().goto(f"{running.address}/health")
    context.pages[0].evaluate("(place) => localStorage.setItem('stream', place)", json.dumps(place))

    page = tab(context, running)

    sees(page, "Told from another place on", people)
    assert any("400" in words for words in complaints.heard)


def test_who_is_logged_out_goes_to_log_in(running: Service, context_as: Contexts, complaints: Complaints) -> None:
    complaints.expect("status of 401")
    context = context_as("vera")
    page = tab(context, running)

    context.clear_cookies()
    page.evaluate(SEEN, True)
    assert becomes_true(lambda: running.streams() == 0)
    page.evaluate(SEEN, False)

    expect(page).to_have_url(re.compile(r"/account/login\?next=/incidents"))


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
