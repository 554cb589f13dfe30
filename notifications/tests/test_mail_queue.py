"""How many mails somebody gets, in which order, and which are called off."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from incidents import lifecycle
from incidents import services as incidents
from notifications import mail_queue, preferences, queue, sending, services
from notifications.models import Delivery, Entry
from notifications.outcome import Outcome, Verdict
from users import services as users


@pytest.fixture
def only_ada(mail_as_built_in, ada, rui):
    """Ada wants to know of everything; Rui, who opens it, of nothing."""
    preferences.set_own(rui, created_severities=[], assigned_severities=[])
    preferences.set_own(ada, created_severities=["P1", "P2", "P3"])
    return ada


@pytest.fixture
def others_wait(opened, react):
    """`others_wait(7)`: so many mails about P2s are due."""

    def make(count):
        for number in range(count):
            opened(severity="P2", title=f"Number {number}")
        react()

    return make


def entries(delivery):
    return list(delivery.entries.order_by("id").values_list("type", flat=True))


def test_the_fifth_mail_of_a_minute_takes_along_all_that_waits(only_ada, others_wait, mailoutbox):
    others_wait(12)
    sending.drain()

    assert len(mailoutbox) == 5
    assert mailoutbox[4].subject == "8 notifications about 8 incidents"
    assert [f"Number {number}\n" in mailoutbox[4].body for number in range(12)] == [False] * 4 + [True] * 8
    assert {each.state for each in Delivery.objects.all()} == {"DELIVERED"}
    last = Delivery.objects.order_by("sequence").last()
    assert entries(last) == ["FOLDED", "ATTEMPTED"]
    assert last.folded_into == Delivery.objects.order_by("sequence")[4].pk


def test_what_comes_after_the_fifth_waits_for_the_minute_to_pass(only_ada, others_wait, mailoutbox, travel):
    others_wait(6)
    sending.drain()
    others_wait(3)
    assert sending.drain() == 0
    travel(seconds=59)
    assert sending.drain() == 0
    travel(seconds=2)
    sending.drain()

    assert len(mailoutbox) == 8


def test_in_no_minute_are_there_more_than_five(only_ada, others_wait, mailoutbox, travel):
    counts = []
    for _ in range(12):
        others_wait(2)
        sending.drain()
        counts.append(len(mailoutbox))
        travel(seconds=10)

    assert max(late - early for early, late in zip([0, *counts], counts[5:], strict=False)) <= 5
    travel(minutes=2)
    sending.drain()
    assert not Delivery.objects.pending().exists()


def test_p1s_go_whatever_the_number(only_ada, others_wait, opened, react, mailoutbox):
    others_wait(6)
    sending.drain()
    for number in range(8):
        opened(severity="P1", title=f"Urgent {number}", assignee=only_ada if number % 2 else None)
    react()
    sending.drain()

    assert [mail.subject.partition("]")[0] for mail in mailoutbox[5:]] == ["[P1"] * 8


def test_a_minute_of_one_person_is_not_another_ones(only_ada, rui, others_wait, mailoutbox):
    preferences.set_own(rui, created_severities=["P2"])
    others_wait(6)
    sending.drain()

    assert sorted(mail.to[0] for mail in mailoutbox) == ["ada@example.com"] * 5 + ["rui@example.com"] * 5


def test_urgent_mails_go_first_and_have_senders_of_their_own(only_ada, others_wait, opened, react):
    others_wait(3)
    opened(severity="P1")
    react()

    assert [each.type for each in mail_queue.claim_urgent(2)] == ["incident.created"]
    assert mail_queue.claim_urgent(2) == []
    assert len(mail_queue.claim(4)) == 1


def test_a_folded_mail_that_could_not_go_is_told_in_full_the_next_time(only_ada, others_wait, travel):
    others_wait(7)
    for _ in range(4):
        queue.record_all([(mail_queue.claim(1)[0], Outcome(Verdict.DELIVERED))])
    (folded,) = mail_queue.claim(1)
    sending.record_all([(folded, Outcome(Verdict.RETRY, status=451, error="Later."))])
    travel(seconds=70)
    sending.drain()

    assert len(folded.others) == 2
    assert {each.state for each in Delivery.objects.all()} == {"DELIVERED"}
    assert Entry.objects.filter(type="ATTEMPTED", status=451).count() == 3


def test_an_older_mail_of_an_incident_is_never_overtaken(only_ada, opened, react, rui, travel):
    incident = opened(severity="P2")
    incidents.edit_incident(incident.pk, actor=rui, assignee=only_ada.pk)
    react()
    (first,) = mail_queue.claim(4)
    assert mail_queue.claim(4) == []
    sending.record_all([(first, Outcome(Verdict.RETRY))])
    assert mail_queue.claim(4) == []
    travel(seconds=20)

    assert [each.type for each in mail_queue.claim(4)] == ["incident.created"]


@pytest.mark.parametrize("status", ["ACK", "RESOLVED"])
def test_what_pages_is_called_off_once_somebody_has_it(only_ada, opened, react, work, rui, mailoutbox, status):
    incident = opened(severity="P1")
    react()
    lifecycle.change_status(incident.pk, status, actor=rui)
    work()

    page = Delivery.objects.get(type="incident.created")
    assert (page.state, entries(page), page.entries.get().note) == ("CANCELLED", ["CANCELLED"], queue.NO_LONGER_OPEN)
    assert mailoutbox == []


def test_a_page_is_not_claimed_after_the_acknowledgement_though_nothing_has_reacted_yet(only_ada, opened, react, rui):
    incident = opened(severity="P1")
    react()
    lifecycle.change_status(incident.pk, "ACK", actor=rui)

    assert mail_queue.claim(4) == mail_queue.claim_urgent(4) == []
    assert Delivery.objects.get().state == "CANCELLED"


def test_a_page_that_waits_for_its_next_attempt_is_called_off_too(only_ada, opened, work, react, rui):
    incident = opened(severity="P1")
    react()
    sending.record_all([(mail_queue.claim(1)[0], Outcome(Verdict.RETRY))])
    lifecycle.change_status(incident.pk, "ACK", actor=rui)
    work()

    assert entries(Delivery.objects.get()) == ["ATTEMPTED", "CANCELLED"]


def test_what_waited_for_a_page_that_is_called_off_goes_at_once(only_ada, opened, react, work, rui, mailoutbox):
    incident = opened(severity="P1")
    incidents.edit_incident(incident.pk, actor=rui, assignee=only_ada.pk)
    react()
    sending.record_all([(mail_queue.claim(1)[0], Outcome(Verdict.RETRY))])
    lifecycle.change_status(incident.pk, "ACK", actor=rui)
    work()

    told = Delivery.objects.order_by("sequence").values_list("type", "state")
    assert list(told) == [("incident.created", "CANCELLED"), ("incident.assigned", "DELIVERED")]
    assert len(mailoutbox) == 1


@pytest.mark.django_db(transaction=True)
def test_no_page_is_claimed_beside_an_acknowledgement_that_is_about_to_commit(only_ada, opened, react, rui):
    incident = opened(severity="P1")
    react()

    def claim():
        try:
            return mail_queue.claim(4)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as other:
        with transaction.atomic():
            lifecycle.change_status(incident.pk, "ACK", actor=rui)
            assert other.submit(claim).result() == []
            assert Delivery.objects.get().state == "PENDING"
        assert other.submit(claim).result() == []
    assert Delivery.objects.get().state == "CANCELLED"


def test_mails_to_whoever_has_left_meanwhile_are_called_off(only_ada, rui, vera, opened, react):
    opened(severity="P2", assignee=only_ada)
    react()
    users.edit_user(vera.pk, actor=only_ada, role="admin")
    users.edit_user(only_ada.pk, actor=None, is_active=False)

    assert mail_queue.claim(4) == []
    assert Delivery.objects.get().entries.get().note == "The person was deactivated."


def test_a_mail_can_be_sent_again(only_ada, opened, work, mailoutbox, ada):
    opened(severity="P2")
    work()
    services.redeliver(Delivery.objects.get().pk, actor=ada)
    work()

    ids = {mail.message()["Message-ID"] for mail in mailoutbox}
    assert (len(mailoutbox), len(ids)) == (2, 1)
