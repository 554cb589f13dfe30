"""A new password by mail."""

import traceback
from smtplib import SMTPRecipientsRefused

import pytest
from django.core.mail.backends.base import BaseEmailBackend
from django.test import Client

from users import links, mails, services
from users.links import Purpose
from users.models import User
from users.tests.conftest import entries, is_in, log_in
from users.tests.mail import link_in, work

NEW = "staple battery horse"
FORM = "/account/reset/password"


def ask(email="kim@example.com", **headers):
    return Client().post("/account/reset", {"email": email}, **headers)


@pytest.fixture
def link(kim, mailoutbox):
    ask()
    work()
    return link_in(mailoutbox[0])


def follow(link, browser=None):
    browser = browser or Client()
    return browser, browser.get(link, follow=True)


def test_a_mail_leads_to_a_new_password_and_in(kim, link):
    browser, page = follow(link)
    assert page.redirect_chain == [(FORM, 302)]
    assert "kim@example.com" in page.text

    response = browser.post(FORM, {"password": NEW})

    assert response["Location"] == "/"
    assert is_in(browser)
    assert log_in(Client(), password=NEW).status_code == 302
    assert log_in(Client()).status_code == 200


def test_it_has_its_entry_in_the_audit_log(kim, link):
    browser, _page = follow(link)
    browser.post(FORM, {"password": NEW})

    (entry,) = entries("user.updated")
    assert (entry.actor_id, entry.target_id, entry.after) == (kim.pk, kim.pk, {"password": "changed"})
    assert NEW not in str([entry.before, entry.after])


def test_it_ends_every_other_session(kim, link):
    elsewhere = Client()
    log_in(elsewhere)
    assert is_in(elsewhere)

    browser, _page = follow(link)
    browser.post(FORM, {"password": NEW})

    assert not is_in(elsewhere)


def test_a_link_works_once(kim, link):
    browser, _page = follow(link)
    browser.post(FORM, {"password": NEW})

    again, page = follow(link)

    assert page.status_code == 404
    assert "has ended, or was used" in page.text
    assert again.post(FORM, {"password": "another long sentence"}).status_code == 404
    assert log_in(Client(), password=NEW).status_code == 302


@pytest.mark.parametrize("change", [{"is_active": False}, {"email": "kim@example.org"}, {"password": "a new long one"}])
def test_a_link_ends_with_any_other_change(kim, link, change):
    services.edit_user(kim.pk, actor=None, **change)

    assert follow(link)[1].status_code == 404


def test_a_link_ends_after_an_hour(kim, link, monkeypatch):
    monkeypatch.setitem(links.SECONDS, Purpose.RESET, -1)

    assert follow(link)[1].status_code == 404


@pytest.mark.parametrize("token", ["", "x", "a:b:c", "é", "\0", "WyJ4IiwieSJd:1:x"])
def test_a_link_that_is_none(client, db, token):
    assert client.get(FORM, {"token": token}, follow=True).status_code == 404


def test_an_invitation_is_no_reset(kim, client):
    client.get("/account/invitation", {"token": links.make(kim, Purpose.RESET)})

    assert client.get("/account/invitation").status_code == 404


@pytest.mark.parametrize("password", ["short", "1234567890123", "password123", "kim@example.com", ""])
def test_a_weak_password_is_refused_and_the_link_stays(kim, link, password):
    browser, _page = follow(link)

    response = browser.post(FORM, {"password": password})

    assert response.status_code == 200
    assert "field-error" in response.text
    assert browser.post(FORM, {"password": NEW}).status_code == 302


def test_nobody_learns_from_the_answer_who_has_an_account(kim, mailoutbox, django_assert_num_queries):
    with django_assert_num_queries(10):
        known = ask()
    with django_assert_num_queries(10):
        unknown = ask("ghost@example.com")
    work()

    assert known["Location"] == unknown["Location"] == "/account/reset/sent"
    assert [mail.to for mail in mailoutbox] == [["kim@example.com"]]


def test_an_inactive_person_gets_no_mail(kim, mailoutbox):
    services.edit_user(kim.pk, actor=None, is_active=False)

    ask()
    work()

    assert mailoutbox == []


def test_asking_often_sends_one_mail(kim, mailoutbox):
    for n in range(9):
        ask(REMOTE_ADDR=f"192.0.2.{n}")
    work()

    assert len(mailoutbox) == 1


def test_asking_has_a_limit_of_its_own_and_locks_no_account(kim):
    answers = [ask(REMOTE_ADDR=f"192.0.2.{n}").status_code for n in range(12)]

    assert answers == [302] * 10 + [429] * 2
    assert log_in(Client()).status_code == 302


def test_a_host_header_of_somebody_elses_is_in_no_mail(kim, mailoutbox):
    refused = ask(headers={"Host": "evil.example"})
    ask(headers={"Host": "localhost"})
    work()

    assert refused.status_code == 400
    assert len(mailoutbox) == 1
    assert link_in(mailoutbox[0])
    assert "localhost" not in mailoutbox[0].body


def test_a_mail_that_could_not_be_sent_is_tried_again(kim, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    ask()

    with pytest.raises(mails.NotSent, match="ConnectionRefusedError"):
        work()

    assert User.objects.get(pk=kim.pk).reset_mailed_at is None


class Refusing(BaseEmailBackend):
    def send_messages(self, email_messages):
        raise SMTPRecipientsRefused(dict.fromkeys(email_messages[0].to, (550, b"no such mailbox")))


def test_what_a_mail_server_says_of_an_address_is_in_no_log(kim, settings):
    settings.EMAIL_BACKEND = f"{__name__}.Refusing"
    ask()

    with pytest.raises(mails.NotSent) as raised:
        work()

    told = "".join(traceback.format_exception(raised.value))
    assert "SMTPRecipientsRefused" in told
    assert kim.email not in told


def test_a_service_that_cannot_send_mail_says_so(kim, settings, caplog):
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
    ask()
    work()

    assert [record.getMessage() for record in caplog.records if record.name == "users.mails"] == ["mail_not_sent"]


def test_the_link_is_in_no_log(kim, link, log_text):
    browser, _page = follow(link)
    browser.post(FORM, {"password": NEW})

    text = log_text.getvalue()
    assert "account/reset/password" in text
    assert link.partition("token=")[2] not in text
    assert NEW not in text
