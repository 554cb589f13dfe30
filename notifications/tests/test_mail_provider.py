"""Mails by the API of a provider, which stands on loopback."""

import pytest

from notifications.models import Delivery

pytestmark = pytest.mark.usefixtures("mail_as_built_in")

TAKEN = b'{"id": "<1@mg.example>", "message": "Queued. Thank you."}'


@pytest.fixture(autouse=True)
def mailgun(settings, receiver):
    settings.EMAIL_BACKEND = "anymail.backends.mailgun.EmailBackend"
    settings.ANYMAIL = {
        "MAILGUN_API_KEY": "secret",
        "MAILGUN_API_URL": receiver.url(path="/v3"),
        "MAILGUN_SENDER_DOMAIN": "mg.example",
        "IGNORE_UNSUPPORTED_FEATURES": True,
    }
    receiver.behave = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(TAKEN), TAKEN)


def test_a_mail_goes_out_by_it_with_its_headers(opened, work, receiver):
    opened()
    work()

    (request,) = receiver.requests
    assert request.startswith(b"POST /v3/mg.example/messages ")
    assert b"auto-generated" in request
    assert str(Delivery.objects.get().pk).encode() in request
    assert Delivery.objects.get().state == "DELIVERED"


@pytest.mark.parametrize(
    ("status", "state"),
    [(400, "FAILED"), (422, "FAILED"), (401, "PENDING"), (429, "PENDING"), (500, "PENDING"), (200, "PENDING")],
)
def test_its_refusal_of_a_mail_is_for_good_and_every_other_failure_passes(opened, work, answering, status, state):
    answering(status)
    opened()
    work()

    delivery = Delivery.objects.get()
    assert delivery.state == state
    entry = delivery.entries.get()
    assert (entry.status, entry.answer) == (status, "ok")
    assert entry.note.endswith(f"({status}).")
