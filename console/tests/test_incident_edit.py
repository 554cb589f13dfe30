"""Fields edited in place: what two people do at once is merged, or shown to the second, and never lost."""

import pytest
from django.urls import reverse

from incidents import services
from incidents.models import IncidentEvent

NEW = {
    "title": "Disk full on db-8",
    "description": "Since **noon**.\r\nLooking.",
    "severity": "P2",
    "metadata": '{"b": [1, 2],\r\n "a": "x"}',
}


def address(incident, field):
    return reverse(f"console:edit_{field}", args=[incident.pk])


def form_of(browser, incident, field):
    """The form's fields as the page gives them."""
    edit = browser.get(address(incident, field)).context["edit"]
    return {"was": edit.was, field: edit.typed}


def stored(incident):
    incident.refresh_from_db()
    return incident


@pytest.mark.parametrize(
    ("field", "typed", "value"),
    [
        ("title", "Disk full on db-8", "Disk full on db-8"),
        ("description", "Since **noon**.\r\nLooking.", "Since **noon**.\nLooking."),
        ("severity", "P2", "P2"),
        ("metadata", '{"b": [1, 2],\r\n "a": "x"}', {"a": "x", "b": [1, 2]}),
        ("metadata", "", {}),
    ],
)
def test_a_field_is_edited_without_a_script(browser_of, rui, incident, field, typed, value):
    browser = browser_of(rui)
    answer = browser.post(address(incident, field), {**form_of(browser, incident, field), field: typed})

    assert (answer.status_code, answer["Location"]) == (303, f"/incidents/{incident.pk}#field-{field}")
    assert getattr(stored(incident), field) == value


def test_an_assignee_comes_and_goes(browser_of, rui, vera, incident):
    browser = browser_of(rui)
    for user_id in (vera.pk, ""):
        form = {**form_of(browser, incident, "assignee"), "assignee": str(user_id)}
        assert browser.post(address(incident, "assignee"), form).status_code == 303

        assert str(stored(incident).assignee_id or "") == str(user_id)


def test_assign_to_me_is_one_tap(browser_of, rui, incident):
    context = browser_of(rui).get(f"/incidents/{incident.pk}").context
    form = {"assignee": str(rui.pk), "was": context["assignee_was"]}
    answer = browser_of(rui).post(address(incident, "assignee"), form)

    assert (answer.status_code, stored(incident).assignee_id) == (303, rui.pk)


@pytest.mark.parametrize(
    ("field", "typed", "wrong"),
    [
        ("title", "  ", "blank"),
        ("title", "x" * 201, "200"),
        ("title", "a\0", "NUL"),
        ("description", "x" * 20_001, "20000"),
        ("severity", "P9", "P1"),
        ("assignee", "nobody", "UUID"),
        ("assignee", "00000000-0000-7000-8000-000000000000", "no active user"),
        ("metadata", "{", "JSON"),
        ("metadata", "[1]", "object"),
        ("metadata", '{"a": 1e999}', "10^15"),
        ("metadata", '{"a": ' + "[" * 40 + "]" * 40 + "}", "Nested"),
        ("metadata", '{"a": "' + "x" * 17_000 + '"}', "16 KiB"),
    ],
)
def test_what_does_not_fit_is_told_beside_the_field_and_kept(browser_of, rui, incident, field, typed, wrong):
    browser = browser_of(rui)
    before = form_of(browser, incident, field)
    answer = browser.post(address(incident, field), {**before, field: typed})
    edit = answer.context["edit"]

    assert answer.status_code == 400
    assert wrong in " ".join(edit.errors[field])
    assert f'id="error-{field}"' in answer.content.decode()
    assert (edit.typed, edit.was) == (typed, before["was"])
    assert stored(incident).version == 1


@pytest.mark.parametrize("field", ["title", "severity"])
def test_edits_of_other_fields_and_comments_are_merged_silently(browser_of, rui, ada, incident, field):
    browser = browser_of(rui)
    form = form_of(browser, incident, field)
    services.comment(incident.pk, body="x", actor=ada)
    services.edit_incident(incident.pk, actor=ada, description="By Ada", metadata={"by": "Ada"})
    answer = browser.post(address(incident, field), {**form, field: NEW[field]})
    now = stored(incident)

    assert answer.status_code == 303
    assert (getattr(now, field), now.description, now.metadata) == (NEW[field], "By Ada", {"by": "Ada"})


ADAS = {"title": "Ada's", "description": "Ada's", "severity": "P3", "metadata": {"by": "Ada's"}}


@pytest.mark.parametrize("field", ADAS)
def test_of_two_who_change_one_field_the_second_sees_both_and_chooses(browser_of, rui, ada, incident, field):
    browser = browser_of(rui)
    form = {**form_of(browser, incident, field), field: NEW[field]}
    services.edit_incident(incident.pk, actor=ada, **{field: ADAS[field]})
    shown = browser.post(address(incident, field), form)
    edit, html = shown.context["edit"], shown.content.decode()

    assert (shown.status_code, getattr(stored(incident), field)) == (409, ADAS[field])
    assert edit.typed == NEW[field].replace("\r\n", "\n")
    assert "<bdi>Ada</bdi> changed this" in html
    assert ("P3" if field == "severity" else "Ada's") in shown.context["edit_current"]

    mine = browser.post(address(incident, field), {"was": edit.was, field: edit.typed})
    assert (mine.status_code, IncidentEvent.objects.filter(type="UPDATED").count()) == (303, 2)
    assert getattr(stored(incident), field) != ADAS[field]


def test_a_conflict_over_the_assignee_names_people(browser_of, rui, ada, vera, incident):
    form = {**form_of(browser_of(rui), incident, "assignee"), "assignee": str(rui.pk)}
    services.edit_incident(incident.pk, actor=ada, assignee=vera.pk)
    shown = browser_of(rui).post(address(incident, "assignee"), form)

    assert (shown.status_code, shown.context["edit_current"]) == (409, "Vera")
    assert stored(incident).assignee_id == vera.pk


def test_two_who_want_the_same_are_in_no_conflict(browser_of, rui, ada, incident):
    form = {**form_of(browser_of(rui), incident, "title"), "title": "Same"}
    services.edit_incident(incident.pk, actor=ada, title="Same")

    assert browser_of(rui).post(address(incident, "title"), form).status_code == 303
    assert stored(incident).version == 2


def test_a_form_that_is_saved_as_it_was_changes_nothing(browser_of, rui, incident):
    """Not even line breaks, which a form cannot keep."""
    services.edit_incident(incident.pk, actor=rui, description="a\r\nb\r\n", metadata={"n": 1.0, "m": True})
    browser = browser_of(rui)
    for field in ("title", "description", "severity", "assignee", "metadata"):
        form = form_of(browser, incident, field)
        sent = {name: value.replace("\r\n", "\n").replace("\n", "\r\n") for name, value in form.items()}
        assert browser.post(address(incident, field), sent).status_code == 303

    assert stored(incident).version == 2


def test_a_form_without_its_past_is_a_conflict_and_no_blind_write(browser_of, rui, incident):
    answer = browser_of(rui).post(address(incident, "title"), {"title": "Blind"})

    assert (answer.status_code, stored(incident).title) == (409, "Disk full on db-7")
