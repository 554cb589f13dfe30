"""The lists of incidents and events on the admin site: found by an index, never counted."""

import pytest

from incidents import lifecycle, services
from incidents.models import Status
from incidents.search import postgres
from incidents.tests.admin_pages import LIST, change

EVENTS = "/admin/incidents/incidentevent/"


def found(site, query, path=LIST):
    response = site.get(f"{path}?{query}")
    assert response.status_code == 200, response
    return list(response.context["cl"].result_list)


@pytest.mark.parametrize("query", ["q=%23{number}", "q=%20%23%20{number}%20", "q={id}", "q={upper}"])
def test_an_incident_is_found_by_number_and_by_id(site, opened, query):
    wanted = opened()
    opened()

    query = query.format(number=wanted.number, id=wanted.pk, upper=str(wanted.pk).upper())

    assert found(site, query) == [wanted]


@pytest.mark.parametrize("words", ["melting", "MELTING disk", '"disk melting"', "routers or melting", "ghosts"])
def test_words_are_found_in_title_description_and_comments(site, rui, opened, words):
    wanted = opened(title="Disk melting")
    opened(title="Something else")
    services.comment(wanted.pk, body="It was ghosts", actor=rui)

    assert found(site, f"q={words}") == [wanted]


@pytest.mark.parametrize(
    "query",
    [
        "q=melt",
        "q=%25",
        "q=the%20-disk%20nothing",
        f"q=%23{10**18}",
        "q=01a20cd6-cf72-75f2-b115-a1052146a550",
        "q=%27%3B--",
        "q=%26",
    ],
)
def test_what_matches_nothing_is_an_empty_list(site, opened, query):
    opened(title="Disk melting")

    assert found(site, query) == []


def test_words_may_only_be_left_out_as_long_as_few_say_them(site, opened, monkeypatch):
    opened(title="Disk melting")
    other = opened(title="Something else")

    assert found(site, "q=-disk") == found(site, "q=something%20or%20-disk") == [other]
    monkeypatch.setattr(postgres, "FEW", "SELECT NULL")
    assert found(site, "q=-disk") == []
    assert "Too many incidents say so" in site.get(f"{LIST}?q=-disk").text


def test_filters_combine_with_words_and_with_each_other(site, opened, rui):
    wanted = opened(title="Disk melting", severity="P1")
    opened(title="Disk melting", severity="P2")
    acknowledged = opened(title="Disk melting", severity="P1", assignee=rui)
    lifecycle.change_status(acknowledged.pk, Status.ACK, actor=None)

    assert found(site, "status=OPEN&severity=P1&q=melting") == [wanted]
    assert found(site, "status=ACK") == [acknowledged]
    assert found(site, f"assignee={rui.pk}") == [acknowledged]
    assert len(found(site, "assignee=none")) == 2
    assert found(site, "assignee=me") == []
    assert len(found(site, f"created_by={rui.pk}&created=day")) == 3
    assert found(site, "created=before") == []


def test_the_newest_comes_first_and_dates_sort_both_ways(site, opened):
    first, second, third = opened(), opened(), opened()
    services.edit_incident(first.pk, actor=None, title="touched last")
    columns = site.get(LIST).context["cl"].list_display
    created, updated = columns.index("created_at"), columns.index("updated_at")

    assert found(site, "") == [third, second, first]
    assert found(site, f"o={created}") == [first, second, third]
    assert found(site, f"o=-{updated}") == [first, third, second]
    assert found(site, f"o={updated}.-{created}") == [second, third, first]


def test_no_other_column_sorts(site, opened):
    opened(title="a"), opened(title="b")
    title = site.get(LIST).context["cl"].list_display.index("title")

    assert [row.title for row in found(site, f"o={title}")] == ["b", "a"]
    assert 'class="sortable' in site.get(LIST).text
    assert f"o={title}" not in site.get(LIST).text


def test_pages_follow_each_other(site, opened):
    rows = [opened() for _ in range(51)]

    first = site.get(LIST)
    second = site.get(f"{LIST}?p=2")

    assert len(first.context["cl"].result_list) == 50
    assert 'href="?p=2" rel="next"' in first.text
    assert 'rel="prev"' not in first.text
    assert list(second.context["cl"].result_list) == [rows[0]]
    assert 'href="?p=1" rel="prev"' in second.text
    assert 'rel="next"' not in second.text


def test_a_page_keeps_its_filters(site, opened):
    for _ in range(51):
        opened(severity="P3")

    assert "?p=2&amp;severity=P3" in site.get(f"{LIST}?severity=P3").text


def test_events_are_read_newest_first_by_incident(site, rui, opened):
    incident, other = opened(), opened()
    services.comment(incident.pk, body="first", actor=rui)

    for query in (f"incident={incident.pk}", f"q=%23{incident.number}", f"q={incident.pk}"):
        assert [event.type for event in found(site, query, EVENTS)] == ["COMMENTED", "CREATED"]
    newest = incident.events.latest("sequence")
    assert found(site, f"q={newest.pk}", EVENTS) == [newest]
    assert found(site, "q=first", EVENTS) == []
    assert other.events.get() in found(site, "", EVENTS)


def test_an_event_shows_all_of_it_and_no_button(site, rui, incident):
    event = services.comment(incident.pk, body="<b>bold</b>", actor=rui)

    page = site.get(f"{EVENTS}{event.pk}/change/").text

    assert "&lt;b&gt;bold" in page
    assert change(incident) in page
    assert 'type="submit" value="Save"' not in page


def test_an_incident_is_deleted_through_the_service(site, as_user, ada, incident):
    question = site.get(f"{LIST}{incident.pk}/delete/").text
    response = site.post(f"{LIST}{incident.pk}/delete/", {"post": "yes"})

    assert "with its events" in question
    assert response.status_code == 302
    assert found(site, "") == []
    entry = as_user(ada).get("/v1/audit").json()["results"][1]
    assert (entry["action"], entry["target"]["id"]) == ("incident.deleted", str(incident.pk))
    assert entry["before"] == {"number": incident.number, "title": incident.title}
    assert (entry["actor"]["id"], entry["address"]) == (str(ada.pk), "127.0.0.1")
    assert entry["request_id"] == response["X-Request-ID"]


def test_the_history_of_an_incident_is_its_event_log(site, incident):
    assert f'href="{EVENTS}?incident={incident.pk}" class="historylink"' in site.get(change(incident)).text
    assert site.get(f"{LIST}{incident.pk}/history/")["Location"] == f"{EVENTS}?incident={incident.pk}"
