"""A webhook leads to no address that it should not: not when it is made, changed, tried, used or used again."""

import ipaddress

import pytest
from django.db import connection

from core import outbound
from core.tests.conftest import names  # noqa: F401  a fixture
from core.tests.network_edge import connects
from core.tests.raw_receiver import Receiver
from notifications.models import Endpoint
from notifications.tests.test_webhooks import invalid

URL = "/v1/webhooks"
FORBIDDEN = [
    *(
        "http://127.0.0.1/",
        "http://127.1/",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://017700000001/",
        "http://0/",
    ),
    *("http://①②⑦.⓪.⓪.①/", "http://127。0。0。1/", "http://localhost/", "http://localhost:6379/", "http://10.0.0.1/"),
    *("http://[::1]/", "http://[::ffff:169.254.169.254]/", "http://[64:ff9b::a9fe:a9fe]/", "http://[2002:7f00:1::]/"),
    *("http://[::127.0.0.1]/", "http://100.64.0.1/", "http://[fe80::1%25eth0]/", "http://169.254.169.254/latest/"),
    *(
        "http://a.example\\@127.0.0.1/",
        "http://1.1.1.1 &@2.2.2.2# @3.3.3.3/",
        "http://a.example#@b/",
        "http://u:p@a.example/",
    ),
    *(
        "gopher://a.example/",
        "file://a.example/secret",
        "http://a.example:6379/",
        "http://mixed.example/",
        "http://nobody.example/",
    ),
    *(
        "https://a.example/" + "x" * 2048,
        "//a.example/",
        "a.example",
        "https://",
        "https://a.example/\r\nX: y",
        " https://a.example",
    ),
]


@pytest.fixture(autouse=True)
def guarded(settings, names):  # noqa: F811  the fixture
    """As in production, but for the scheme: so it is not that which saves us."""
    settings.WEBHOOK_ALLOW_CIDRS = []
    settings.RATE_LIMITS_ENABLED = False
    names.answers |= {"localhost": ["::1", "127.0.0.1"], "mixed.example": ["93.184.215.14", "127.0.0.1"]}
    names.answers["nobody.example"] = None


@pytest.fixture
def api(as_user, ada):
    return as_user(ada)


def test_no_webhook_is_made_for_a_forbidden_address_nor_led_there(api):
    made = api.post(URL, {"url": "http://a.example/"}).json()
    with connects() as tried:
        for url in FORBIDDEN:
            assert invalid(api.post(URL, {"url": url}), "url"), url
            assert invalid(api.patch(f"{URL}/{made['id']}", {"url": url, "description": "x"}), "url"), url

    assert tried == []
    assert list(Endpoint.objects.values_list("url", "description")) == [("http://a.example/", "")]


def test_every_refusal_of_an_address_says_the_same(api):
    said = {
        api.post(URL, {"url": url}).content.partition(b'"details"')[2]
        for url in ("http://127.0.0.1:1/", "http://10.0.0.1/", "http://nobody.example/", "http://a.example:22/")
    }

    assert len(said) == 1


def test_https_alone_is_allowed_unless_a_setting_says_otherwise(api, settings):
    settings.WEBHOOK_ALLOW_HTTP = False

    assert invalid(api.post(URL, {"url": "http://a.example/"}), "url")
    assert api.post(URL, {"url": "https://a.example/"}).status_code == 201


@pytest.fixture
def rebound(api, names):  # noqa: F811  the fixture
    """A webhook whose name led to a public address when it was made, and leads to loopback since."""
    made = api.post(URL, {"url": "http://rebound.example/"}).json()
    names.answers["rebound.example"] = ["127.0.0.1"]
    return made


def told(api, webhook):
    """The answer and the error of each attempt of its newest delivery."""
    newest = api.get(f"/v1/deliveries?webhook={webhook['id']}").json()["results"][0]
    attempts = api.get(f"/v1/deliveries/{newest['id']}").json()["attempts"]
    return newest["id"], [(each["status"], each["answer"], each["error"]) for each in attempts]


def test_a_name_that_leads_elsewhere_by_now_is_not_called(api, rebound, opened, work, travel):
    refused = (None, "", outbound.UNREACHABLE)
    with connects() as tried:
        api.post(f"{URL}/{rebound['id']}/test")
        work()
        assert told(api, rebound)[1] == [refused]
        opened(severity="P3")
        work()
        travel(minutes=1)
        work()
        delivery, attempts = told(api, rebound)
        assert attempts == [refused] * 2
        api.post(f"/v1/deliveries/{delivery}/redeliver")
        work()

    assert told(api, rebound) == (delivery, [refused] * 3)
    assert tried == []


def test_it_would_be_called_where_that_network_is_allowed(api, rebound, work, settings):
    settings.WEBHOOK_ALLOW_CIDRS = [ipaddress.ip_network("127.0.0.0/8")]
    with connects() as tried:
        api.post(f"{URL}/{rebound['id']}/test")
        work()

    assert tried == [("127.0.0.1", 80)]


def test_a_redirect_is_an_answer_and_is_not_followed(api, receiver, opened, work, answering, settings):
    settings.WEBHOOK_ALLOW_CIDRS = [ipaddress.ip_network("127.0.0.0/8")]
    made = api.post(URL, {"url": receiver.url()}).json()
    with Receiver() as inner:
        answering(302, f"Location: {inner.url()}")
        opened(severity="P3")
        work()

    assert told(api, made)[1] == [(302, "ok", "It answered 302.")]
    assert inner.requests == []


OPEN = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle in transaction'"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("headers", [{}, {"Idempotency_Key": "k"}])
def test_a_name_is_looked_up_while_no_transaction_is_open(api, names, headers):  # noqa: F811  the fixture
    opened = []

    def answer():
        with connection.cursor() as cursor:  # of the thread that looks it up
            cursor.execute(OPEN)
            opened.append(cursor.fetchone()[0])
        connection.close()
        return ["93.184.215.14"]

    names.answers["slow.example"] = answer
    made = api.post(URL, {"url": "http://slow.example/"}, **headers)

    assert (made.status_code, opened) == (201, [0])
    assert invalid(api.post(URL, {"url": "http://10.0.0.1/"}, Idempotency_Key="l"), "url")
