"""GET /v1/users/me/limits, and quotas: what a person's or a token's own budgets change."""

import pytest

from core.errors import Invalid
from users import quotas
from users.models import AuditEntry
from users.tests.conftest import log_in

BODY = {"title": "Disk full on db-7", "severity": "P1"}
CLASSES = ["writes", "reads", "search", "exports", "logins"]


@pytest.fixture(autouse=True)
def long_windows(settings):
    """No test meets the edge of one."""
    settings.RATE_LIMITS = {name: (limit, 86_400, 0) for name, (limit, *_) in settings.RATE_LIMITS.items()}


def limits(api):
    answer = api.get("/v1/users/me/limits")
    assert answer.status_code == 200
    return {row["class"]: row for row in answer.json()["limits"]}


def test_budgets_and_their_use_are_told_for_each_class(as_user, rui):
    api = as_user(rui)
    api.post("/v1/incidents", BODY)
    api.get("/v1/incidents?q=disk")
    api.get("/v1/incidents.jsonl").getvalue()
    found = limits(api)

    assert list(found) == CLASSES
    assert [(row["limit"], row["used"], row["remaining"]) for row in found.values()] == [
        *((100, 1, 99), (1200, 1, 1199), (120, 1, 119), (10, 1, 9), (10, 0, 10))
    ]
    assert {row["counted_for"] for row in found.values()} == {"user"}


def test_failed_log_ins_are_told_of(client, as_user, kim):
    log_in(client, password="wrong and long enough")

    assert (limits(as_user(kim))["logins"]["used"], limits(as_user(kim))["logins"]["remaining"]) == (1, 9)


@pytest.mark.parametrize("off", ["switched off", "no Redis"])
def test_without_a_count_it_says_so(as_user, rui, settings, off):
    settings.RATE_LIMITS_ENABLED = off != "switched off"
    if off == "no Redis":
        settings.CACHES = settings.CACHES | {
            "default": {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}
        }
    body = as_user(rui).get("/v1/users/me/limits").json()

    assert body["is_counted"] is False
    assert [row["used"] for row in body["limits"]] == [None, None, None, None, 0]


def test_a_person_s_quota_counts_from_the_next_call_on(as_user, ada, rui):
    api = as_user(rui)
    quotas.set_of_user(rui.pk, {"writes": 1}, actor=ada)
    spent = [api.post("/v1/incidents", BODY).status_code for _ in range(2)]
    quotas.set_of_user(rui.pk, {"writes": 3}, actor=ada)
    raised = api.post("/v1/incidents", BODY)

    assert (spent, raised.status_code) == ([201, 429], 201)
    assert raised["RateLimit-Policy"] == '"writes";q=3;w=86400'
    entry = AuditEntry.objects.get(action="quotas.changed", before={"writes": 1})
    assert (entry.actor, entry.target_id, entry.after) == (ada, rui.pk, {"writes": 3})


def test_a_token_with_a_quota_spends_nothing_of_its_owner(as_user, ada, rui):
    api, other = as_user(rui), as_user(rui)
    quotas.set_of_token(rui.tokens.earliest("id").pk, {"writes": 2}, actor=ada)
    statuses = [api.post("/v1/incidents", BODY).status_code for _ in range(3)]

    assert statuses == [201, 201, 429]
    assert (limits(api)["writes"]["counted_for"], limits(api)["reads"]["counted_for"]) == ("token", "user")
    assert limits(other)["writes"]["used"] == 0


def test_a_quota_of_reads_counts_on_the_short_way_too(as_user, ada, rui, incident):
    api, path = as_user(rui), f"/v1/incidents/{incident.pk}"
    api.get(path)
    quotas.set_of_user(rui.pk, {"reads": 3}, actor=ada)
    answers = [api.get(path) for _ in range(4)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert [answer["RateLimit"].partition(";t")[0] for answer in answers] == [f'"reads";r={n}' for n in (2, 1, 0, 0)]
    assert answers[1]["X-Cache"] == "HIT"


@pytest.mark.parametrize("wrong", [{"writes": 0}, {"writes": 1_000_001}, {"logins": 5}])
def test_a_quota_that_does_not_fit_is_refused(ada, rui, wrong):
    with pytest.raises(Invalid):
        quotas.set_of_user(rui.pk, wrong, actor=ada)

    assert not AuditEntry.objects.filter(action="quotas.changed").exists()


def test_quotas_cost_no_query(as_user, ada, rui, incident, django_assert_num_queries):
    api = as_user(rui)
    token = rui.tokens.get().pk
    quotas.set_of_user(rui.pk, {"reads": 50}, actor=ada)
    quotas.set_of_token(token, {"reads": 60}, actor=ada)
    api.get(f"/v1/incidents/{incident.pk}")

    with django_assert_num_queries(1):
        answer = api.get(f"/v1/incidents/{incident.pk}")
    assert answer["RateLimit-Policy"] == '"reads";q=60;w=86400'
