"""Open pages follow what others do."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from incidents import lifecycle, services
from users.models import User

Pages = Callable[..., Page]
AT_ONCE = 5000  # milliseconds of a busy machine, whose other transactions the stream waits for
MARKED = """document.addEventListener("animationstart", (event) =>
    event.animationName === "is-new" && (window.marked = event.target.textContent))"""


@pytest.fixture
def incident(people: dict[str, User]) -> Any:
    return services.open_incident(title="Disk full on db-7", severity="P2", actor=people["rui"])


def live(page: Page, path: str) -> Page:
    page.goto(path)
    expect(page.locator("#connection")).to_have_attribute("data-state", "live")
    return page


def test_another_browser_sees_a_new_incident_at_once(page_as: Pages, people: dict[str, User]) -> None:
    pages = [live(page_as("vera"), path) for path in ("/", "/incidents")]
    for page in pages:
        page.evaluate(MARKED)

    services.open_incident(title="Checkout <b>is</b> down", severity="P1", actor=people["rui"])

    for page in pages:
        row = page.locator(".incident", has_text="Checkout <b>is</b> down")
        expect(row.first).to_be_visible(timeout=AT_ONCE)
        assert "Checkout <b>is</b> down" in page.evaluate("window.marked")
        expect(page.locator(".toast")).to_contain_text(re.compile("Rui.* opened #.*Checkout"))
        expect(page).to_have_title(re.compile(r"^\(\d+\) "))


def test_older_events_stay_where_they_are(page_as: Pages, people: dict[str, User], incident: Any) -> None:
    first, second, _third = (services.comment(incident.pk, body=f"Number {n}", actor=people["ada"]) for n in range(3))
    page = live(page_as("rui"), f"/incidents/{incident.pk}?before={second.sequence}")

    lifecycle.change_status(incident.pk, "ACK", actor=people["ada"])

    expect(page.locator(".states [aria-current=step]")).to_have_text("Acknowledged")
    expect(page.locator(".timeline .event")).to_have_count(2)
    expect(page.locator(f"#event-{first.pk}")).to_be_visible()
    expect(page.get_by_text("These are older events.")).to_be_visible()


def test_a_timeline_grows_and_leaves_what_is_typed(page_as: Pages, people: dict[str, User], incident: Any) -> None:
    page = live(page_as("rui"), f"/incidents/{incident.pk}")
    page.get_by_role("link", name="Edit title").click()
    page.locator("#edit-title").fill("Half of a new ti")
    page.get_by_label("Comment").press_sequentially("I am looking at ")

    services.comment(incident.pk, body="It was the *log*.", actor=people["ada"])
    lifecycle.change_status(incident.pk, "ACK", actor=people["ada"])

    expect(page.locator(".timeline .event")).to_have_count(3)
    expect(page.locator(".timeline .event em")).to_have_text("log")
    expect(page.locator(".states [aria-current=step]")).to_have_text("Acknowledged")
    expect(page.get_by_role("button", name="Acknowledge")).to_have_count(0)
    expect(page.get_by_label("Comment")).to_be_focused()
    expect(page.get_by_label("Comment")).to_have_value("I am looking at ")
    expect(page.locator("#edit-title")).to_have_value("Half of a new ti")


def test_what_one_does_oneself_is_no_news(page_as: Pages, people: dict[str, User], incident: Any) -> None:
    page = live(page_as("rui"), f"/incidents/{incident.pk}")

    page.get_by_role("button", name="Acknowledge").click()
    expect(page.locator(".timeline .event")).to_have_count(2)
    services.comment(incident.pk, body="Thanks.", actor=people["ada"])

    expect(page.locator(".toast")).to_contain_text(re.compile("Ada.* commented on"))
    expect(page.locator(".toast")).to_have_count(1)


def test_a_list_that_changes_keeps_what_was_picked(page_as: Pages, people: dict[str, User], incident: Any) -> None:
    page = page_as("rui")
    page.goto("/incidents")  # and the first stream of a browser lets it ask for the list again
    page.get_by_label(f"Select #{incident.number}", exact=True).check()
    page.locator("#filters summary", has_text="Severity").click()
    page.evaluate("for (const row of document.querySelectorAll('.incident')) row.isTheSame = true")

    services.open_incident(title="Another one", severity="P3", actor=people["ada"])

    expect(page.locator(".incident", has_text="Another one").first).to_be_visible()
    expect(page.get_by_label(f"Select #{incident.number}", exact=True)).to_be_checked()
    expect(page.get_by_text("1 selected")).to_be_visible()
    expect(page.locator("#filters .menu[open]")).to_have_count(1)
    assert page.evaluate("[...document.querySelectorAll('.incident')].filter((row) => !row.isTheSame).length") == 1


def test_a_new_p1_rings_for_whoever_wants_it(context_as: Callable[..., Any], people: dict[str, User]) -> None:
    context = context_as("vera", permissions=["notifications"])
    context.add_init_script("""
        window.heard = [];
        window.Notification = class { static permission = "granted"; static requestPermission = async () => "granted";
            constructor(title) { window.heard.push(title); } };
        window.OscillatorNode = new Proxy(OscillatorNode, { construct: (of, values) =>
            { window.heard.push("tone"); return new of(...values); } });
    """)
    page = live(context.new_page(), "/incidents")
    page.locator(".masthead-user > summary").click()
    page.get_by_label("Notify on the desktop").check()
    page.reload()
    page.locator(".masthead-user > summary").click()
    expect(page.get_by_label("Notify on the desktop")).to_be_checked()
    page.get_by_label("Play a sound").check()
    page.evaluate("window.heard = []")

    services.open_incident(title="Only broken", severity="P2", actor=people["rui"])
    number = services.open_incident(title="Down", severity="P1", actor=people["rui"]).number

    expect(page.locator(".toast").last).to_contain_text("Down")
    assert page.evaluate("window.heard") == ["tone", "tone", "tone", f"P1 #{number} Down"]
