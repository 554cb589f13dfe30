"""Mails to a real SMTP server on loopback, which takes, defers and refuses them as a test says."""

import socket
import threading
import time
from email import message_from_bytes, policy

import pytest
from aiosmtpd.controller import Controller

from notifications import smtp
from notifications.models import Delivery

pytestmark = pytest.mark.usefixtures("mail_as_built_in", "ada")


class Server:
    """`says` maps a command to its reply; what was taken is in `mails`."""

    def __init__(self):
        self.says = {}
        self.mails = []

    async def handle_RCPT(self, server, session, envelope, address, options):
        if "RCPT" not in self.says:
            envelope.rcpt_tos.append(address)
        return self.says.get("RCPT", "250 OK")

    async def handle_DATA(self, server, session, envelope):
        if "DATA" not in self.says:
            self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
        return self.says.get("DATA", "250 OK")


class OnAFreePort(Controller):
    def __init__(self, handler):
        self.listener = socket.create_server(("127.0.0.1", 0))
        super().__init__(handler, *self.listener.getsockname())

    def _create_server(self):
        return self.loop.create_server(self._factory_invoker, sock=self.listener)


@pytest.fixture
def server(settings):
    handler = Server()
    controller = OnAFreePort(handler)
    controller.start()
    settings.EMAIL_BACKEND = "notifications.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", controller.port
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    yield handler
    controller.stop()


@pytest.fixture
def mail(opened, work):
    """`mail()`: of a P1, the one to Ada."""

    def make():
        opened(title="Größe überschritten 🔥")
        work()
        return Delivery.objects.get(person__name="Ada")

    return make


def attempts(delivery):
    return list(delivery.entries.order_by("id").values_list("status", "answer", "note"))


def test_a_mail_arrives_whole(server, mail):
    delivery = mail()

    (received,) = (each for each in server.mails if each["To"] == "ada@example.com")
    assert received["Subject"].endswith("Größe überschritten 🔥")
    assert received["Message-ID"] == f"<{delivery.pk}@127.0.0.1>"
    assert received["References"] == received["In-Reply-To"] == f"<incident-{delivery.incident_id}@127.0.0.1>"
    assert received["Auto-Submitted"] == "auto-generated"
    text, html = received.iter_parts()
    assert (text.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    assert "Größe überschritten 🔥" in text.get_content()
    assert delivery.state == "DELIVERED"


def test_a_passing_refusal_is_tried_again_with_the_same_id(server, mail, work, travel):
    server.says["DATA"] = "451 4.7.1 Greylisted, try again later"
    delivery = mail()
    assert delivery.state == "PENDING"
    server.says.clear()
    travel(seconds=19)
    work()

    delivery.refresh_from_db()
    assert delivery.state == "DELIVERED"
    assert [each["Message-ID"] for each in server.mails].count(f"<{delivery.pk}@127.0.0.1>") == 1
    said = "The mail server does not take it at present (451)."
    assert attempts(delivery) == [(451, "4.7.1 Greylisted, try again later", said), (None, "", "")]


@pytest.mark.parametrize(
    ("command", "reply", "note"),
    [
        ("RCPT", "550 5.1.1 No such user", "The mail server refused the recipient for good (550)."),
        ("DATA", "554 5.7.1 Looks like spam", "The mail server refused it for good (554)."),
    ],
)
def test_a_refusal_for_good_is_shown_and_not_tried_again(server, mail, work, travel, command, reply, note):
    server.says[command] = reply
    delivery = mail()
    travel(hours=1)

    assert work() == 0
    assert delivery.state == "FAILED"
    assert attempts(delivery) == [(int(reply[:3]), reply[4:], note)]


def test_a_server_that_is_away_is_tried_for_a_quarter_of_an_hour(server, mail, work, travel, settings):
    settings.EMAIL_PORT = 1
    delivery = mail()
    for _ in range(6):
        travel(minutes=13)
        work()

    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts) == ("FAILED", 5)
    assert "ConnectionRefusedError" in delivery.entries.first().note


def test_a_server_that_dribbles_is_hung_up_on(server, mail, settings, monkeypatch):
    monkeypatch.setattr(smtp, "TOTAL_SECONDS", 0.3)
    listener = socket.create_server(("127.0.0.1", 0))
    settings.EMAIL_PORT = listener.getsockname()[1]

    def dribble():
        for _ in range(2):
            connection, _ = listener.accept()
            connection.sendall(b"220-")
            connection.recv(1)  # until it hangs up
            connection.close()

    thread = threading.Thread(target=dribble, daemon=True)
    thread.start()
    began = time.monotonic()
    delivery = mail()
    thread.join(5)
    listener.close()

    assert time.monotonic() - began < settings.EMAIL_TIMEOUT
    assert delivery.state == "PENDING"
    assert "did not answer" in delivery.entries.get().note


def test_without_a_server_in_production_it_says_what_is_missing(mail, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
    delivery = mail()

    assert delivery.state == "FAILED"
    assert delivery.entries.get().note == "No mail server is set up: EMAIL_URL."
