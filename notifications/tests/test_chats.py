"""What a channel is stored with: checked by its kind, sealed, and never shown again."""

import pytest

from core.errors import Invalid, NotFound
from core.sealing import unseal
from notifications import chats
from notifications.channels import fields
from notifications.channels import options as channel_options
from notifications.models import Endpoint, Kind
from users.models import AuditEntry

SLACK = "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"
DISCORD = "https://discord.com/api/webhooks/123456789012345678/aaaaaaaaaaaaaaaaaaaaaaaaaaaaa_-9"


def stored(endpoint):
    endpoint.refresh_from_db()
    return channel_options.read(endpoint.secret)


def test_settings_are_sealed_and_neither_the_audit_log_nor_the_form_shows_a_secret(ada):
    values = {"url": "http://127.0.0.1:9", "topic": "ops", "token": "tk_secret"}
    channel = chats.create_channel("ntfy", values, actor=ada, description="Ops", severities=["P1"])

    assert stored(channel) == values
    assert "tk_secret" not in channel.secret
    assert "tk_secret" in unseal(channel.secret)
    assert (channel.url, str(channel), channel.severities, channel.owner) == ("", "Ops", ["P1"], ada)
    assert chats.shown(channel) == {"url": "http://127.0.0.1:9"}
    entry = AuditEntry.objects.get(action="channel.created")
    assert "tk_secret" not in str(entry.after)


@pytest.mark.parametrize(
    ("kind", "values", "field"),
    [
        ("slack", {"url": "https://hooks.slack.com.evil.example/services/T1/B1/abcdefghijklmnop"}, "url"),
        ("slack", {"url": f"{SLACK}/../../x"}, "url"),
        ("slack", {"url": SLACK, "verify": "no"}, "verify"),
        ("discord", {"url": DISCORD.replace("discord.com", "discord.com@127.0.0.1")}, "url"),
        ("telegram", {"token": "1:x/../../", "chat": "1"}, "token"),
        ("telegram", {"token": f"12345:{'a' * 30}", "chat": "1,2"}, "chat"),
        ("mattermost", {"url": "http://169.254.169.254/hooks/x"}, "url"),
        ("mattermost", {"url": "http://127.0.0.1:9/hooks/x", "channel": "a b"}, "channel"),
        ("ntfy", {"url": "http://127.0.0.1:9", "topic": "a/b"}, "topic"),
        ("ntfy", {"url": "http://127.0.0.1:9", "topic": "a", "token": "a\r\nX: 1"}, "token"),
        ("teams", {}, "url"),
        ("teams", {"url": 1}, "url"),
        ("http", {"url": "http://127.0.0.1:9/", "body": "a\x00"}, "body"),
        ("webhook", {}, "kind"),
        ("mail", {}, "kind"),
    ],
)
def test_what_does_not_fit_its_kind_is_refused_by_name(ada, kind, values, field):
    with pytest.raises(Invalid) as caught:
        chats.create_channel(kind, values, actor=ada)

    assert list(caught.value.details) == [field]
    assert not Endpoint.objects.exists()


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("slack", {"url": SLACK}),
        ("discord", {"url": DISCORD}),
        ("telegram", {"token": "123456789:abcdefg_hijklmnop-abcdefg", "chat": "-1001234567", "topic": "7"}),
    ],
)
def test_a_service_with_one_host_is_known_by_its_address(ada, kind, values):
    assert stored(chats.create_channel(kind, values, actor=ada)) == values


def test_a_secret_that_is_left_empty_stays_and_none_removes_it(ada):
    values = {"url": "http://127.0.0.1:9", "topic": "ops", "token": "tk_a"}
    channel = chats.create_channel("ntfy", values, actor=ada)
    chats.edit_channel(channel.pk, {"url": values["url"], "topic": "", "token": "tk_b"}, actor=ada, description="New")
    assert stored(channel) == {**values, "token": "tk_b"}
    assert channel.description == "New"

    chats.edit_channel(channel.pk, {"token": None}, actor=ada)
    assert stored(channel) == {"url": values["url"], "topic": "ops"}


def test_secrets_do_not_follow_to_another_address(ada):
    values = {"url": "http://127.0.0.1:9/?{{title}}", "headers": "Authorization: Bearer a", "body": "x"}
    channel = chats.create_channel("http", values, actor=ada)
    with pytest.raises(Invalid) as caught:
        chats.edit_channel(channel.pk, {"url": "http://127.0.0.2:9/"}, actor=ada)

    assert list(caught.value.details) == ["headers"]
    assert stored(channel) == {**values, "method": "POST"}


def test_a_webhook_is_no_channel(ada, webhook):
    with pytest.raises(NotFound):
        chats.edit_channel(webhook.pk, {"url": "http://127.0.0.1:9"}, actor=ada)


def test_every_kind_but_webhooks_and_mail_says_what_it_asks_for():
    assert set(fields.FIELDS) == set(Kind.values) - {Kind.WEBHOOK, Kind.MAIL}
