"""From the log-in to the audit trail, as somebody goes through it at three in the morning."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.conftest import log_in


def events_of(page: Page) -> list[str]:
    """The audit log as the API tells it to the same session."""
    incident = page.url.partition("#")[0].rpartition("/")[2]
    events = page.request.get(f"/v1/incidents/{incident}/events").json()["results"]
    return [event["data"].get("to") or event["type"] for event in events]


def test_an_incident_from_the_log_in_to_its_audit_trail(page_as: Callable[..., Page]) -> None:
    page = page_as()
    log_in(page, "rui")

    page.get_by_role("link", name="New incident").click()
    page.get_by_label("Title").fill("Checkout is down")
    page.get_by_label("P1").check()
    page.get_by_role("button", name="Open incident").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Checkout is down")
    page.get_by_role("button", name="Acknowledge").click()
    expect(page.locator(".states [aria-current=step]")).to_have_text("Acknowledged")
    page.get_by_label("Comment").fill("The **gateway** answers 502.")
    page.get_by_role("button", name="Comment").click()
    expect(page.locator(".event-body strong")).to_have_text("gateway")
    page.get_by_role("button", name="Resolve").click()
    expect(page.locator(".states [aria-current=step]")).to_have_text("Resolved")

    expect(page.locator(".timeline .event")).to_have_count(4)
    assert events_of(page) == ["CREATED", "ACK", "COMMENTED", "RESOLVED"]
