"""An edit on the admin site goes through the services, and says what they refuse."""

import pytest
from django.utils.html import escape

from incidents.models import EventType
from incidents.tests.admin_pages import LIST, change, form_of, save


def log_of(incident):
    return [(event.type, event.data) for event in incident.events.order_by("sequence")]


def test_an_edit_writes_one_event_with_the_administrator_as_actor(site, ada, incident):
    response = save(site, incident, title="Disk full on db-8", severity="P2")

    assert response.status_code == 302
    event = incident.events.latest("sequence")
    assert (event.type, event.actor, event.request_id) == (EventType.UPDATED, ada, response["X-Request-ID"])
    assert event.data == {
        "changes": {
            "title": {"from": "Disk full on db-7", "to": "Disk full on db-8"},
            "severity": {"from": "P1", "to": "P2"},
        }
    }


def test_saving_an_untouched_form_changes_nothing(site, opened):
    incident = opened(
        title="two\nlines", description="\n a\nb\r\nc\rd \n", metadata={"host": "db-7", "n": [1, 2.5, None]}
    )
    before = log_of(incident)

    response = save(site, incident)

    assert response.status_code == 302
    incident.refresh_from_db()
    assert incident.description == "\n a\nb\r\nc\rd \n"
    assert (incident.title, incident.version, log_of(incident)) == ("two\nlines", 1, before)


def test_a_description_is_stored_as_entered_with_plain_line_breaks(site, incident):
    save(site, incident, description="  first\r\n\r\nsecond  ")

    incident.refresh_from_db()
    assert incident.description == "  first\n\nsecond  "


def test_an_assignee_is_set_and_cleared(site, vera, incident):
    save(site, incident, assignee=str(vera.pk))
    save(site, incident, assignee="")

    assert log_of(incident)[1:] == [
        ("ASSIGNED", {"from": None, "to": str(vera.pk)}),
        ("ASSIGNED", {"from": str(vera.pk), "to": None}),
    ]


def test_a_deactivated_person_is_refused_beside_the_field_but_may_stay(site, as_user, ada, vera, opened):
    incident = opened(assignee=vera)
    other = opened()
    as_user(ada).patch(f"/v1/users/{vera.pk}", {"is_active": False})

    refused = save(site, other, assignee=str(vera.pk))
    kept = save(site, incident, title="Still hers")

    assert_beside(refused, "assignee", "There is no active user with this id.")
    assert kept.status_code == 302
    incident.refresh_from_db()
    assert incident.assignee == vera


def assert_beside(response, field, sentence):
    assert response.status_code == 200
    assert response.context["adminform"].form.errors[field] == [sentence]
    assert escape(sentence) in response.text


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("title", "   ", "This field may not be blank."),
        ("title", "x" * 201, "Ensure this field has no more than 200 characters."),
        ("description", "x" * 20_001, "Ensure this field has no more than 20000 characters."),
        ("title", "a\0b", "Null characters are not allowed."),
        ("metadata", "[1]", "This must be a JSON object."),
        ("metadata", "{", "This is not valid JSON in UTF-8."),
        ("metadata", '{"a": 1, "a": 2}', 'The key "a" stands twice in one object.'),
        ("metadata", '{"a": "\\u0000"}', "A NUL character or a lone surrogate cannot be stored."),
        ("metadata", '{}, "title": "b"', "This is not one JSON value."),
        ("metadata", '{"a": "' + "x" * 16_400 + '"}', "This must be at most 16 KiB of JSON."),
    ],
)
def test_the_rules_of_the_api_are_told_beside_the_field(site, incident, field, value, sentence):
    before = log_of(incident)

    response = save(site, incident, **{"severity": "P3", field: value})

    assert_beside(response, field, sentence)
    assert form_of(response)["severity"] == "P3"
    assert log_of(incident) == before


def test_what_could_not_be_saved_is_shown_again(site, incident):
    response = save(site, incident, title="x" * 201, description="kept")

    shown = form_of(response)
    assert (shown["title"], shown["description"]) == ("x" * 201, "kept")


def test_the_api_shows_an_edit_at_once_from_the_cache(site, as_user, rui, incident, django_capture_on_commit_callbacks):
    api = as_user(rui)
    api.get(f"/v1/incidents/{incident.pk}")

    with django_capture_on_commit_callbacks(execute=True):
        save(site, incident, title="Fixed by hand", status="ACK", note="seen")

    answer = api.get(f"/v1/incidents/{incident.pk}")
    assert answer["X-Cache"] == "HIT"
    assert (answer.json()["title"], answer.json()["status"]) == ("Fixed by hand", "ACK")
    assert [event["type"] for event in answer.json()["events"]] == ["CREATED", "UPDATED", "STATUS_CHANGED"]


def test_an_incident_is_opened_through_the_service(site, ada, vera):
    page = form_of(site.get(f"{LIST}add/"))

    response = site.post(
        f"{LIST}add/", {**page, "title": " New ", "severity": "P2", "metadata": '{"a": 1}', "assignee": str(vera.pk)}
    )

    assert response["Location"] == LIST
    shown = site.get(f"{LIST}?q=new")
    incident = shown.context["cl"].result_list[0]
    assert (incident.title, incident.metadata, incident.assignee) == ("New", {"a": 1}, vera)
    assert incident.created_by == ada
    event = incident.events.get()
    assert (event.type, event.actor, event.request_id) == ("CREATED", ada, response["X-Request-ID"])


def test_an_administrator_may_open_one_in_somebody_elses_name(site, ada, rui):
    site.post(f"{LIST}add/", {"title": "New", "severity": "P2", "created_by": str(rui.pk)})

    incident = site.get(f"{LIST}?q=new").context["cl"].result_list[0]
    assert (incident.created_by, incident.events.get().actor) == (rui, ada)


def test_an_incident_that_lacks_a_field_is_not_opened(site):
    response = site.post(f"{LIST}add/", {"title": "", "severity": "", "metadata": "nonsense"})

    assert response.status_code == 200
    errors = response.context["adminform"].form.errors
    assert set(errors) == {"title", "severity", "metadata"}
    assert len(site.get(LIST).context["cl"].result_list) == 0


def test_a_link_cannot_fill_in_the_form(site):
    page = site.get(f"{LIST}add/?title=planted&assignee=nonsense&severity=P1")

    assert form_of(page)["title"] == ""


def test_the_page_shows_the_newest_events(site, as_user, rui, incident):
    for number in range(25):
        as_user(rui).post(f"/v1/incidents/{incident.pk}/comments", {"body": f"comment-{number} <b>"})

    page = site.get(change(incident)).text

    assert "comment-24 &lt;b&gt;" in page
    assert "comment-5 " in page
    assert "comment-4 " not in page
    assert f"/admin/incidents/incidentevent/?incident={incident.pk}" in page
