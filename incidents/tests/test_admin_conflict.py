"""Somebody else was quicker: the admin site says so, and loses neither their change nor what was entered."""

import pytest

from incidents.tests.admin_pages import change, form_of, save


def told(response):
    assert response.status_code == 200
    (sentence,) = response.context["adminform"].form.non_field_errors()
    return sentence


@pytest.fixture
def page(site, incident):
    return form_of(site.get(change(incident)))


def test_an_incident_that_changed_since_is_not_written_over(site, as_user, rui, incident, page):
    as_user(rui).patch(f"/v1/incidents/{incident.pk}", {"title": "Rui's title", "severity": "P2"})

    response = save(site, incident, page, title="Ada's title", description="Ada's words")

    assert "was changed after this page was opened (title, severity)" in told(response)
    incident.refresh_from_db()
    assert (incident.title, incident.description, incident.version) == ("Rui's title", "", 2)


def test_the_page_then_shows_what_was_entered_and_what_is_stored(site, as_user, rui, incident, page):
    as_user(rui).patch(f"/v1/incidents/{incident.pk}", {"severity": "P2", "metadata": {"by": "rui"}})

    shown = form_of(save(site, incident, page, title="Ada's title"))

    assert shown["title"] == "Ada's title"
    assert shown["severity"] == "P2"
    assert '"by": "rui"' in shown["metadata"]


def test_saving_again_writes_what_was_entered_and_nothing_else(site, as_user, rui, vera, incident, page):
    as_user(rui).patch(
        f"/v1/incidents/{incident.pk}",
        {"title": "Rui's title", "severity": "P2", "description": "a\nb", "assignee": str(vera.pk)},
    )
    as_user(rui).patch(f"/v1/incidents/{incident.pk}/status", {"status": "ACK"})
    again = form_of(save(site, incident, page, title="Ada's title"))

    response = save(site, incident, again)

    assert response.status_code == 302
    incident.refresh_from_db()
    assert (incident.title, incident.severity, incident.description) == ("Ada's title", "P2", "a\nb")
    assert (incident.assignee, incident.status) == (vera, "ACK")
    changes = incident.events.latest("sequence").data["changes"]
    assert changes == {"title": {"from": "Rui's title", "to": "Ada's title"}}


def test_a_status_that_moved_meanwhile_is_not_moved_back(site, as_user, rui, incident, page):
    as_user(rui).patch(f"/v1/incidents/{incident.pk}/status", {"status": "RESOLVED"})

    response = save(site, incident, page, status="ACK")
    again = save(site, incident, form_of(response), status="ACK")

    assert "(status)" in told(response)
    assert again.context["adminform"].form.errors["status"] == ["An incident that is RESOLVED cannot become ACK."]
    incident.refresh_from_db()
    assert incident.status == "RESOLVED"


def test_a_comment_meanwhile_is_told_too(site, as_user, rui, incident, page):
    as_user(rui).post(f"/v1/incidents/{incident.pk}/comments", {"body": "wait!"})

    response = save(site, incident, page, title="Ada's title")

    assert "(a comment)" in told(response)


def test_somebody_who_deleted_it_leaves_a_sentence(site, as_user, ada, incident, page):
    as_user(ada).delete(f"/v1/incidents/{incident.pk}")

    response = site.post(change(incident), page, follow=True)

    assert "Perhaps it was deleted" in response.text


@pytest.mark.parametrize("version", ["", "x", "-1", "0", "9" * 30, "9" * 5000, "1.5", "\0"])
def test_a_version_that_is_none_writes_nothing(site, incident, page, version):
    response = save(site, incident, page, title="Ada's title", seen_version=version)

    assert response.status_code == 200
    incident.refresh_from_db()
    assert incident.version == 1
