"""Channels of our own, to real receivers: what each is sent, and that nothing in a title means anything there."""

import json

import pytest

from incidents import lifecycle
from incidents import services as incidents
from notifications import chats, services
from notifications.models import Delivery, Endpoint

HOSTILE = "a @channel <!here> <@U1|x> *b* `c`\r\n# [d](http://e.example) {{7*7}} \u202e\"'"
# What cannot be seen, and keeps a word from being a mention.
N = "\u200b"


@pytest.fixture
def channel(ada, receiver):
    """`channel("ntfy", topic="t")`: at the receiver, told of everything."""

    def make(kind, **values):
        return chats.create_channel(kind, {"url": receiver.url(), **values}, actor=ada, description="Ops")

    return make


def sent(receiver):
    """(the request's head, its JSON) of each, in order"""
    parts = [request.partition(b"\r\n\r\n") for request in receiver.requests]
    return [(head.decode(), json.loads(body)) for head, _, body in parts]


def link(incident):
    return f"http://127.0.0.1:3000/incidents/{incident.pk}"


def test_mattermost_is_told_in_one_sentence_with_a_link(channel, receiver, opened, work, rui):
    channel("mattermost", channel="ops")
    incident = opened(title="Disk full on db-7")
    lifecycle.change_status(incident.pk, "ACK", note="On it\nnow", actor=rui)
    work()

    assert [body for _, body in sent(receiver)] == [
        {
            "text": f"\\[P1\\] \\#{incident.number} Disk full on db-7 - opened by Rui\n{link(incident)}",
            "channel": "ops",
        },
        {
            "text": f"\\[P1\\] \\#{incident.number} Disk full on db-7 - acknowledged by Rui\n“On it now”\n"
            f"{link(incident)}",
            "channel": "ops",
        },
    ]
    assert {each.state for each in Delivery.objects.all()} == {"DELIVERED"}


def test_nothing_in_a_title_is_markup_or_a_mention(channel, receiver, opened, work):
    channel("mattermost")
    incident = opened(title=HOSTILE)
    work()

    text = sent(receiver)[0][1]["text"].split("\n")[0].partition(f"{incident.number} ")[2]
    assert text == (
        f"a @{N}channel \\<{N}!here\\> \\<{N}@{N}U1\\|x\\> \\*b\\* \\`c\\` \\# \\[d\\]\\(http\\://e.example\\) "
        "{{7\\*7}} \"' - opened by Rui"
    )


@pytest.mark.parametrize(("severity", "priority"), [("P1", 5), ("P2", 4), ("P3", 3)])
def test_ntfy_is_as_loud_as_the_incident_is_severe(channel, receiver, opened, work, severity, priority):
    channel("ntfy", topic="ops", token="tk_abc")
    incident = opened(title=HOSTILE, severity=severity)
    work()

    shown = "a @channel <!here> <@U1|x> *b* `c` # [d](http://e.example) {{7*7}} \"'"
    head, body = sent(receiver)[0]
    assert "Authorization: Bearer tk_abc\r\n" in f"{head}\r\n"
    assert body == {
        "topic": "ops",
        "title": f"[{severity}] #{incident.number} {shown}",
        "message": "opened by Rui",
        "priority": priority,
        "click": link(incident),
    }


def test_ntfy_wakes_nobody_when_it_is_over(channel, receiver, opened, work, rui):
    channel("ntfy", topic="ops")
    lifecycle.change_status(opened().pk, "RESOLVED", actor=rui)
    work()

    assert [(body["priority"], body["message"]) for _, body in sent(receiver)] == [
        (5, "opened by Rui"),
        (3, "resolved by Rui"),
    ]


def test_teams_gets_a_card_whose_texts_know_no_markdown(channel, receiver, opened, work, rui):
    channel("teams")
    incident = opened(title="[x](http://e.example) **b**", severity="P2")
    incidents.comment(incident.pk, body="Look\ning", actor=rui)
    work()

    message = sent(receiver)[1][1]
    (attachment,) = message["attachments"]
    card = attachment["content"]
    assert (message["type"], attachment["contentType"]) == ("message", "application/vnd.microsoft.card.adaptive")
    assert {block["type"] for block in card["body"]} == {"RichTextBlock"}
    assert [block["inlines"][0]["text"] for block in card["body"]] == [
        f"[P2] #{incident.number} [x](http://e.example) **b**",
        "comment by Rui",
        "“Look ing”",
    ]
    assert card["actions"] == [{"type": "Action.OpenUrl", "title": "Open", "url": link(incident)}]


def test_each_kind_of_event_has_its_words(channel, receiver, opened, work, rui, ada):
    channel("ntfy", topic="ops")
    incident = opened(severity="P2")
    incidents.edit_incident(incident.pk, actor=rui, title="Worse", severity="P1", assignee=ada.pk)
    incidents.edit_incident(incident.pk, actor=rui, assignee=None)
    incidents.comment(incident.pk, body="x" * 400, actor=rui)
    work()
    incidents.delete_incident(incident.pk, actor=ada)
    services.ping(Endpoint.objects.get().pk, actor=ada)
    work()

    told = [body["message"] for _, body in sent(receiver)]
    assert told[:2] == ["opened by Rui", "changed (title, severity P2 to P1) by Rui"]
    assert told[2:4] == ["assigned to Ada by Rui", "assigned to nobody by Rui"]
    assert told[4] == f"comment by Rui\n“{'x' * 299}…”"
    assert sorted(told[5:]) == ["deleted by Ada", "sent by Ada"]
    assert ["click" in body for _, body in sent(receiver)].count(False) == 1


def test_an_answer_counts_as_it_does_for_a_webhook(channel, opened, work, answering):
    channel("mattermost")
    answering(410)
    opened()
    work()

    assert Endpoint.objects.get().disabled_reason == "It answered 410: it wants no more."
    assert Delivery.objects.get(kind="mattermost").state == "PENDING"


def test_where_it_leads_is_asked_again_at_each_attempt(channel, receiver, opened, work, settings):
    channel("ntfy", topic="ops")
    settings.WEBHOOK_ALLOW_CIDRS = []
    opened()
    work()

    assert receiver.requests == []
    assert Delivery.objects.get().entries.get().note == "The address is not allowed or not reachable."
