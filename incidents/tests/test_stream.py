"""The live stream of a real web process, as its clients meet it."""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection, transaction

from incidents import lifecycle, services
from incidents.models import Status
from incidents.stream import notifier
from tests import live_server
from tests.sse import Listener
from users import services as user_services
from users import tokens

pytestmark = pytest.mark.django_db(transaction=True)
CHECK_SECONDS = 1


@pytest.fixture(scope="module")
def address(django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    with (
        django_db_blocker.unblock(),
        live_server.web(
            {**live_server.engines(), "STREAM_CHECK_SECONDS": str(CHECK_SECONDS), "STREAM_LIMIT": "3"}
        ) as served,
    ):
        yield served


@pytest.fixture
def listen(address: str, as_user: Any, vera: Any) -> Iterator[Callable[..., Listener]]:
    opened: list[Listener] = []

    def make(query: str = "", **options: Any) -> Listener:
        headers = {**as_user(vera, "read").headers, **options.pop("headers", {})}
        opened.append(Listener(address, headers, query, **options))
        return opened[-1]

    yield make
    for listener in opened:
        listener.__exit__()


def test_each_change_is_told_once_and_in_order(listen: Any, opened: Any, rui: Any, ada: Any) -> None:
    listener = listen()

    incident = opened(title="Disk full", severity="P1")
    lifecycle.change_status(incident.pk, Status.ACK, actor=rui, note="Mine.")
    services.comment(incident.pk, body="Looking.\nStill.", actor=rui)
    assert listener.hears_of(3)
    services.delete_incident(incident.pk, actor=ada)

    assert listener.hears_of(4)
    assert listener.types == ["CREATED", "STATUS_CHANGED", "COMMENTED", "DELETED"]
    assert listener.ids == sorted(set(listener.ids))
    assert listener.told[1].data["event"]["data"] == {"from": "OPEN", "to": "ACK", "note": "Mine."}
    assert listener.told[3].data["event"]["actor"]["name"] == "Ada"
    assert listener.told[3].data["incident"] == {
        "id": str(incident.pk),
        "number": incident.number,
        "title": "Disk full",
        "severity": "P1",
        "status": "ACK",
        "version": 4,
    }


def test_the_event_is_the_one_of_the_audit_log(listen: Any, opened: Any, as_user: Any, rui: Any) -> None:
    listener = listen()
    incident = opened()

    assert listener.hears_of(1)
    listed = as_user(rui).get(f"/v1/incidents/{incident.pk}/events").json()["results"]
    assert listener.told[0].data["event"] == listed[0]


def test_filters_leave_out_what_nobody_asked_for(listen: Any, opened: Any, rui: Any) -> None:
    incident, other = opened(), opened()
    one, commented = listen(f"?incident={incident.pk}"), listen("?type=COMMENTED&type=DELETED")

    services.comment(other.pk, body="a", actor=rui)
    lifecycle.change_status(incident.pk, Status.ACK, actor=rui)
    services.comment(incident.pk, body="b", actor=rui)

    assert one.hears_of(2)
    assert commented.hears_of(2)
    assert one.types == ["STATUS_CHANGED", "COMMENTED"]
    assert [told.data["event"]["data"]["body"] for told in commented.told] == ["a", "b"]


@pytest.mark.parametrize("place", ["header", "query"])
def test_a_client_that_comes_back_is_told_what_it_missed_and_nothing_twice(
    listen: Any, opened: Any, rui: Any, place: str
) -> None:
    first = listen()
    incident = opened()
    assert first.hears_of(1)
    first.__exit__()
    services.comment(incident.pk, body="missed", actor=rui)
    services.comment(incident.pk, body="missed, too", actor=rui)

    last = first.ids[-1]
    back = listen(headers={"Last-Event-ID": last}) if place == "header" else listen(f"?last_event_id={last}")
    services.comment(incident.pk, body="live", actor=rui)

    assert back.hears_of(3)
    assert [told.data["event"]["data"]["body"] for told in back.told] == ["missed", "missed, too", "live"]


def test_one_that_was_told_nothing_resumes_from_where_it_began(listen: Any, opened: Any) -> None:
    first = listen()
    first.__exit__()
    opened()

    back = listen(headers={"Last-Event-ID": first.answer["last-event-id"]})

    assert back.hears_of(1)


def test_an_older_transaction_that_commits_late_is_not_lost(listen: Any, opened: Any, rui: Any) -> None:
    """The later sequence is there first: whoever remembered that one would never see the other."""
    listener, incident, other = listen(), opened(), opened()
    assert listener.hears_of(2)
    with transaction.atomic():
        services.comment(incident.pk, body="began first", actor=rui)
        late = threading.Thread(target=comment_and_close, args=[other.pk, rui])
        late.start()
        late.join(5)
        was_told = listener.hears_of(3, within=1)

    assert not was_told
    assert listener.hears_of(4)
    assert [told.data["event"]["data"]["body"] for told in listener.told[2:]] == ["began first", "ended first"]
    assert listener.ids == sorted(set(listener.ids))


def test_a_new_stream_does_not_tell_of_what_was_there_before(address: str, as_user: Any, opened: Any, rui: Any) -> None:
    """Also when an older transaction holds back what was there."""
    incident, other, headers = opened(), opened(), as_user(rui, "read").headers
    with transaction.atomic():
        services.comment(incident.pk, body="still to come", actor=rui)
        before = threading.Thread(target=comment_and_close, args=[other.pk, rui])
        before.start()
        before.join(5)
        listener = Listener(address, headers)
    services.comment(other.pk, body="after", actor=rui)

    with listener:
        assert listener.hears_of(2)
    assert [told.data["event"]["data"]["body"] for told in listener.told] == ["still to come", "after"]


def comment_and_close(incident_id: Any, actor: Any) -> None:
    services.comment(incident_id, body="ended first", actor=actor)
    connection.close()


def test_whoever_may_not_read_any_more_is_cut_off(
    address: str, as_user: Any, in_session: Any, rui: Any, ada: Any
) -> None:
    token, secret = tokens.issue_token(ada, name="t", scope="read", actor=None)
    browser = in_session(rui)
    cookie = f"sessionid={browser.client.cookies['sessionid'].value}"
    with (
        Listener(address, {"Authorization": f"Bearer {secret}"}) as revoked,
        Listener(address, {"Cookie": cookie}) as session,
        Listener(address, as_user(ada, "read").headers) as other,
    ):
        time.sleep(CHECK_SECONDS + 1)
        assert not revoked.has_ended.is_set()
        assert not session.has_ended.is_set()
        tokens.revoke_token(token.pk, actor=None)
        user_services.edit_user(rui.pk, actor=None, is_active=False)

        assert revoked.has_ended.wait(CHECK_SECONDS + 3)
        assert session.has_ended.wait(CHECK_SECONDS + 3)
        assert not other.has_ended.is_set()


def test_a_process_that_holds_as_many_as_it_may_says_when_to_come_back(listen: Any, opened: Any) -> None:
    held = [listen() for _ in range(3)]

    refused = listen()
    held[0].__exit__()

    assert [each.status for each in held] == [200, 200, 200]
    assert (refused.status, refused.answer["retry-after"]) == (503, "5")
    assert live_server.becomes_true(lambda: listen().status == 200, within=10)


def test_a_stop_ends_the_streams_at_once(listen: Any, as_user: Any, vera: Any) -> None:
    with live_server.web(live_server.engines()) as served:
        listener = Listener(served, as_user(vera, "read").headers)
        assert listener.status == 200
        began = time.monotonic()

    assert time.monotonic() - began < 15  # the grace of 25 s is not waited for
    assert listener.has_ended.wait(1)


def test_to_tell_that_there_is_news_leaves_the_commits_of_the_session_as_safe_as_they_were() -> None:
    """Behind a pooler the next transaction of this session is somebody else's write."""
    with connection.cursor() as cursor:
        cursor.execute(notifier.NOTIFY)
        cursor.execute("SHOW synchronous_commit")
        assert cursor.fetchone() == ("on",)
