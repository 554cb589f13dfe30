"""Text that wants to become code, in every field, on every page that shows it, in a browser that would run it.

A payload that runs sets `window.__xss`, and of one that only the content policy has stopped the browser tells: both are
complaints, which fail the test.
"""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from incidents import lifecycle, services
from incidents.models import Incident, Status
from notifications import services as notifications
from tests.browser import notified
from tests.browser.complaints import Complaints
from tests.browser.pages import PAGES
from tests.hostile import figures
from tests.hostile_text import PAYLOADS
from tests.live_server import becomes_true
from users import saved_views, tokens
from users import services as user_services
from users.models import User

TRAP = "Object.defineProperty(window, '__xss', { set: () => console.error('a payload has run') });"
BAD_ADDRESSES = """() => [...document.querySelectorAll("[href], [src], [action], [formaction], [data], [poster]")]
  .flatMap((one) => ["href", "src", "action", "formaction", "data", "poster"].map((name) => one.getAttribute(name)))
  .filter((address) => address)
  .filter((address) => /^(javascript|data|vbscript):/i.test(address.replace(/[\\s\\u0000-\\u001f]/g, "")))"""


@pytest.fixture(scope="module")
def hostile(service: str, people: dict[str, User]) -> Iterator[list[Incident]]:
    """An incident for each payload, of a person who is called like it. They leave before other tests."""
    shelves = [name for name in people for _ in range(saved_views.MOST)]
    authors, incidents, views = [], [], []
    for number, text in enumerate(PAYLOADS):
        author = user_services.create_user(email=f"h{number}@example.com", name=text[:100].strip(), actor=None)
        authors.append(author)
        incidents.append(opened(text, author))
        tokens.issue_token(people["ada"], name=text[:100], scope="read", actor=author)
        if number % saved_views.MOST:  # leaves room for those of other tests
            views.append(saved_views.keep(people[shelves[number]], name=text[:60], query="q=x"))
    yield incidents
    for view in views:
        view.delete()
    for author in authors:
        user_services.edit_user(author.pk, actor=None, is_active=False)
    people["ada"].tokens.all().update(revoked_at="2026-01-01T00:00:00Z")
    for incident in incidents:
        lifecycle.change_status(incident.pk, Status.RESOLVED, actor=people["ada"])


def opened(text: str, author: User) -> Incident:
    incident = services.open_incident(
        title=text[:200], severity="P1", actor=author, description=text, metadata={text: text, "deep": [{text: text}]}
    )
    services.edit_incident(incident.pk, actor=author, title=f"{text[:150]} again", assignee=author.pk)
    services.edit_incident(incident.pk, actor=author, description=f"{text}\n{text}", metadata={text: [text]})
    services.comment(incident.pk, body=text, actor=author)
    lifecycle.change_status(incident.pk, Status.ACK, actor=author, note=text[:2000])
    return incident


@pytest.fixture
def trapped(context_as: Callable[..., BrowserContext]) -> Callable[[str], Page]:
    def make(name: str) -> Page:
        context = context_as(name)
        context.add_init_script(TRAP)
        return context.new_page()

    return make


def test_the_trap_would_close(trapped: Callable[[str], Page], complaints: Complaints) -> None:
    page = trapped("")
    page.goto("/account/login")
    page.evaluate("window.__xss = 1")
    page.evaluate("document.body.innerHTML = '<img src=x onerror=1><a href=\"java\\tscript:1\">x</a>'")
    page.wait_for_timeout(100)

    assert page.evaluate(BAD_ADDRESSES) == ["java\tscript:1"]
    assert complaints.unexpected()[0].startswith("a payload has run")
    assert [words for words in complaints.unexpected() if words.startswith("policy: script-src-attr inline")]
    complaints.heard.clear()


@pytest.mark.parametrize("part", range(3))
def test_no_payload_runs_on_the_page_of_its_incident(
    trapped: Callable[[str], Page], hostile: list[Incident], part: int
) -> None:
    page = trapped("ada")
    for incident in hostile[part::3]:
        page.goto(f"/incidents/{incident.pk}", wait_until="domcontentloaded")
        assert page.evaluate(BAD_ADDRESSES) == [], incident.title
        assert page.title().endswith("· Incidents")


@pytest.mark.parametrize("name", ["ada", "rui", "vera"])
def test_no_payload_runs_in_lists(trapped: Callable[[str], Page], hostile: list[Incident], name: str) -> None:
    page = trapped(name)
    paths = ["/", "/incidents?limit=100", "/incidents?q=script&limit=100"]
    paths += ["/people", "/people?limit=100", "/audit?limit=100", "/tokens"] if name == "ada" else []
    for path in paths:
        page.goto(path)
        assert page.evaluate(BAD_ADDRESSES) == [], path

    page.goto("/incidents?limit=100")
    assert "onerror=window.__xss=1" in (page.locator("main").text_content() or "")


@pytest.mark.parametrize("field", ["title", "description", "metadata", "assignee", "severity"])
def test_no_payload_runs_in_a_form(trapped: Callable[[str], Page], hostile: list[Incident], field: str) -> None:
    page = trapped("rui")
    for incident in hostile[::9]:
        page.goto(f"/incidents/{incident.pk}/{field}", wait_until="domcontentloaded")
        assert page.evaluate(BAD_ADDRESSES) == [], incident.title


def test_no_payload_runs_where_a_form_is_answered(
    trapped: Callable[[str], Page], hostile: list[Incident], complaints: Complaints
) -> None:
    complaints.expect("status of 409")
    page = trapped("rui")
    for incident in hostile[::9]:
        page.goto(f"/incidents/{incident.pk}/description", wait_until="domcontentloaded")
        services.edit_incident(incident.pk, actor=incident.created_by, description=f"{incident.description} again")
        page.get_by_role("textbox", name="Description").fill(f"{incident.description} too")
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.locator(".conflict-theirs")).to_have_text(re.compile("again$"))
        assert page.evaluate(BAD_ADDRESSES) == [], incident.title
        page.get_by_label("Comment", exact=True).fill(incident.description)
        page.get_by_role("button", name="Preview").click()
        expect(page.locator("#preview .prose")).to_be_visible()
        assert page.evaluate(BAD_ADDRESSES) == [], incident.title

    page.goto("/incidents?limit=100")
    page.get_by_label("Select all").check()
    page.get_by_role("button", name="Acknowledge", exact=True).click()
    expect(page.get_by_role("heading", name="What was done")).to_be_visible()
    assert "onerror=window.__xss=1" in (page.locator("main").text_content() or "")
    assert page.evaluate(BAD_ADDRESSES) == []


def test_no_payload_runs_on_the_page_of_its_person(trapped: Callable[[str], Page], hostile: list[Incident]) -> None:
    page = trapped("ada")
    for incident in hostile[::9]:
        page.goto(f"/people/{incident.created_by_id}", wait_until="domcontentloaded")
        page.get_by_text("Deactivate…").click()
        assert page.evaluate(BAD_ADDRESSES) == [], incident.title
        page.goto(f"/incidents/{incident.pk}?before={10**17}", wait_until="domcontentloaded")
        expect(page.get_by_text("These are older events.")).to_be_visible()
        assert page.evaluate(BAD_ADDRESSES) == [], incident.title


def test_no_payload_runs_that_a_receiver_answers(
    trapped: Callable[[str], Page], hostile: list[Incident], people: dict[str, User]
) -> None:
    targets = [notified.hostile(text, hostile[number], people["ada"]) for number, text in enumerate(PAYLOADS)]
    page = trapped("ada")
    for path in ("/webhooks?limit=100", "/deliveries?limit=100", f"/incidents/{hostile[0].pk}"):
        page.goto(path, wait_until="domcontentloaded")
        assert page.evaluate(BAD_ADDRESSES) == [], path
    for delivery in targets[::6]:
        for path in (f"/deliveries/{delivery.pk}", f"/webhooks/{delivery.endpoint_id}"):
            page.goto(path, wait_until="domcontentloaded")
            assert page.evaluate(BAD_ADDRESSES) == [], path
    for delivery in targets:
        notifications.delete_endpoint(delivery.endpoint_id, actor=None)


def test_no_payload_runs_on_any_page_that_there_is(
    trapped: Callable[[str], Page], hostile: list[Incident], people: dict[str, User], complaints: Complaints
) -> None:
    """All that names no single thing, and channels, which are called like payloads, too."""
    complaints.expect("status of 4")
    channels = [notified.hostile(text, hostile[0], people["ada"], "ntfy").endpoint for text in PAYLOADS]
    paths = [(person, path) for person, path in PAGES.values() if "{" not in path]
    paths += [("ada", f"/channels/{channel.pk}") for channel in channels[::6]]
    pages = {person: trapped(person) for person in {person for person, _ in paths}}
    for person, path in [*paths, ("ada", "/security"), ("ada", "/tokens"), ("ada", "/profile")]:
        pages[person].goto(path, wait_until="domcontentloaded")
        assert pages[person].evaluate(BAD_ADDRESSES) == [], path
        if path == "/channels":
            assert "onerror=window.__xss=1" in (pages[person].locator("main").text_content() or ""), path
    for channel in channels:
        notifications.delete_endpoint(channel.pk, actor=None)
    figures.write("payloads_on_pages", payloads=len(PAYLOADS), pages=len(paths) + 3, ran=len(complaints.unexpected()))


def test_no_payload_runs_that_comes_by_the_stream(
    trapped: Callable[[str], Page], hostile: list[Incident], people: dict[str, User]
) -> None:
    watched = services.open_incident(title="Watched", severity="P3", actor=people["ada"])
    page, lists = trapped("rui"), trapped("vera")
    page.goto(f"/incidents/{watched.pk}")
    lists.goto("/incidents")
    for author, text in zip(hostile, PAYLOADS, strict=True):
        services.comment(watched.pk, body=text, actor=author.created_by)
        services.edit_incident(watched.pk, actor=author.created_by, title=text[:200])

    assert becomes_true(lambda: page.locator(".event-body").count() == len(PAYLOADS), within=15)
    assert page.evaluate(BAD_ADDRESSES) + lists.evaluate(BAD_ADDRESSES) == []
