"""Nothing that can be posted to the admin site gives a 500, or writes what the API would not."""

import itertools

import pytest

from incidents.models import Incident
from incidents.tests.admin_pages import LIST, change, form_of
from tests.corpus import sample_and_corpus

ONE_OF_EACH_KIND = [
    "",
    "a\0b",
    "\ufffd\u202e\u2066evil",
    "x" * 70_000,
    "9" * 5000,
    "[" * 50_000,
    '{"a": NaN}',
    '{"a": "\\ud800"}',
    "<script>alert(1)</script>",
    "00000000-0000-7000-8000-000000000000",
]
NONSENSE = [
    *ONE_OF_EACH_KIND,
    "\0",
    "\U0001f525" * 250,
    "\r\n\r\n",
    "-1",
    "1e400",
    "NaN",
    "null",
    '{"a":' * 6000,
    '{"a": 1e400}',
    '{"a": 9007199254740993}',
    '{"\\u0000": 1}',
    '{"a": 1}{"a": 2}',
    "{{7*7}}{% debug %}",
    "' OR 1=1 --",
    "../../etc/passwd",
]
nonsense = sample_and_corpus("values", ONE_OF_EACH_KIND, NONSENSE)
FIELDS = ("title", "severity", "description", "metadata", "assignee", "created_by", "status", "note", "seen_version")
# What is sound elsewhere must not hide what one field does with nonsense.
ALONE = ("title", "metadata", "assignee")


@nonsense
def test_no_value_breaks_a_form_whatever_else_it_holds(site, incident, values):
    page = form_of(site.get(change(incident)))

    for value, path in itertools.product(values, (change(incident), f"{LIST}add/")):
        response = site.post(path, {**page, **dict.fromkeys(FIELDS, value)})

        assert response.status_code == 200, (path, value[:40])
        assert "<script>alert" not in response.text
    assert Incident.objects.get() == incident


@nonsense
def test_no_value_of_one_field_breaks_the_rest(site, values):
    for field, value in itertools.product(ALONE, values):
        if field == "title" and len(value) >= 1000:
            continue
        response = site.post(f"{LIST}add/", {"title": "Sound", "severity": "P1", field: value})

        assert response.status_code in (200, 302), (field, value[:40])
    for stored in Incident.objects.all():
        assert 1 <= len(stored.title.strip()) <= 200
        assert stored.metadata == {}
        assert stored.assignee is None


@nonsense
def test_no_hidden_value_breaks_the_form_of_a_conflict(site, as_user, rui, incident, values):
    page = form_of(site.get(change(incident)))
    as_user(rui).patch(f"/v1/incidents/{incident.pk}", {"title": "Newer"})
    hidden = [name for name in page if name.startswith("initial-")]
    assert len(hidden) >= 6

    for value in values:
        response = site.post(change(incident), {**page, **dict.fromkeys(hidden, value)})

        assert response.status_code == 200, value[:40]
    incident.refresh_from_db()
    assert (incident.title, incident.version) == ("Newer", 2)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"_saveasnew": "1", "title": "x", "severity": "P1"},
        {"_popup": "1", "_to_field": "id"},
        {"_to_field": "search"},
        {"_continue": "1"},
        {"number": "1", "version": "9", "created_at": "x", "id": "x", "search": "x"},
    ],
)
def test_no_other_field_is_written(site, incident, body):
    response = site.post(change(incident), body)

    assert response.status_code in (200, 302, 400)
    untouched = Incident.objects.get(pk=incident.pk)
    assert (untouched.number, untouched.version, untouched.title) == (incident.number, 1, incident.title)


def test_a_body_of_a_thousand_fields_or_a_megabyte_is_refused(site, incident):
    many = {f"f{number}": "x" for number in range(1100)}

    assert site.post(change(incident), many).status_code == 400
    assert site.post(change(incident), {"description": "x" * 1_100_000}).status_code == 413
    assert site.post(change(incident), b"\xff\xfe\0", content_type="text/plain").status_code == 200
    assert site.post(change(incident), b"--x\r\n\0", content_type="multipart/form-data; boundary=x").status_code == 200


def test_values_are_shown_as_text(site, as_user, rui):
    hostile = '</textarea><script>alert(1)</script>" onfocus=alert(1) {{7*7}}'
    body = {"title": hostile, "severity": "P1", "description": hostile, "metadata": {hostile: hostile}}
    made = as_user(rui).post("/v1/incidents", body).json()

    for path in (LIST, f"{LIST}{made['id']}/change/", f"{LIST}{made['id']}/delete/", "/admin/incidents/incidentevent/"):
        page = site.get(path).text
        found = [text in page for text in ("&lt;script&gt;alert", "<script>alert", '" onfocus')]
        assert found == [True, False, False], path
