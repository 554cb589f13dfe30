"""The console without a mouse."""

import re
from collections.abc import Callable
from statistics import median
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from incidents import services
from tests.browser.test_every_page import found_by_axe
from users.models import User

Pages = Callable[..., Page]
PAINTED_MS = 100
# The time of each key from its press to the paint that shows it, in steps of 8 ms; and not under 16 ms.
TIMES = """
window.painted = [];
new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (entry.name === "keydown") window.painted.push(entry.duration);
}).observe({ type: "event", durationThreshold: 16, buffered: true });
"""


@pytest.fixture
def page(page_as: Pages) -> Page:
    return page_as("rui")


def opened(people: dict[str, User], title: str) -> Any:
    return services.open_incident(title=title, severity="P3", actor=people["ada"])


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def arrives(page: Page, at: str) -> None:
    """Where a key has led, with the scripts that hear the next one."""
    expect(page).to_have_url(re.compile(at))
    page.wait_for_load_state("load")


def test_an_incident_is_created_acknowledged_and_resolved(page: Page) -> None:
    page.goto("/")
    press(page, "c")
    expect(page.get_by_label("Title")).to_be_focused()
    page.keyboard.type("Opened without a mouse")
    press(page, "Tab", "Space", "Tab")
    page.keyboard.type("Nothing to add.")
    press(page, "Control+Enter")
    step = page.locator(".states [aria-current=step]")

    expect(page.get_by_role("heading", level=1)).to_have_text("Opened without a mouse")
    arrives(page, "/incidents/")
    press(page, "a")
    expect(step).to_have_text("Acknowledged")
    page.wait_for_load_state("load")
    press(page, "r")
    expect(page.get_by_role("dialog")).to_contain_text("Opened without a mouse")
    press(page, "Enter")
    expect(step).to_have_text("Resolved")


def test_rows_are_walked_acknowledged_and_opened(page: Page, people: dict[str, User]) -> None:
    below, above = (opened(people, title) for title in ("Below", "Above"))
    page.goto("/incidents")

    press(page, "j", "j", "k", "j")
    expect(page.get_by_role("link", name="Below").first).to_be_focused()
    press(page, "a")
    expect(page.locator(".toast")).to_contain_text(f"Acknowledged #{below.number} Below")
    row = page.locator(f'[data-incident="{below.pk}"]')
    expect(row.locator(".status-ack")).to_be_visible()
    expect(row.locator(".incident-title")).to_be_focused()
    press(page, "r", "Escape", "k", "Enter")
    expect(page).to_have_url(re.compile(str(above.pk)))
    below.refresh_from_db()
    assert below.status == "ACK"


def test_the_keys_are_listed_and_rest_while_somebody_types(page: Page) -> None:
    page.goto("/incidents")

    press(page, "?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    press(page, "c", "Escape", "/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("jac?gi")
    expect(page.get_by_role("searchbox")).to_have_value("jac?gi")
    press(page, "Escape", "Control+j", "g", "d")

    expect(page.get_by_role("heading", name="Dashboard")).to_be_visible()


def test_the_palette_goes_to_pages_and_incidents_and_acts(page: Page, people: dict[str, User]) -> None:
    incident = opened(people, "Gateway answers <em>502</em>")
    page.goto("/")

    press(page, "Control+k")
    page.keyboard.type(f"#{incident.number}")
    press(page, "Enter")
    arrives(page, str(incident.pk))
    press(page, "Control+k")
    page.keyboard.type("gateway 502")
    expect(page.get_by_role("option")).to_contain_text(["Gateway answers <em>502</em>"])
    expect(page.get_by_role("combobox", name="A page")).to_have_attribute("aria-activedescendant", re.compile("found-"))
    page.get_by_role("combobox", name="A page").fill("acknow")
    press(page, "Enter")
    expect(page.locator(".states [aria-current=step]")).to_have_text("Acknowledged")
    page.wait_for_load_state("load")
    press(page, "Control+k")
    page.keyboard.type("api tok")
    press(page, "Enter")
    expect(page).to_have_url(re.compile("/tokens$"))


@pytest.mark.parametrize(("key", "name"), [("?", "Keyboard shortcuts"), ("Control+k", "Find")])
def test_axe_finds_nothing_in_what_keys_open(page: Page, people: dict[str, User], key: str, name: str) -> None:
    opened(people, "Found by axe")
    page.goto("/incidents")

    press(page, key)
    expect(page.get_by_role("dialog", name=name)).to_be_visible()
    if name == "Find":
        page.keyboard.type("axe")
        expect(page.get_by_role("option")).not_to_have_count(0)

    assert found_by_axe(page) == []


def test_a_key_is_painted_at_once_among_a_hundred_rows(page: Page, people: dict[str, User]) -> None:
    for number in range(100):
        opened(people, f"Queue {number} is slow")
    page.add_init_script(TIMES)
    page.goto("/incidents?limit=100")
    expect(page.locator("[data-incident]")).to_have_count(100)

    for _ in range(6):
        press(page, "j")
        page.wait_for_timeout(150)

    expect(page.locator("[data-incident] .incident-title").nth(5)).to_be_focused()
    painted = page.evaluate("window.painted")
    assert page.evaluate("performance.eventCounts.get('keydown')") == 6
    assert median((painted + [0] * 6)[1:6]) < PAINTED_MS, painted
