"""Channels on their pages: each kind's own fields, and secrets that go in and never come out."""

import pytest

from notifications import chats, services
from notifications.channels.fields import FIELDS
from notifications.models import Delivery, Endpoint
from tests.hostile_text import PAYLOADS, Skeleton

SLACK = "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"
NTFY = {"url": "http://127.0.0.1:9", "topic": "ops", "token": "tk_secret"}


@pytest.fixture
def browser(browser_of, ada):
    return browser_of(ada)


@pytest.fixture
def channel(ada, loopback):
    return chats.create_channel("ntfy", NTFY, actor=ada, description="Ops")


def typed(**settings):
    form = {"description": "Ops", "severities": ["P1"], "is_active": "1"}
    return form | {f"setting-{name}": value for name, value in settings.items()}


def make(browser, kind, key="k-1", **settings):
    return browser.post("/channels/new", {**typed(**settings), "kind": kind, "idempotency_key": key})


def edit(browser, channel, remove=(), **settings):
    return browser.post(f"/channels/{channel.pk}", {**typed(**settings), "do": "edit", "remove": list(remove)})


def stored(channel):
    return chats.settings_of(Endpoint.objects.get(pk=channel.pk))


@pytest.mark.parametrize("kind", FIELDS)
def test_each_kind_has_a_form_with_its_own_fields(browser, kind):
    names = {
        attributes.get("name")
        for _, attributes in Skeleton(browser.get(f"/channels/new?kind={kind}").text).elements
        if attributes.get("id", "").startswith("setting-")
    }

    assert names == {f"setting-{field.name}" for field in FIELDS[kind]}
    assert f'href="/channels/new?kind={kind}"' in browser.get("/channels/new").text


def test_a_channel_is_made_once_for_a_double_tap_and_its_secret_not_shown(browser):
    answers = [make(browser, "slack", url=SLACK) for _ in range(2)]
    channel = Endpoint.objects.get()
    page = browser.get(answers[1]["Location"]).text

    assert [answer["Location"] for answer in answers] == [f"/channels/{channel.pk}"] * 2
    assert (stored(channel), channel.description, channel.severities) == ({"url": SLACK}, "Ops", ["P1"])
    assert "hooks.slack.com/services/T1" not in page
    assert "It is stored, and shown to nobody." in page
    assert ">Slack</span>" in browser.get("/channels").text


@pytest.mark.parametrize(
    ("given", "field"),
    [({"url": "https://hooks.slack.com.evil.example/services/T1/B1/x"}, "url"), ({"url": ""}, "url"), ({}, "url")],
)
def test_what_does_not_fit_is_told_and_the_secret_not_echoed(browser, given, field):
    answer = make(browser, "slack", **given)

    assert (answer.status_code, f'id="error-{field}"' in answer.text) == (400, True)
    assert "evil.example" not in answer.text
    assert answer.context["typed"]["description"] == "Ops"
    assert not Endpoint.objects.exists()


def test_a_secret_left_empty_stays_and_one_taken_away_goes(browser, channel):
    kept = edit(browser, channel, url=NTFY["url"], topic="", token="")
    after = stored(channel)
    edit(browser, channel, remove=["token"], url=NTFY["url"], topic="other", token="")

    assert kept["Location"] == f"/channels/{channel.pk}"
    assert after == NTFY
    assert stored(channel) == {"url": NTFY["url"], "topic": "other"}


def test_another_address_gets_no_secret_that_was_not_given_for_it(browser, channel):
    answer = edit(browser, channel, url="http://127.0.0.2:9", topic="", token="")

    assert answer.status_code == 400
    assert "Give it again, since the address changes." in answer.text
    assert "tk_secret" not in answer.text
    assert stored(channel) == NTFY


def test_it_is_tested_and_deleted_like_a_webhook(browser, channel):
    page = f"/channels/{channel.pk}"
    tested = browser.post(page, {"do": "test", "idempotency_key": "k-1"})
    deleted = browser.post(page, {"do": "delete", "idempotency_key": "k-2"})

    assert tested["Location"] == f"{page}?test={Delivery.objects.get().pk}#test"
    assert deleted["Location"] == "/channels"
    assert not Endpoint.objects.exists()


def test_a_webhook_is_no_channel_and_a_channel_no_webhook(browser, channel, ada):
    webhook = services.create_webhook(url="http://127.0.0.1:9/hook", actor=ada)[0]

    assert browser.get(f"/channels/{webhook.pk}").status_code == 404
    assert browser.get(f"/webhooks/{channel.pk}").status_code == 404
    assert "Ops" not in browser.get("/webhooks").text


def test_one_whose_key_is_gone_can_be_given_again(browser, channel, settings):
    settings.SEALING_KEYS = ["another"]
    page = browser.get(f"/channels/{channel.pk}").text
    edit(browser, channel, **NTFY)

    assert "the key that sealed it is gone" in page
    assert stored(channel) == NTFY


def test_hostile_names_and_settings_are_text(browser, channel):
    chats.edit_channel(channel.pk, {"url": NTFY["url"]}, actor=None, description="x")
    plain = [Skeleton(browser.get(path).text).shape for path in ("/channels", f"/channels/{channel.pk}")]

    for text in PAYLOADS[::4]:
        Endpoint.objects.update(description=text[:100])
        shapes = [Skeleton(browser.get(path).text).shape for path in ("/channels", f"/channels/{channel.pk}")]
        assert shapes == plain, text


def test_the_list_costs_the_same_for_one_and_for_five(browser, channel, ada, django_assert_num_queries):
    for number in (0, 4):
        for _ in range(number):
            chats.create_channel("ntfy", NTFY, actor=ada)
        with django_assert_num_queries(3):
            browser.get("/channels")
