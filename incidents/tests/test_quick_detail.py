"""The short way to the cached detail answers what the long way answers, and nothing that the long way refuses."""

from ipaddress import ip_network

import pytest
from django.db import OperationalError, connection
from django.test import RequestFactory

from core import callers, security
from incidents import quick_detail, services
from users import services as user_services
from users import tokens


def url(incident) -> str:
    return f"/v1/incidents/{incident.pk}"


def never(request):
    raise AssertionError("This request was to be answered before.")


@pytest.fixture
def api(as_user, vera, incident):
    """Vera, whose token has been noted, and the detail in the cache: from here on the way is short."""
    api = as_user(vera, scope="read")
    api.get(url(incident))
    return api


def test_one_query_answers_as_many_did_and_with_the_same_headers(api, incident, django_assert_num_queries):
    api_in_full = api.get(f"{url(incident)}")
    long = api.get(url(incident), headers={"If-None-Match": '"0.0.0"'})  # only the view knows this header
    with django_assert_num_queries(1):
        short = api.get(url(incident))

    ignored = {"X-Request-ID", "RateLimit"}
    assert api_in_full.content == long.content == short.content
    assert {k: v for k, v in long.headers.items() if k not in ignored} == {
        k: v for k, v in short.headers.items() if k not in ignored
    }
    assert short.headers["X-Cache"] == "HIT"


def test_a_change_is_seen_at_once(api, incident, rui):
    services.comment(incident.pk, body="It is the log volume.", actor=rui)

    assert api.get(url(incident)).json()["events"][-1]["data"] == {"body": "It is the log volume."}


def test_a_revoked_token_is_refused_at_once(api, vera, incident):
    token = vera.tokens.get()
    tokens.revoke_token(token.pk, actor=None)

    assert api.get(url(incident)).status_code == 401


def test_a_deactivated_user_is_refused_at_once(api, vera, ada, incident):
    user_services.edit_user(vera.pk, is_active=False, actor=ada)

    assert api.get(url(incident)).status_code == 401


def test_a_deleted_incident_is_gone_though_its_bytes_are_still_cached(api, incident, ada):
    services.delete_incident(incident.pk, actor=ada)

    assert api.get(url(incident)).json()["code"] == "INCIDENT_NOT_FOUND"


@pytest.mark.parametrize(
    ("path", "status"), [("?", 200), ("?x=1", 400), ("/", 404), ("/events", 200), ("%0A", 404), ("/status", 405)]
)
def test_every_other_question_takes_the_long_way(api, incident, path, status):
    assert api.get(url(incident) + path).status_code == status


def test_a_host_that_is_not_served_is_refused_here_too(api, incident):
    refused = api.get(url(incident), Host="evil.example")

    assert (refused.status_code, refused.json()["code"]) == (400, "VALIDATION_ERROR")
    assert api.get(url(incident)).headers["X-Cache"] == "HIT"


def test_behind_a_proxy_that_speaks_https_it_says_so_as_the_long_way_does(
    api, as_user, incident, settings, monkeypatch
):
    monkeypatch.setattr(security, "headers_of_json", security.headers_of_json.__wrapped__)
    settings.TRUSTED_PROXIES = [ip_network("127.0.0.1")]
    settings.SECURE_HSTS_SECONDS = 3600
    by_https = {"Authorization": api.headers["Authorization"], "X_Forwarded_Proto": "https"}
    long = as_user().get(url(incident), If_None_Match='"0.0.0"', **by_https)
    short = as_user().get(url(incident), **by_https)

    assert short.headers["Strict-Transport-Security"] == long.headers["Strict-Transport-Security"] == "max-age=3600"
    assert "Strict-Transport-Security" not in api.get(url(incident)).headers


def test_it_runs_ahead_of_all_other_middleware_and_keeps_the_id_that_was_sent(api, incident):
    request = RequestFactory().get(url(incident), headers={**api.headers, "X-Request-ID": "req-1"})
    response = quick_detail.QuickDetailMiddleware(never)(request)

    assert (response.status_code, response.headers["X-Request-ID"]) == (200, "req-1")


def test_its_caller_stands_in_the_log(api, vera, incident, caplog):
    api.get(url(incident))

    assert caplog.records[-1].user_id == str(vera.pk)
    assert caplog.records[-1].cache == "HIT"


def test_no_token_of_any_level_would_be_turned_away_here():
    assert callers.READ.role == callers.READ.scope == min(callers.Level)


def test_reads_that_are_looked_up_together_are_counted_one_by_one(as_user, rui, ada, incident, settings):
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"reads": (4, 86_400, 0)}
    path = f"/v1/incidents/{incident.pk}"
    secrets = [tokens.issue_token(user, name="t", scope="read", actor=None)[1] for user in (rui, rui, ada)]
    for secret in secrets:
        as_user().get(path, Authorization=f"Bearer {secret}")  # noted as used, and cached
    environs = [RequestFactory().get(path, HTTP_AUTHORIZATION=f"Bearer {secret}").META for secret in secrets * 2]

    assert [answer.status for answer in quick_detail.answers(environs)] == [200, 200, 200, 429, 429, 200]


def test_a_database_that_is_away_is_told_to_all_who_ask_together_and_logged_once(api, incident, caplog):
    def away(*_call):
        raise OperationalError

    environs = [RequestFactory().get(url(incident), headers=api.headers).META for _ in range(2)]
    with connection.execute_wrapper(away):
        answers = quick_detail.answers(environs)

    assert [answer.status for answer in answers] == [503, 503]
    assert [record.getMessage() for record in caplog.records][-3:] == ["database_unavailable", "request", "request"]
