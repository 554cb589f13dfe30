"""One form of an incident and of an event, whether PostgreSQL wrote it or it was shown from memory."""

import pytest

from incidents.tests.conftest import results

URL = "/v1/incidents"
HARD = 'quote " backslash \\ slash / tab \t line \n \x01 \x7f é 漢 😀 \u2028 </script> %s {0}'
NUMBERS = [0, -1, 2**53 - 1, 1.5, -0.25, 1e-10, 5e-324, 123456789012345.0, 0.1, True, None, [], {}]


@pytest.fixture
def shown(as_user, rui, ada):
    """An incident with all that is hard to write: as its creation showed it."""
    body = {"title": f"disk {HARD}", "severity": "P1", "description": HARD}
    more = {"assignee": str(ada.pk), "metadata": {HARD: HARD, "numbers": NUMBERS}}
    answer = as_user(rui).post(URL, body | more)
    assert answer.status_code == 201
    return answer.json()


def test_what_was_sent_is_what_is_shown(shown):
    assert (shown["title"], shown["description"]) == (f"disk {HARD}", HARD)
    assert shown["metadata"] == {HARD: HARD, "numbers": NUMBERS}


@pytest.mark.parametrize("query", ["", "?ordering=severity", "?q=disk", "?q=disk&ordering=relevance"])
def test_every_list_shows_an_incident_as_its_creation_did(as_user, rui, shown, query):
    assert results(as_user(rui).get(URL + query)) == [shown]


def test_the_detail_is_the_same_with_its_events(as_user, rui, shown):
    detail = as_user(rui).get(f"{URL}/{shown['id']}").json()

    assert {name: value for name, value in detail.items() if name not in ("events", "events_url")} == shown


def test_nobody_is_null_everywhere(as_user, ada, opened):
    incident = opened(actor=None)
    row = results(as_user(ada).get(URL))[0]
    detail = as_user(ada).get(f"{URL}/{incident.pk}").json()

    assert (row["created_by"], row["assignee"], row["metadata"]) == (None, None, {})
    assert (detail["created_by"], detail["assignee"], detail["events"][0]["actor"]) == (None, None, None)


def test_a_moment_is_written_with_all_its_digits_in_every_status(as_user, rui, shown):
    detail = as_user(rui).call("PATCH", f"{URL}/{shown['id']}/status", {"status": "ACK"}).json()
    row = results(as_user(rui).get(URL))[0]

    assert (
        row["acknowledged_at"] == detail["acknowledged_at"] == row["updated_at"] == detail["events"][-1]["created_at"]
    )
    assert len(row["acknowledged_at"]) == len("2026-11-24T09:12:04.123456Z")
    assert row["resolved_at"] is None


def test_an_event_is_the_same_in_its_answer_the_detail_and_the_log(as_user, rui, shown):
    comment = as_user(rui).post(f"{URL}/{shown['id']}/comments", {"body": HARD}).json()

    assert comment["data"] == {"body": HARD}
    assert as_user(rui).get(f"{URL}/{shown['id']}").json()["events"][-1] == comment
    assert results(as_user(rui).get(f"{URL}/{shown['id']}/events"))[-1] == comment
