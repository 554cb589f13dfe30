"""What the search of the list understands, says and shows."""

from typing import Any

import pytest
from django.test import Client

from incidents import services
from incidents.models import Incident


def opened(title: str, actor: Any, **more: Any) -> Incident:
    return services.open_incident(title=title, severity="P2", actor=actor, **more)


def titles(response: Any) -> list[str]:
    return [incident.title for incident in response.context["listed"].incidents]


def test_operators_are_those_of_the_api(browser: Client, rui: Any) -> None:
    opened("disk", rui, assignee=rui)
    opened("memory", rui)

    assert titles(browser.get("/incidents", {"q": "status:open assignee:me"})) == ["disk"]
    assert titles(browser.get("/incidents", {"q": "-assignee:me"})) == ["memory"]


def test_the_last_word_may_not_be_finished(browser: Client, rui: Any) -> None:
    opened("disk full on host-4711", rui)
    opened("disk diskette", rui)

    assert titles(browser.get("/incidents", {"q": "full dis"})) == ["disk full on host-4711"]
    assert titles(browser.get("/incidents", {"q": "host-47"})) == ["disk full on host-4711"]
    assert titles(browser.get("/incidents", {"q": '"dis"'})) == []
    assert titles(browser.get("/incidents", {"q": "dis disk"})) == []


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_what_is_not_understood_is_said_under_the_box(browser: Client, headers: dict[str, str]) -> None:
    response = browser.get("/incidents", {"q": "<b>disk status:closd"}, headers=headers)

    page = response.content.decode()
    assert response.status_code == (200 if headers else 400)
    assert "There is no status “closd”." in page
    assert headers or 'value="&lt;b&gt;disk status:closd"' in page
    assert "<b>" not in page


def test_a_number_alone_is_jumped_to(browser: Client, rui: Any) -> None:
    incident = opened("disk", rui)
    fragment = {"HX-Request": "true"}

    assert browser.get("/incidents", {"q": f" #{incident.number} "}).headers["Location"] == f"/incidents/{incident.pk}"
    assert titles(browser.get("/incidents", {"q": f"#{incident.number}"}, headers=fragment)) == ["disk"]
    assert titles(browser.get("/incidents", {"q": f"#{incident.number + 1}"})) == []
    assert titles(browser.get("/incidents", {"q": f"#{incident.number}", "status": "ACK"})) == []


def test_what_was_found_is_marked_and_everything_else_is_text(browser: Client, rui: Any) -> None:
    opened("<i>Disk</i> & more", rui, description="there is <b>no</b> disk left")

    page = browser.get("/incidents", {"q": "disk"}).content.decode()

    assert "&lt;i&gt;<mark>Disk</mark>&lt;/i&gt; &amp; more" in page
    assert "&lt;b&gt;no&lt;/b&gt; <mark>disk</mark> left" in page


def test_a_comment_is_shown_where_the_description_does_not_say_it(browser: Client, rui: Any) -> None:
    services.comment(opened("memory", rui).pk, body="it was the <disk>, the disks", actor=rui)

    page = browser.get("/incidents", {"q": "disk"}).content.decode()

    assert "it was the &lt;<mark>disk</mark>&gt;, the <mark>disks</mark>" in page


def test_a_file_holds_what_the_page_shows(browser: Client, rui: Any) -> None:
    opened("disk", rui)
    opened("memory", rui)

    assert b"disk" in browser.get("/incidents.csv", {"q": "status:open dis"}).getvalue()
