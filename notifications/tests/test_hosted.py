"""Slack, Discord and Telegram through apprise: a process of its own, that reaches one host and ends in time."""

import json
import os
import socket
import sys
import time
from pathlib import Path

import pytest
import requests

from core import outbound
from core.tests.certificates import Authority
from core.tests.network_edge import connects
from core.tests.raw_receiver import Receiver
from notifications import apprise_child, channels, chats, queue
from notifications.channels import hosted, words
from notifications.models import Kind

N = "\u200b"
SLACK = {"url": "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"}
DISCORD = {"url": "https://discord.com/api/webhooks/123456789012345678/aaaaaaaaaaaaaaaaaaaaaaaaaaaaa_-9"}
TELEGRAM = {"token": "123456789:abcdefg_hijklmnop-abcdefg", "chat": "-1001234567", "topic": "7"}
SAID = words.Words(
    id="evt_1",
    event="incident.created",
    title='<!channel> <@U1|x> @everyone *b* & "q" {{7*7}} {{app_body}}',
    happened="opened by Ada",
    number="42",
    severity="P1",
    status="OPEN",
    link="http://127.0.0.1:3000/incidents/1?a=b&c=d",
)


@pytest.fixture
def stand_in(tmp_path, monkeypatch):
    """`stand_in("hooks.slack.com")`: a receiver that proves to be that host, and where the child meets it."""
    authority = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    script = str(Path(__file__).with_name("apprise_at_home.py"))

    def make(host, behave=b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"):
        receiver = Receiver(behave, secure=authority.context(host))
        return receiver, (sys.executable, "-I", script, str(receiver.port))

    return make


def sent(receiver):
    (request,) = receiver.requests
    head, _, body = request.partition(b"\r\n\r\n")
    return head.decode().split("\r\n")[0], json.loads(body)


def test_slack_is_told_and_nothing_in_a_title_means_anything_to_it(stand_in):
    receiver, command = stand_in("hooks.slack.com")
    with receiver:
        answer = hosted.ask(hosted.task("slack", SLACK, SAID), command)

    line, message = sent(receiver)
    assert line == "POST /services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ HTTP/1.1"
    (attachment,) = message["attachments"]
    assert attachment["text"] == (
        f'[P1] #42 &lt;{N}!channel&gt; &lt;{N}@{N}U1|x&gt; @{N}everyone *b* &amp; "q" {{{{7*7}}}} {{{{app_body}}}} - '
        "opened by Ada\nhttp://127.0.0.1:3000/incidents/1?a=b&amp;c=d"
    )
    assert (answer.status, answer.body) == (200, b"ok")


def test_a_redirect_is_an_answer_and_not_followed(stand_in):
    receiver, command = stand_in(
        "discord.com",
        b"HTTP/1.1 302 Found\r\nLocation: https://discord.com/other\r\nRetry-After: 9\r\nContent-Length: 0\r\n\r\n",
    )
    with receiver:
        answer = hosted.ask(hosted.task("discord", DISCORD, SAID), command)

    line, message = sent(receiver)
    assert line == "POST /api/webhooks/123456789012345678/aaaaaaaaaaaaaaaaaaaaaaaaaaaaa_-9 HTTP/1.1"
    assert message["content"].startswith(f"\\[P1\\] \\#42 \\<{N}!channel\\> \\<{N}@{N}U1\\|x\\> @{N}everyone \\*b\\* &")
    assert (answer.status, answer.headers) == (302, {"retry-after": "9"})


@pytest.fixture
def here(monkeypatch, stand_in):
    """`here(host, behave, task)`: the child's work in this process, which costs less. (receiver, what it says)"""

    def run(host, behave, task):
        receiver, command = stand_in(host, behave)
        monkeypatch.setattr(requests.sessions, "Session", requests.Session)
        for name in ("host", "authorities", "answer", "error"):
            monkeypatch.setattr(apprise_child.Door, name, getattr(apprise_child.Door, name))
        ask = socket.getaddrinfo
        monkeypatch.setattr(socket, "getaddrinfo", lambda _, __, *more: ask("127.0.0.1", int(command[-1]), *more))
        with receiver:
            return receiver, apprise_child.told(apprise_child.tell(task))

    return run


def test_telegram_gets_plain_text_and_a_refusal_is_told_with_its_reason(here):
    answer = b'HTTP/1.1 400 Bad\r\nContent-Length: 37\r\n\r\n{"ok":false,"description":"No chat."}'
    receiver, told = here("api.telegram.org", answer, hosted.task("telegram", TELEGRAM, SAID))

    line, message = sent(receiver)
    assert line == "POST /bot123456789:abcdefg_hijklmnop-abcdefg/sendMessage HTTP/1.1"
    assert (message["chat_id"], message["message_thread_id"]) == (-1001234567, 7)
    assert f"&lt;{N}!channel&gt; &lt;{N}@{N}U1|x&gt; @{N}everyone *b* &amp;" in message["text"]
    assert (told["status"], told["is_taken"], json.loads(told["body"])["description"]) == (400, False, "No chat.")


def test_who_does_not_prove_to_be_the_service_is_told_nothing(here):
    task = hosted.task("slack", SLACK, SAID)
    receiver, told = here("slack.com", b"", task)

    assert receiver.requests == []
    assert told == {"status": None, "error": "TLS: no agreement"}


@pytest.mark.parametrize(
    "url",
    [
        *("https://evil.example/", "http://hooks.slack.com/x", "https://hooks.slack.com:8443/x"),
        *(
            "https://hooks.slack.com.evil.example/",
            "https://u@hooks.slack.com/",
            "https://127.0.0.1/",
            "https://slack.com/",
        ),
    ],
)
def test_the_door_opens_to_the_host_of_the_service_alone(monkeypatch, url):
    monkeypatch.setattr(apprise_child.Door, "host", apprise_child.HOSTS["slack"])
    monkeypatch.setattr(apprise_child.Door, "error", "")
    with connects() as tried, pytest.raises(apprise_child.Refused):
        apprise_child.Door().post(url)

    assert apprise_child.Door.error == "apprise asked for what is not allowed."
    assert tried == []


def test_the_door_opens_once(monkeypatch):
    monkeypatch.setattr(apprise_child.Door, "host", "hooks.slack.com")
    monkeypatch.setattr(apprise_child.Door, "error", "")
    monkeypatch.setattr(apprise_child.Door, "answer", requests.Response())
    with pytest.raises(apprise_child.Refused):
        apprise_child.Door().post("https://hooks.slack.com/services/x")

    assert apprise_child.Door.error == "apprise asked for what is not allowed."


def test_a_child_that_hangs_is_killed_and_has_nothing_of_our_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "of ours")
    file = tmp_path / "child"
    code = f"import os, time; open({str(file)!r}, 'w').write(f'{{os.getpid()}} {{dict(os.environ)}}'); time.sleep(60)"
    began = time.monotonic()
    with pytest.raises(outbound.Failed, match="in time"):
        hosted.ask({}, (sys.executable, "-I", "-c", code), seconds=2)

    pid, _, environment = file.read_text().partition(" ")
    assert time.monotonic() - began < 20
    assert "of ours" not in environment
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid), 0)


def test_a_child_that_breaks_is_a_failure_that_is_tried_again():
    with pytest.raises(outbound.Failed, match="handed over"):
        hosted.ask({}, (sys.executable, "-I", "-c", "1 / 0"))


def test_every_hosted_kind_goes_this_way_and_a_claim_reaches_its_child(ada, opened, react):
    for kind, values in (("slack", SLACK), ("discord", DISCORD), ("telegram", TELEGRAM)):
        chats.create_channel(kind, values, actor=ada)
    opened()
    react()
    claimed = queue.claim(10)

    tasks = {each.kind: hosted.task(each.kind, *hosted.options.opened(each)) for each in claimed}
    assert set(tasks) == {Kind.SLACK, Kind.DISCORD, Kind.TELEGRAM} == set(apprise_child.HOSTS)
    assert {channels.SENDERS[kind] for kind in tasks} == {hosted.send}
    assert tasks["discord"]["options"] == {
        "webhook_id": "123456789012345678",
        "webhook_token": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaa_-9",
    }
