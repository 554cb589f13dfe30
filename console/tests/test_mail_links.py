"""What the links in mails lead to, from a browser that nobody has logged in to."""

import logging
import re
import time

import pytest
from django.test import Client

from core import access_log
from incidents import lifecycle
from incidents import services as incidents
from notifications import mail_links, preferences
from users import services as users


@pytest.fixture
def browser():
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def link(rui, incident):
    return path(mail_links.address("acknowledge", rui.pk, rui.email, incident.pk))


def path(address):
    return address.removeprefix("http://127.0.0.1:3000")


def words(response):
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode().partition("<main")[2]).split())


@pytest.mark.parametrize("method", ["get", "head"])
def test_to_look_changes_nothing(browser, link, incident, method):
    response = getattr(browser, method)(link)

    incident.refresh_from_db()
    assert (response.status_code, incident.status, incident.events.count()) == (200, "OPEN", 1)


def test_the_page_asks_and_its_button_acknowledges_as_that_person(browser, link, incident, rui):
    asked = browser.get(link)
    done = browser.post(link)

    assert "Acknowledge this incident?" in words(asked)
    assert "Disk full on db-7" in words(asked)
    assert "As Rui" in words(asked)
    assert "Acknowledged" in words(done)
    incident.refresh_from_db()
    assert incident.status == "ACK"
    assert incident.events.last().actor == rui
    assert not browser.cookies.get("sessionid")


def test_a_second_press_finds_it_done(browser, link, incident):
    browser.post(link)
    again = browser.post(link)

    assert "Already acknowledged by Rui" in words(again)
    assert incident.events.filter(type="STATUS_CHANGED").count() == 1


def test_what_is_resolved_stays_so(browser, link, incident, ada):
    lifecycle.change_status(incident.pk, "RESOLVED", actor=ada)

    assert "Already resolved by Ada" in words(browser.post(link))
    incident.refresh_from_db()
    assert incident.status == "RESOLVED"


def test_a_day_later_it_has_expired(browser, rui, incident, monkeypatch):
    yesterday = time.time() - 24 * 3600 - 1
    with monkeypatch.context() as then:
        then.setattr(time, "time", lambda: yesterday)
        link = path(mail_links.address("acknowledge", rui.pk, rui.email, incident.pk))
    response = browser.post(link)

    incident.refresh_from_db()
    assert (response.status_code, incident.status) == (410, "OPEN")
    assert "This link has expired" in words(response)


def spoilt(link, rui, incident):
    return {
        "cut": link[:-1],
        "changed": link.replace("/a/W", "/a/X"),
        "of another purpose": path(mail_links.address("unsubscribe", rui.pk, rui.email, incident.pk)).replace("u", "a"),
        "of an address of before": path(mail_links.address("acknowledge", rui.pk, "old@example.com", incident.pk)),
        "nonsense": "/a/x:y:z",
        "nul": "/a/%00",
    }


@pytest.mark.parametrize("how", ["cut", "changed", "of another purpose", "of an address of before", "nonsense", "nul"])
def test_a_link_that_is_not_right_does_nothing(browser, link, incident, rui, how):
    response = browser.post(spoilt(link, rui, incident)[how])

    incident.refresh_from_db()
    assert (response.status_code, incident.status) == (404, "OPEN")


def test_a_link_ends_with_its_persons_access(browser, link, incident, rui, ada):
    users.edit_user(rui.pk, actor=ada, role="viewer")
    as_viewer = browser.post(link)
    users.edit_user(rui.pk, actor=ada, is_active=False)
    as_nobody = browser.post(link)

    incident.refresh_from_db()
    assert (as_viewer.status_code, as_nobody.status_code, incident.status) == (403, 404, "OPEN")


def test_a_link_to_what_was_deleted_says_so(browser, link, incident, ada):
    incidents.delete_incident(incident.pk, actor=ada)

    assert "The incident is gone" in words(browser.get(link))


def test_other_methods_are_refused(browser, link):
    assert browser.put(link).status_code == 405


def test_the_secret_of_the_address_goes_no_further(browser, link, caplog):
    with caplog.at_level(logging.INFO, logger=access_log.__name__):
        response = browser.get(link)

    assert [record.path for record in caplog.records] == ["/a/-"]
    assert response["Referrer-Policy"] == "no-referrer"
    assert response["Cache-Control"] == "private, no-store"
    assert link.removeprefix("/a/") not in response.content.decode()


def test_a_mail_program_unsubscribes_with_one_request(browser, rui):
    address = path(mail_links.address("unsubscribe", rui.pk, rui.email))
    assert browser.get(address).status_code == 200
    assert preferences.of(rui)["wants_summary"]
    response = browser.post(address, {"List-Unsubscribe": "One-Click"})

    assert (response.status_code, preferences.of(rui)["wants_summary"]) == (200, False)
    assert preferences.of(rui)["created_severities"] == ["P1"]
