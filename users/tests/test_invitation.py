"""An administrator invites somebody, who sets a password by a link in a mail."""

import pytest
from django.test import Client

from users import credentials, services
from users.credentials import HasPassword
from users.models import User
from users.tests.conftest import PASSWORD, entries, is_in, log_in
from users.tests.mail import link_in, work


@pytest.fixture
def eve(ada):
    return credentials.invite(email="eve@example.com", name="Eve", role="viewer", actor=ada)


def accept(mail, password=PASSWORD):
    browser = Client()
    browser.get(link_in(mail))
    return browser, browser.post("/account/invitation", {"password": password})


def test_the_mail_leads_to_a_password_and_in(eve, mailoutbox):
    work()
    (mail,) = mailoutbox
    assert mail.to == ["eve@example.com"]

    browser, response = accept(mail)

    assert response["Location"] == "/"
    assert is_in(browser)
    assert log_in(Client(), "eve@example.com").status_code == 302
    assert User.objects.get(pk=eve.pk).role == "viewer"


def test_it_has_its_entries_in_the_audit_log(ada, eve, mailoutbox):
    work()
    accept(mailoutbox[0])

    assert [(entry.actor_id, entry.target_id) for entry in entries("user.invited")] == [(ada.pk, eve.pk)]
    assert entries("user.updated")[0].actor_id == eve.pk


def test_a_link_works_once_and_a_second_invitation_leaves_the_first_as_it_is(ada, eve, mailoutbox):
    credentials.invite_again(eve.pk, actor=ada)
    work()
    accept(mailoutbox[0])

    _browser, response = accept(mailoutbox[1], "another long sentence")

    assert response.status_code == 404
    assert "Ask who invited you" in response.text
    assert log_in(Client(), "eve@example.com").status_code == 302


def test_who_has_a_password_is_not_invited_again(ada, kim):
    with pytest.raises(HasPassword):
        credentials.invite_again(kim.pk, actor=ada)


def test_an_invitation_of_somebody_who_was_sent_away_opens_nothing(eve, mailoutbox):
    work()
    services.edit_user(eve.pk, actor=None, is_active=False)

    assert accept(mailoutbox[0])[1].status_code == 404


def test_nobody_is_invited_twice(ada, eve, mailoutbox):
    with pytest.raises(services.EmailTaken):
        credentials.invite(email="EVE@example.com", name="Eve", actor=ada)

    assert work() == 1
