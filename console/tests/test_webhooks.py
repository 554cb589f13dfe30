"""Webhooks on their pages: made with a secret that is shown once, tested, changed, and how they are doing."""

import re

import pytest

from core.sealing import unseal
from notifications import queue, services
from notifications.models import Delivery, Endpoint, State
from notifications.outcome import Outcome, Verdict
from tests.hostile_text import PAYLOADS, Skeleton
from users.models import AuditEntry

FORM = {
    "url": "http://127.0.0.1:9/hook",
    "description": "Status page",
    "events": ["incident.created"],
    "is_active": "1",
}


@pytest.fixture
def browser(browser_of, ada):
    return browser_of(ada)


@pytest.fixture
def webhook(ada, loopback):
    return services.create_webhook(url=FORM["url"], description="Status page", actor=ada)[0]


def make(browser, key="k-1", **changes):
    return browser.post("/webhooks/new", {**FORM, "idempotency_key": key, **changes})


def do(browser, webhook, what, key="k-1", **form):
    return browser.post(f"/webhooks/{webhook.pk}", {"do": what, "idempotency_key": key, **form})


def secret_in(response):
    return re.search(r'<code class="secret">(whsec_[\w+/=]+)</code>', response.text)[1]


def attempt(**outcome):
    """Whatever is due is sent, as a worker does it, with this outcome."""
    for claimed in queue.claim(10):
        queue.record_all([(claimed, Outcome(**outcome))])


def test_a_webhook_is_made_and_its_secret_shown_once(browser, loopback):
    made = make(browser)
    webhook = Endpoint.objects.get()
    page = browser.get(f"/webhooks/{webhook.pk}").text

    assert unseal(webhook.secret) == secret_in(made)
    assert (webhook.url, webhook.events, webhook.is_active) == (FORM["url"], ["incident.created"], True)
    assert made["Cache-Control"] == "private, no-store"
    assert "whsec_" not in page
    assert "Not used yet" in page


def test_a_double_tap_makes_one(browser, loopback):
    make(browser)
    again = make(browser)

    assert again["Location"] == f"/webhooks/{Endpoint.objects.get().pk}"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("url", "https://10.0.0.1/"),
        ("url", "not an address"),
        ("url", ""),
        ("description", "x" * 101),
        ("description", "a\0b"),
        ("events", ["incident.exploded"]),
        ("severities", ["P9"]),
        ("idempotency_key", ""),
    ],
)
def test_what_does_not_fit_makes_none_and_is_kept(browser, loopback, field, value):
    response = make(browser, **{field: value})

    assert response.status_code == 400
    assert f'id="error-{field}"' in response.text or field == "idempotency_key"
    assert response.context["typed"]["description"] == (value if field == "description" else "Status page")
    assert not Endpoint.objects.exists()


def test_it_is_changed_and_switched_off(browser, webhook):
    form = {**FORM, "description": "Other", "severities": ["P1", "P2"]}
    del form["is_active"]
    answer = do(browser, webhook, "edit", **form)
    webhook.refresh_from_db()

    assert answer["Location"] == f"/webhooks/{webhook.pk}"
    assert (webhook.description, webhook.severities, webhook.is_active) == ("Other", ["P1", "P2"], False)
    assert "Switched off" in browser.get("/webhooks").text
    assert AuditEntry.objects.filter(action="webhook.changed").count() == 1


def test_a_change_that_does_not_fit_is_told_beside_its_field(browser, webhook):
    answer = do(browser, webhook, "edit", **{**FORM, "url": "https://192.168.1.1/"})

    assert (answer.status_code, 'id="error-url"' in answer.text) == (400, True)
    assert "192.168.1.1" in answer.text
    assert Endpoint.objects.get().url == FORM["url"]


def test_a_new_secret_is_shown_once_and_made_once(browser, webhook):
    rotated = do(browser, webhook, "rotate")
    again = do(browser, webhook, "rotate")
    webhook.refresh_from_db()

    assert unseal(webhook.secret) == secret_in(rotated)
    assert again["Location"] == f"/webhooks/{webhook.pk}"
    assert AuditEntry.objects.filter(action="webhook.secret_rotated").count() == 1


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        ({"verdict": Verdict.DELIVERED, "status": 204, "seconds": 0.012}, "The test arrived.</strong> Answered 204"),
        (
            {"verdict": Verdict.RETRY, "status": 500, "error": "It answered <500>.", "tries": 1},
            "It answered &lt;500&gt;.",
        ),
    ],
)
def test_a_test_tells_what_came_of_it(browser, webhook, outcome, words):
    answer = do(browser, webhook, "test")
    delivery = Delivery.objects.get()
    waiting = browser.get(answer["Location"]).text
    attempt(**outcome)
    fragment = browser.get(f"/deliveries/{delivery.pk}/outcome").text

    assert answer["Location"] == f"/webhooks/{webhook.pk}?test={delivery.pk}#test"
    assert f'hx-get="/deliveries/{delivery.pk}/outcome"' in waiting
    assert words in browser.get(answer["Location"]).text
    assert words in fragment
    assert "<html" not in fragment
    assert "hx-get" not in fragment


def test_a_test_that_nobody_sends_is_not_waited_for_for_ever(browser, webhook):
    do(browser, webhook, "test")
    Delivery.objects.update(created_at="2026-01-01T00:00:00Z")
    fragment = browser.get(f"/deliveries/{Delivery.objects.get().pk}/outcome").text

    assert "Is a worker running?" in fragment
    assert "hx-get" not in fragment


def test_a_double_tap_tests_once(browser, webhook):
    places = {do(browser, webhook, "test")["Location"] for _ in range(2)}

    assert (len(places), Delivery.objects.count()) == (1, 1)


def test_what_went_there_since_is_sent_again(browser, webhook):
    services.ping(webhook.pk, actor=None)
    attempt(verdict=Verdict.DELIVERED)
    answer = do(browser, webhook, "redeliver", since="2026-01-01T00:00")
    wrong = do(browser, webhook, "redeliver", key="k-2", since="yesterday")

    assert answer.status_code == 303
    assert Delivery.objects.get().state == State.PENDING
    assert (wrong.status_code, "Choose a date and a time." in wrong.text) == (400, True)


def test_it_is_deleted_and_what_it_was_sent_stays(browser, webhook):
    services.ping(webhook.pk, actor=None)
    answer = do(browser, webhook, "delete")

    assert answer["Location"] == "/webhooks"
    assert not Endpoint.objects.exists()
    assert Delivery.objects.get().state == State.CANCELLED


@pytest.mark.parametrize("what", ["", "explode"])
def test_nothing_else_can_be_done(browser, webhook, what):
    assert do(browser, webhook, what).status_code == 400


def test_how_it_does_stands_in_the_list(browser, webhook):
    services.ping(webhook.pk, actor=None)
    attempt(verdict=Verdict.RETRY, error="no")
    failing = browser.get("/webhooks").text
    services.disable_endpoint(webhook.pk, "It answered 410: it wants no more.")
    disabled = browser.get("/webhooks").text

    assert "every attempt has failed for" in failing
    assert "1 waiting" in failing
    assert "It answered 410: it wants no more." in disabled
    assert "1 parked" in disabled


@pytest.mark.parametrize("path", ["/webhooks", "/webhooks/{}", "/deliveries"])
def test_a_hostile_description_is_text(browser, webhook, path):
    plain = Skeleton(browser.get(path.format(webhook.pk)).text)
    for text in PAYLOADS[::4]:
        Endpoint.objects.update(description=text[:100])
        page = Skeleton(browser.get(path.format(webhook.pk)).text)

        assert (page.shape, page.comments) == (plain.shape, plain.comments), text


def test_the_list_costs_the_same_for_one_and_for_five(browser, webhook, ada, django_assert_num_queries):
    for number in (0, 4):
        for _ in range(number):
            made = services.create_webhook(url=FORM["url"], actor=ada)[0]
            services.ping(made.pk, actor=None)
        with django_assert_num_queries(3):
            browser.get("/webhooks")


def test_a_webhook_page_costs_few_queries(browser, webhook, django_assert_max_num_queries):
    for _ in range(12):
        delivery = services.ping(webhook.pk, actor=None)

    with django_assert_max_num_queries(7):
        browser.get(f"/webhooks/{webhook.pk}?test={delivery.pk}")
