"""What a mail provider reports afterwards."""

import base64

import pytest
from django.test import Client

from notifications import bounces
from notifications.models import Delivery

pytestmark = pytest.mark.usefixtures("mail_as_built_in")


@pytest.fixture(autouse=True)
def postmark(settings):
    settings.EMAIL_BACKEND = "anymail.backends.postmark.EmailBackend"
    settings.ANYMAIL = {"POSTMARK_SERVER_TOKEN": "t", "WEBHOOK_SECRET": "kim:secret"}


@pytest.fixture
def delivery(opened, react):
    opened()
    react()
    Delivery.objects.all().finish("DELIVERED")
    return Delivery.objects.get()


RIGHT = "kim:secret"


def report(delivery, secret=RIGHT, **fields):
    event = {"RecordType": "Bounce", "Type": "HardBounce", "Email": "rui@example.com", "Details": "550 No such user"}
    event |= {"Metadata": {"delivery": str(delivery.pk)}, "Description": "unknown user", **fields}
    headers = {"Authorization": f"Basic {base64.b64encode(secret.encode()).decode()}"} if secret else {}
    return Client(enforce_csrf_checks=True).post("/mail/events", event, "application/json", headers=headers)


def test_a_mail_that_bounced_has_failed_and_its_history_says_why(delivery):
    response = report(delivery)

    delivery.refresh_from_db()
    assert (response.status_code, delivery.state) == (200, "FAILED")
    entry = delivery.entries.get()
    assert (entry.type, entry.note, entry.answer) == ("BOUNCED", "The mail was bounced: bounced", "550 No such user")


def test_what_is_reported_twice_or_of_another_kind_changes_nothing(delivery):
    report(delivery, RecordType="Delivery")
    assert Delivery.objects.get().state == "DELIVERED"
    report(delivery)
    report(delivery)

    assert delivery.entries.count() == 1


@pytest.mark.parametrize("secret", ["", "kim:guessed"])
def test_a_report_without_the_secret_is_refused(delivery, secret):
    assert report(delivery, secret).status_code == 400
    assert Delivery.objects.get().state == "DELIVERED"


def test_without_a_provider_or_a_secret_there_is_no_such_page(delivery, settings):
    settings.ANYMAIL = {}
    assert report(delivery).status_code == 404
    settings.ANYMAIL, settings.EMAIL_BACKEND = {"WEBHOOK_SECRET": "kim:secret"}, "notifications.smtp.EmailBackend"
    assert report(delivery).status_code == 404


@pytest.mark.parametrize("metadata", [{}, {"delivery": "x"}, {"delivery": "0193e6a0-0000-7000-8000-000000000000"}])
def test_reports_of_other_mails_are_none_of_ours(delivery, metadata):
    assert bounces.note(metadata, "bounced", reason="", answer="") == 0
