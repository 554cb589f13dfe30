"""A webhook's test as whoever has pressed the button sees it, with scripts and without, and what a key leads to."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from notifications import services
from notifications.models import Delivery, Endpoint
from notifications.outcome import Outcome, Verdict
from tests.browser import notified
from users.models import User


@pytest.fixture
def webhook(people: dict[str, User], service: str) -> Any:
    made = services.create_webhook(url="https://93.184.215.14/tried", description="Tried", actor=people["ada"])[0]
    yield made
    services.delete_endpoint(made.pk, actor=None)


def send_test(page: Page, webhook: Endpoint) -> Delivery:
    page.goto(f"/webhooks/{webhook.pk}")
    page.get_by_role("button", name="Send a test").click()
    expect(page.get_by_text("The test is on its way.")).to_be_visible()
    return Delivery.objects.get(endpoint=webhook)


def test_what_comes_of_a_test_appears_by_itself(page_as: Callable[..., Page], webhook: Endpoint) -> None:
    page = page_as("ada")
    delivery = send_test(page, webhook)
    page.evaluate("window.stayed = true")
    notified.attempt(delivery, Outcome(Verdict.DELIVERED, 0.1, status=204))

    expect(page.get_by_text("The test arrived.")).to_be_visible()
    assert page.evaluate("window.stayed")


def test_without_a_script_a_reload_shows_it(page_as: Callable[..., Page], webhook: Endpoint) -> None:
    page = page_as("ada", java_script_enabled=False)
    delivery = send_test(page, webhook)
    notified.attempt(delivery, Outcome(Verdict.RETRY, 0.1, error="Nobody there.", tries=1))
    page.get_by_role("link", name="Reload").click()

    expect(page.get_by_text("The test failed.")).to_be_visible()
    expect(page.get_by_text("Nobody there.")).to_be_visible()


def test_the_palette_leads_there(page_as: Callable[..., Page]) -> None:
    page = page_as("ada", viewport={"width": 375, "height": 812})
    page.goto("/")
    page.keyboard.press("Control+k")
    page.keyboard.type("deliveries")
    page.keyboard.press("Enter")

    page.wait_for_url("/deliveries")
