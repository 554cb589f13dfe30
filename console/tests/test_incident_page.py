"""The page of an incident: what it shows to whom, and what can be done from it."""

from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse

from core import form_keys
from incidents import lifecycle, services
from incidents.models import Incident, IncidentEvent, Status
from tests.hostile_text import Skeleton
from users import services as user_services


@pytest.fixture
def page(incident):
    return reverse("console:incident", args=[incident.pk])


def buttons(html):
    found = Skeleton(html).elements
    return [
        (attributes["value"], "button-primary" in attributes["class"])
        for tag, attributes in found
        if attributes.get("name") == "status"
    ]


def forms(html):
    return [attributes["action"] for tag, attributes in Skeleton(html).elements if tag == "form"]


@pytest.mark.parametrize(
    ("status", "offered"),
    [
        (Status.OPEN, [("ACK", True), ("RESOLVED", False)]),
        (Status.ACK, [("RESOLVED", True)]),
        (Status.RESOLVED, []),
    ],
)
def test_the_one_next_action_is_the_primary_button(browser_of, rui, incident, page, status, offered):
    lifecycle.change_status(incident.pk, status, actor=rui)
    html = browser_of(rui).get(page).content.decode()

    assert buttons(html) == offered
    assert html.count('aria-current="step"') == 1


def test_a_viewer_sees_no_button_that_would_be_refused(browser_of, vera, page):
    html = browser_of(vera).get(page).content.decode()

    assert [action for action in forms(html) if action.startswith("/incidents")] == []
    assert f"{page}/" not in html


@pytest.mark.parametrize("form", [{"status": "ACK"}, {"status": "RESOLVED", "note": "Cleaned up"}])
def test_the_status_changes_without_a_script(browser_of, rui, incident, page, form):
    answer = browser_of(rui).post(f"{page}/status", form)
    incident.refresh_from_db(fields=["status"])

    assert (answer.status_code, answer["Location"]) == (303, page)
    assert incident.status == form["status"]
    assert form.get("note", "") in browser_of(rui).get(page).content.decode()


def test_a_status_that_somebody_else_was_faster_with_is_told_and_the_note_kept(browser_of, rui, ada, incident, page):
    lifecycle.change_status(incident.pk, Status.RESOLVED, actor=ada)
    answer = browser_of(rui).post(f"{page}/status", {"status": "ACK", "note": "On it"})
    html = answer.content.decode()

    assert answer.status_code == 400
    assert "An incident that is RESOLVED cannot become ACK" in html
    assert answer.context["status_form"].typed == "On it"


@pytest.mark.parametrize("status", ["", "DONE", "ack"])
def test_a_status_that_is_none_is_refused_on_the_page(browser_of, rui, page, status):
    answer = browser_of(rui).post(f"{page}/status", {"status": status})

    assert (answer.status_code, 'id="error-status"' in answer.content.decode()) == (400, True)


def test_a_comment_stands_on_top_of_the_timeline(browser_of, rui, incident, page):
    form = {"body": " Looking,\r\n**now** ", form_keys.FIELD: "k-1"}
    answer = browser_of(rui).post(f"{page}/comments", form)
    event = IncidentEvent.objects.get(type="COMMENTED")
    html = browser_of(rui).get(page).content.decode()

    assert answer["Location"] == f"{page}#event-{event.pk}"
    assert event.data == {"body": "Looking,\n**now**"}
    assert html.index(f'id="event-{event.pk}"') < html.index("opened this as P1")
    assert "<p>Looking,<br>\n<strong>now</strong></p>" in html


@pytest.mark.parametrize("body", ["", "   \r\n ", "x" * 20_001, "a\0b"])
def test_a_comment_that_does_not_fit_is_kept_beside_what_is_wrong(browser_of, rui, page, body):
    answer = browser_of(rui).post(f"{page}/comments", {"body": body, form_keys.FIELD: "k-1"})
    html = answer.content.decode()

    assert answer.status_code == 400
    assert 'id="error-body"' in html
    assert 'aria-describedby="error-body"' in html
    assert answer.context["comment_form"].typed == body.replace("\r\n", "\n")
    assert not IncidentEvent.objects.filter(type="COMMENTED").exists()


def test_a_preview_needs_no_script_and_comments_nothing(browser_of, rui, page):
    form = {"body": "**now**", "preview": "1", form_keys.FIELD: "k-1"}
    answer = browser_of(rui).post(f"{page}/comments", form)

    assert "<strong>now</strong>" in answer.content.decode()
    assert answer.context["comment_form"].key == "k-1"
    assert not IncidentEvent.objects.filter(type="COMMENTED").exists()


@pytest.mark.parametrize("field", ["body", "description"])
def test_a_preview_is_a_fragment_for_a_script(browser_of, rui, field):
    html = browser_of(rui).post("/preview", {field: "**now**"}).content.decode()

    assert "<strong>now</strong>" in html
    assert "<html" not in html
    assert "20000" in browser_of(rui).post("/preview", {field: "x" * 20_001}).content.decode()


def test_request_ids_are_for_administrators(browser_of, rui, ada, page):
    form = {"body": "x", form_keys.FIELD: "k-1"}
    browser_of(rui).post(f"{page}/comments", form, headers={"X-Request-ID": "of-rui-1"})

    assert "of-rui-1" in browser_of(ada).get(page).content.decode()
    assert "of-rui-1" not in browser_of(rui).get(page).content.decode()


def test_times_are_exact_on_hover_in_the_viewers_zone(browser_of, rui, incident, page):
    user_services.edit_user(rui.pk, actor=None, timezone="Asia/Kolkata")
    html = browser_of(rui).get(page).content.decode()
    moment = incident.created_at.astimezone(ZoneInfo("Asia/Kolkata"))

    assert f'title="{moment:%a} {moment.day} {moment:%b %Y, %H:%M:%S} IST"' in html


def test_an_address_among_the_facts_is_a_link_and_a_script_is_not(browser_of, vera, rui):
    facts = {
        "runbook": "https://example.org/r?a=1&b=2",
        "js": "javascript:alert(1)",
        "two": "https://a.org https://b.org",
    }
    incident = services.open_incident(title="t", severity="P3", actor=rui, metadata=facts)
    found = Skeleton(browser_of(vera).get(reverse("console:incident", args=[incident.pk])).content.decode())

    assert [address for address in found.addresses() if ":" in address] == ["https://example.org/r?a=1&b=2"]


def test_the_incidents_beside_it_are_a_tap_away(browser_of, rui, vera):
    first, second, third = (services.open_incident(title=f"T{n}", severity="P3", actor=rui) for n in range(3))
    pages = {one.pk: browser_of(vera).get(reverse("console:incident", args=[one.pk])) for one in (first, second, third)}
    beside = {
        pk: [one and one[0] for one in (page.context["newer_incident"], page.context["older_incident"])]
        for pk, page in pages.items()
    }

    assert beside == {first.pk: [second.pk, None], second.pk: [third.pk, first.pk], third.pk: [None, second.pk]}


def test_an_incident_that_is_not_there_is_a_page(browser_of, vera):
    answer = browser_of(vera).get("/incidents/00000000-0000-7000-8000-000000000000")

    assert (answer.status_code, b"There is no such incident." in answer.content) == (404, True)


def test_the_rest_of_a_long_timeline_is_a_page_away(browser_of, rui, vera, incident, page):
    for number in range(200):
        services.comment(incident.pk, body=f"Comment {number}.", actor=rui)
    newest = browser_of(vera).get(page)
    rest = browser_of(vera).get(f"{page}?before={newest.context['older']}")

    assert [len(newest.context["entries"]), len(rest.context["entries"])] == [200, 1]
    assert rest.context["entries"][0].sentence.startswith("opened this")
    assert rest.context["older"] is None
    assert "Back to the newest" in rest.content.decode()


@pytest.mark.parametrize("before", ["x", "-1", "9" * 30, "٣", ""])
def test_a_place_that_is_none_shows_the_newest(browser_of, vera, page, before):
    assert len(browser_of(vera).get(page, {"before": before}).context["entries"]) == 1


@pytest.mark.parametrize("events", [1, 200])
def test_a_page_costs_eight_queries_at_most(
    browser_of, rui, vera, incident, page, events, django_assert_max_num_queries
):
    for number in range(events):
        services.edit_incident(incident.pk, actor=rui, assignee=(vera if number % 2 else rui).pk)
    browser = browser_of(rui)

    with django_assert_max_num_queries(8) as queries:
        assert browser.get(page).status_code == 200
    assert len(queries) == 7
    assert Incident.objects.count() == 1
