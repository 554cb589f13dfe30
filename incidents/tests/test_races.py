"""Changes of one incident at the same moment: each is decided against the state that the one before it left."""

import threading
from functools import partial
from typing import Any

import pytest
from django.db import transaction

from incidents import services
from incidents.models import Incident, IncidentEvent
from incidents.tests.conftest import at_once
from tests.locks import wait_until_somebody_waits
from users.models import AuditEntry

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("unlimited")]


def url(incident):
    return f"/v1/incidents/{incident.pk}"


def chain(incident):
    """The statuses that the log tells of, checked to be one chain, with times and version to match."""
    events = list(incident.events.order_by("sequence"))
    steps = [event.data for event in events if event.type == "STATUS_CHANGED"]
    told = ["OPEN", *(step["to"] for step in steps)]
    assert [step["from"] for step in steps] == told[:-1]
    times = [event.created_at for event in events]
    assert times == sorted(times)
    incident.refresh_from_db()
    assert (incident.status, incident.version, incident.updated_at) == (told[-1], len(events), times[-1])
    return told


def test_ack_against_resolved_ends_resolved_and_never_acks_after_it(as_user, rui, ada, opened):
    apis = [as_user(user) for user in (rui, ada)]

    for incident in [opened() for _ in range(10)]:
        calls = [partial(api.patch, f"{url(incident)}/status") for api in apis]
        ack, resolved = at_once(partial(calls[0], {"status": "ACK"}), partial(calls[1], {"status": "RESOLVED"}))

        assert resolved.status_code == 200
        if ack.status_code == 200:
            assert chain(incident) == ["OPEN", "ACK", "RESOLVED"]
        else:
            assert ack.json()["code"] == "INVALID_STATUS_TRANSITION"
            assert ack.json()["details"]["current_status"] == "RESOLVED"
            assert chain(incident) == ["OPEN", "RESOLVED"]


def test_twenty_acks_at_once_are_one_event(as_user, rui, incident):
    call = partial(as_user(rui).patch, f"{url(incident)}/status", {"status": "ACK"})

    answers = at_once(*[call] * 20)

    assert {answer.status_code for answer in answers} == {200}
    assert {answer.json()["version"] for answer in answers} == {2}
    assert chain(incident) == ["OPEN", "ACK"]


def test_twenty_acks_and_resolves_at_once_are_one_event_a_step(as_user, rui, incident):
    patch = partial(as_user(rui).patch, f"{url(incident)}/status")

    answers = at_once(*[partial(patch, {"status": status}) for status in ("ACK", "RESOLVED") * 10])

    assert {answer.status_code for answer in answers[1::2]} == {200}
    assert {answer.status_code for answer in answers[::2]} <= {200, 400}
    assert chain(incident) in (["OPEN", "ACK", "RESOLVED"], ["OPEN", "RESOLVED"])


def test_a_change_of_status_that_has_waited_for_a_comment_shows_it_too(as_user, rui, incident):
    api, is_written = as_user(rui), threading.Event()

    def comment() -> None:
        with transaction.atomic():
            services.comment(incident.pk, body="It is the log volume.", actor=rui)
            is_written.set()
            wait_until_somebody_waits(1.5)  # a lock is waited for no longer than two seconds

    def acknowledge() -> Any:
        is_written.wait(5)
        return api.patch(f"{url(incident)}/status", {"status": "ACK"})

    _, answer = at_once(comment, acknowledge)

    assert [event["type"] for event in answer.json()["events"]] == ["CREATED", "COMMENTED", "STATUS_CHANGED"]
    read = api.get(url(incident))
    assert (read["X-Cache"], read.content, read["ETag"]) == ("HIT", answer.content, answer["ETag"])


def test_comments_at_once_raise_the_version_without_a_gap(as_user, rui, incident):
    post = partial(as_user(rui).post, f"{url(incident)}/comments")

    answers = at_once(*[partial(post, {"body": str(number)}) for number in range(16)])

    assert {answer.status_code for answer in answers} == {201}
    assert chain(incident) == ["OPEN"]
    assert Incident.objects.get().version == 17
    log = {str(event.pk): event.data["body"] for event in IncidentEvent.objects.filter(type="COMMENTED")}
    assert [log[answer.json()["id"]] for answer in answers] == [str(number) for number in range(16)]


def test_edits_at_once_each_tell_what_the_one_before_left(as_user, rui, incident):
    patch = partial(as_user(rui).patch, url(incident))

    answers = at_once(*[partial(patch, {"title": f"title {number}"}) for number in range(10)])

    assert {answer.status_code for answer in answers} == {200}
    changes = [
        event.data["changes"]["title"] for event in IncidentEvent.objects.filter(type="UPDATED").order_by("sequence")
    ]
    titles = ["Disk full on db-7", *(change["to"] for change in changes)]
    assert [change["from"] for change in changes] == titles[:-1]
    assert Incident.objects.get().title == titles[-1]
    assert len(set(titles)) == 11


def test_an_edit_a_status_and_a_comment_at_once_are_all_kept(as_user, rui, ada, incident):
    api = as_user(rui)

    answers = at_once(
        partial(api.patch, url(incident), {"title": "edited", "assignee": str(ada.pk)}),
        partial(api.patch, f"{url(incident)}/status", {"status": "ACK"}),
        partial(api.post, f"{url(incident)}/comments", {"body": "x"}),
    )

    assert [answer.status_code for answer in answers] == [200, 200, 201]
    assert chain(incident) == ["OPEN", "ACK"]
    assert (incident.title, incident.assignee_id, incident.version) == ("edited", ada.pk, 5)
    types = [event.type for event in incident.events.order_by("sequence")]
    assert types.index("ASSIGNED") == types.index("UPDATED") + 1


@pytest.mark.parametrize("path", ["", "/status"])
def test_of_many_that_name_the_same_version_one_gets_through(as_user, rui, incident, path):
    patch = partial(as_user(rui).patch, url(incident) + path, If_Match='"1"')
    bodies = [{"status": "ACK"} if path else {"title": str(number)} for number in range(8)]

    answers = at_once(*[partial(patch, body) for body in bodies])

    assert sorted(answer.status_code for answer in answers) == [200] + [412] * 7
    assert Incident.objects.get().version == 2


def test_a_change_against_a_deletion_is_made_before_it_or_is_a_404(as_user, ada, opened):
    api = as_user(ada)

    for incident in [opened() for _ in range(5)]:
        deleted, *others = at_once(
            partial(api.delete, url(incident)),
            partial(api.post, f"{url(incident)}/comments", {"body": "x"}),
            partial(api.patch, f"{url(incident)}/status", {"status": "ACK"}),
            partial(api.patch, url(incident), {"title": "x"}),
            partial(api.get, url(incident)),
            partial(api.get, f"{url(incident)}/events"),
        )

        assert deleted.status_code == 204
        assert {answer.status_code for answer in others} <= {200, 201, 404}
        assert not IncidentEvent.objects.filter(incident_id=incident.pk).exists()
        assert api.get(url(incident)).status_code == 404


def test_deletions_at_once_are_one(as_user, ada, incident):
    answers = at_once(*[partial(as_user(ada).delete, url(incident))] * 6)

    assert sorted(answer.status_code for answer in answers) == [204] + [404] * 5
    assert AuditEntry.objects.filter(action="incident.deleted").count() == 1


def test_incidents_opened_at_once_have_numbers_of_their_own(as_user, rui):
    call = partial(as_user(rui).post, "/v1/incidents", {"title": "x", "severity": "P1"})

    answers = at_once(*[call] * 12)

    assert len({answer.json()["number"] for answer in answers}) == 12
    assert IncidentEvent.objects.count() == 12


def test_pages_stay_whole_while_others_write(as_user, rui, opened):
    made = [opened().number for _ in range(30)]
    api = as_user(rui)

    def read():
        found, link = [], "/v1/incidents?limit=3"
        while link:
            page = api.get(link).json()
            found += [row["number"] for row in page["results"]]
            link = page["next"]
        return found

    def write():
        for _ in range(15):
            services.open_incident(title="y", severity="P3", actor=rui)

    for found in at_once(read, write, read, write)[::2]:
        assert len(found) == len(set(found))
        assert [number for number in found if number in made] == made[::-1]
