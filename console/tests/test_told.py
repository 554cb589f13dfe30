"""On the page of an incident: who was told what, when, and with what result."""

import pytest
from django.urls import reverse

from notifications import queue, services
from notifications.models import Delivery, Endpoint, Entry
from tests.hostile_text import PAYLOADS, Skeleton

ADDRESS = "http://127.0.0.1:9/secret-path"


@pytest.fixture
def page(incident):
    return reverse("console:incident", args=[incident.pk])


@pytest.fixture
def webhook(ada, loopback):
    return services.create_webhook(url=ADDRESS, actor=ada)[0]


@pytest.fixture
def told(incident):
    """`told(endpoint=…)` is a delivery that failed with an answer."""

    def make(**target):
        delivery = Delivery.objects.create(
            key=f"event:{Delivery.objects.count()}",
            type="incident.created",
            kind="mail" if "person" in target else "webhook",
            target=ADDRESS,
            incident_id=incident.pk,
            payload="{}",
            state="FAILED",
            finished_at="2026-11-24T12:00:00Z",
            attempts=8,
            **target,
        )
        Entry.objects.create(delivery=delivery, type="ATTEMPTED", number=8, answer="their answer", note="their error")
        return delivery

    return make


@pytest.mark.parametrize("name", ["vera", "rui"])
def test_everybody_sees_names_and_results_but_no_address_and_no_answer(
    request, browser_of, page, webhook, told, ada, name
):
    told(endpoint=webhook)
    told(person=ada)
    html = browser_of(request.getfixturevalue(name)).get(page).text.partition('id="told-head"')[2]

    for words in ("Webhook", "Ada", "Failed", "8 attempts", "Incident opened"):
        assert words in html
    for words in ("secret-path", "their answer", "their error", "/deliveries"):
        assert words not in html


def test_an_administrator_is_led_to_each_delivery(browser_of, ada, page, incident, webhook, told):
    delivery = told(endpoint=webhook)
    addresses = set(Skeleton(browser_of(ada).get(page).text).addresses())

    assert {f"/deliveries/{delivery.pk}", f"/deliveries?incident={incident.number}"} <= addresses


def test_what_waits_and_what_is_parked_say_so(browser_of, vera, page, webhook, told):
    delivery = told(endpoint=webhook)
    services.redeliver(delivery.pk, actor=None)
    waiting = browser_of(vera).get(page).text
    queue.claim(1)
    sending = browser_of(vera).get(page).text
    services.disable_endpoint(webhook.pk, "It answered 410.")
    Delivery.objects.update(attempt_id=None)

    assert "Waiting" in waiting
    assert "On its way" in sending
    assert "Parked" in browser_of(vera).get(page).text


def test_an_incident_that_nobody_was_told_of_says_so(browser_of, vera, page):
    assert "Nobody yet" in browser_of(vera).get(page).text


def test_the_newest_twenty_stand_there_at_the_same_cost(
    browser_of, vera, ada, page, webhook, told, django_assert_num_queries
):
    told(endpoint=webhook)
    browser = browser_of(vera)
    for _ in range(2):
        with django_assert_num_queries(6):
            answer = browser.get(page)
        for number in range(12):
            told(**({"person": ada} if number % 2 else {"endpoint": webhook}))

    assert len(browser.get(page).context["told"]) == 20
    assert "these are the newest 20" in browser.get(page).text
    assert answer.text.count("told-who") == 13


def test_a_hostile_description_is_text(browser_of, ada, page, webhook, told):
    told(endpoint=webhook)
    Endpoint.objects.update(description="x")
    plain = Skeleton(browser_of(ada).get(page).text).shape

    for text in PAYLOADS[::4]:
        Endpoint.objects.update(description=text[:100])
        assert Skeleton(browser_of(ada).get(page).text).shape == plain, text
