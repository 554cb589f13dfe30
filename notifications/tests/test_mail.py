"""Who is told by mail of what, and what the mail looks like."""

import re

import pytest

from incidents import services as incidents
from notifications import preferences
from notifications.models import Delivery
from tests.hostile_text import PAYLOADS, Skeleton
from users import services as users

pytestmark = pytest.mark.usefixtures("mail_as_built_in")


def told(mailoutbox):
    return sorted((mail.to[0].partition("@")[0], mail.subject.partition(" ")[0]) for mail in mailoutbox)


def html_of(mail):
    return mail.alternatives[0].content


def test_everybody_is_told_of_a_p1_and_nobody_of_the_rest(ada, rui, vera, opened, work, mailoutbox):
    opened(severity="P1")
    opened(severity="P2")
    work()

    assert told(mailoutbox) == [("ada", "[P1]"), ("rui", "[P1]"), ("vera", "[P1]")]
    assert {each.state for each in Delivery.objects.all()} == {"DELIVERED"}


def test_each_chooses_by_severity_and_admins_choose_for_the_rest(ada, rui, vera, opened, work, mailoutbox):
    preferences.set_own(vera, created_severities=["P3"])
    preferences.set_defaults(actor=ada, created_severities=["P1", "P2"])
    preferences.set_own(rui, created_severities=[])
    for severity in ("P1", "P2", "P3"):
        opened(severity=severity)
    work()

    assert told(mailoutbox) == [("ada", "[P1]"), ("ada", "[P2]"), ("vera", "[P3]")]


def test_whoever_has_left_is_told_nothing(ada, rui, vera, opened, work, mailoutbox):
    users.edit_user(vera.pk, actor=ada, is_active=False)
    opened()
    work()

    assert told(mailoutbox) == [("ada", "[P1]"), ("rui", "[P1]")]


def test_an_assignment_is_told_to_the_assignee_but_not_to_whoever_took_it(ada, rui, opened, work, mailoutbox):
    incident = opened(severity="P3")
    incidents.edit_incident(incident.pk, actor=rui, assignee=ada.pk)
    incidents.edit_incident(incident.pk, actor=rui, assignee=rui.pk)
    incidents.edit_incident(incident.pk, actor=ada, assignee=None)
    work()

    assert told(mailoutbox) == [("ada", "[P3]")]
    assert "was assigned to you by Rui" in mailoutbox[0].body
    assert Delivery.objects.get().type == "incident.assigned"


def test_one_to_whom_a_new_incident_is_assigned_gets_one_mail(ada, rui, opened, work, mailoutbox):
    opened(severity="P1", assignee=ada)
    opened(severity="P3", assignee=ada)
    work()

    assert told(mailoutbox) == [("ada", "[P1]"), ("ada", "[P3]"), ("rui", "[P1]")]
    assert "It is assigned to you." in next(mail for mail in mailoutbox if mail.to == [ada.email]).body


def test_a_mail_threads_comes_from_a_machine_and_leads_to_the_configured_address(ada, opened, work, mailoutbox):
    incident = opened()
    incidents.edit_incident(incident.pk, actor=incident.created_by, assignee=ada.pk)
    work()

    first, second = (mail for mail in mailoutbox if mail.to == [ada.email])
    headers = [mail.message() for mail in (first, second)]
    assert {mail["References"] for mail in headers} == {f"<incident-{incident.pk}@127.0.0.1>"}
    assert {mail["In-Reply-To"] for mail in headers} == {mail["References"] for mail in headers}
    ids = [f"<{each.pk}@127.0.0.1>" for each in Delivery.objects.filter(person=ada).order_by("sequence")]
    assert [mail["Message-ID"] for mail in headers] == ids
    assert {mail["Auto-Submitted"] for mail in headers} == {"auto-generated"}
    assert first.subject == second.subject == f"[P1] #{incident.number} Disk full"
    assert [part.get_content_type() for part in headers[0].get_payload()] == ["text/plain", "text/html"]


def test_a_mail_fetches_nothing_and_links_to_this_service_alone(opened, work, mailoutbox, settings):
    settings.BASE_URL, settings.BASE_HOST = "https://incidents.example", "incidents.example"
    opened(description="See http://evil.example/x.png")
    work()

    html = html_of(mailoutbox[0])
    assert set(re.findall(r'href="(https?://[^/"]+)', html)) == {"https://incidents.example"}
    assert not re.search(r"<img|<link|<script|\bsrc=|url\(|@import|background=", html, re.IGNORECASE)
    assert set(re.findall(r"^https?://[^/\s]+", mailoutbox[0].body, re.MULTILINE)) == {"https://incidents.example"}


def test_what_people_write_is_no_template(opened, work, mailoutbox):
    text = "{{7*7}} {% debug %} {{settings.SECRET_KEY}} {0.__class__.__mro__} %(a)s ${x}"
    opened(title=text, description=f"And {text}")
    work()

    mail = mailoutbox[0]
    assert mail.subject.endswith(text)
    assert f"> And {text}" in mail.body
    assert f"And {text}" in html_of(mail)


def test_what_people_write_is_no_html(opened, work, mailoutbox):
    opened()
    opened(description="\n".join(PAYLOADS)[:2000])
    for payload in PAYLOADS[:5]:
        opened(title=payload[:200])
    work()

    tags = {frozenset(name for name, _ in Skeleton(html_of(mail)).elements) for mail in mailoutbox}
    assert len(mailoutbox) == 7
    assert max(tags, key=len) - min(tags, key=len) <= {"blockquote", "br"}


@pytest.mark.parametrize(
    ("title", "subject"),
    [
        ("a\r\nBcc: eve@example.com", "a Bcc: eve@example.com"),
        ("Größe überschritten 数据库 🔥", "Größe überschritten 数据库 🔥"),
        ("a\u202egnp.exe\u2029b", "agnp.exe b"),
        ("x" * 200, "x" * 140),
    ],
)
def test_a_subject_is_one_line_whatever_the_title(opened, work, mailoutbox, title, subject):
    opened(title=title)
    work()

    assert subject in mailoutbox[0].subject
    assert len(mailoutbox[0].subject) <= 160
    message = mailoutbox[0].message()
    assert message["Bcc"] is None
    assert "\n" not in mailoutbox[0].subject


def test_only_whoever_may_acknowledge_is_offered_to(ada, vera, opened, work, mailoutbox):
    opened()
    work()

    offered = {mail.to[0] for mail in mailoutbox if "/a/" in mail.body and "/a/" in html_of(mail)}
    assert offered == {"ada@example.com", "rui@example.com"}


def test_an_owner_is_told_why_a_webhook_was_disabled(webhook, answering, opened, work, mailoutbox):
    answering(410)
    preferences.set_defaults(actor=None, created_severities=[])
    opened()
    work()

    (mail,) = mailoutbox
    assert mail.subject.startswith("The webhook http://127.0.0.1")
    assert mail.subject.endswith("was disabled")
    assert "It answered 410: it wants no more." in mail.body
