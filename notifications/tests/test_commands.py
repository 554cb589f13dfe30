"""manage.py send_test_notification and redeliver."""

import threading
import time
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from core import clock
from notifications import sending, services
from notifications.models import Delivery


def test_a_test_mail_goes_to_a_person(ada, no_mail, capsys, mailoutbox):
    with pytest.raises(CommandError, match=r"No worker has sent it to ada@example.com yet"):
        call_command("send_test_notification", "ADA@example.com", "--wait", "0")
    sending.drain()

    assert [(mail.subject, mail.to) for mail in mailoutbox] == [("A test notification", ["ada@example.com"])]


@pytest.mark.django_db(transaction=True)
def test_it_waits_and_tells_what_came_of_it(webhook, answering, capsys):
    def worker():
        while not sending.drain():
            time.sleep(0.02)
        connection.close()

    for status in (200, 500):
        answering(status)
        thread = threading.Thread(target=worker)
        thread.start()
        try:
            call_command("send_test_notification", str(webhook.pk))
        except CommandError as error:
            assert "It answered 500. ok" in str(error)  # noqa: PT017  the first must not raise
        thread.join()
        assert Delivery.objects.order_by("-id").first().state == ("DELIVERED" if status == 200 else "FAILED")

    assert capsys.readouterr().out == f"It was delivered to {webhook.url}.\n"


@pytest.mark.parametrize("to", ["nobody@example.com", "0193e6a0-0000-7000-8000-000000000000", "ada"])
def test_a_target_that_is_not_there_is_refused(db, to):
    with pytest.raises(CommandError):
        call_command("send_test_notification", to, "--wait", "0")


def test_redeliver_sends_again_what_went_out_since(webhook, receiver, opened, work, capsys, ada, travel):
    services.create_webhook(url=receiver.url(path="/other"), actor=ada)
    opened()
    work()
    now = clock.rfc3339(clock.now() - timedelta(minutes=1))
    call_command("redeliver", "--since", now)
    work()
    call_command("redeliver", "--since", now, "--webhook", str(webhook.pk))
    call_command("redeliver", "--since", "2999-01-01T00:00:00Z")
    work()

    assert len(receiver.requests) == 5
    said = capsys.readouterr().out.splitlines()
    assert said == [f"{count} deliveries are sent again." for count in (2, 1, 0)]


@pytest.mark.parametrize("given", [["--since", "yesterday"], [], ["--since", "2026-01-01T00:00:00Z", "--webhook", "x"]])
def test_what_redeliver_cannot_read_it_refuses(db, given):
    with pytest.raises(CommandError):
        call_command("redeliver", *given)
