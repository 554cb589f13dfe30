"""Which budget pays for a call, what a burst adds, and what callers of one address share."""

from types import SimpleNamespace

import pytest
from django_ratelimit import core as ratelimit

BODY = "{"  # it is refused after it has been counted, and costs little


def limit(settings, **budgets):
    """In windows whose edge no test will meet."""
    settings.RATE_LIMITS = settings.RATE_LIMITS | {name: (most, 86_400, 0) for name, most in budgets.items()}


def policy(answer) -> str | None:
    return answer["RateLimit"].split('"')[1] if "RateLimit" in answer else None


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/v1/incidents", "reads"),
        ("HEAD", "/v1/incidents", "reads"),
        ("GET", "/v1/incidents?status=OPEN", "reads"),
        ("GET", "/v1/incidents?q=disk", "search"),
        ("HEAD", "/v1/incidents?q=disk", "search"),
        ("GET", "/v1/incidents.csv", "exports"),
        ("HEAD", "/v1/incidents.csv?q=disk", "exports"),
        ("GET", "/v1/incidents.jsonl", "exports"),
        ("GET", "/v1/users/me", "reads"),
        ("GET", "/v1/schema", "reads"),
        ("PATCH", "/v1/users/00000000-0000-7000-8000-000000000000", "writes"),
        ("OPTIONS", "/v1/incidents", None),
        ("PUT", "/v1/incidents", None),
        ("GET", "/v1/nothing", None),
        ("GET", "/health", None),
    ],
)
def test_each_call_is_paid_for_by_one_budget(as_user, ada, method, path, expected):
    assert policy(as_user(ada).call(method, path, {} if method == "PATCH" else None)) == expected


def test_each_budget_is_refused_by_itself_and_named(as_user, ada, settings):
    limit(settings, writes=0, reads=0, search=0, exports=0)
    api = as_user(ada)
    refused = {
        "reads": api.get("/v1/incidents"),
        "search": api.get("/v1/incidents?q=disk"),
        "exports": api.get("/v1/incidents.csv"),
        "writes": api.post("/v1/incidents", BODY),
    }

    assert {answer.status_code for answer in refused.values()} == {429}
    assert [answer.json()["details"]["violated_policies"] for answer in refused.values()] == [
        [name] for name in refused
    ]
    limit(settings, reads=1)
    assert [api.get("/v1/incidents?q=disk").status_code, api.get("/v1/incidents").status_code] == [429, 200]


def test_a_burst_is_spent_after_the_rate_and_is_back_after_ten_windows(as_user, rui, settings, monkeypatch):
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"writes": (2, 60, 3)}
    now = SimpleNamespace(at=1_800_000_000)
    monkeypatch.setattr(ratelimit, "time", SimpleNamespace(time=lambda: now.at))
    api, seen = as_user(rui), []
    for _ in range(11):
        answers = [api.post("/v1/incidents", BODY) for _ in range(6)]
        seen.append([answer.status_code for answer in answers].count(400))
        now.at += 60

    assert answers[0]["RateLimit-Policy"] == '"writes";q=2;w=60;b=3'
    assert seen[0] == 5
    assert (seen.count(5), seen.count(2)) == (2, 9)  # the ten windows begin elsewhere for each caller


def test_what_is_left_counts_the_burst(as_user, rui, settings):
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"writes": (2, 86_400, 2)}
    answers = [as_user(rui).post("/v1/incidents", BODY) for _ in range(5)]

    assert [answer["RateLimit"].split(";")[1] for answer in answers] == ["r=3", "r=2", "r=1", "r=0", "r=0"]
    assert [answer.status_code for answer in answers] == [400, 400, 400, 400, 429]


def test_callers_of_one_address_share_a_wider_budget_that_the_refused_do_not_spend(as_user, ada, rui, vera, settings):
    limit(settings, writes=3)
    settings.RATE_LIMIT_CALLERS_PER_ADDRESS = 2
    path = f"/v1/users/{vera.pk}"
    greedy = [as_user(rui).post("/v1/incidents", BODY).status_code for _ in range(20)]
    others = [as_user(ada).post("/v1/incidents", BODY).status_code for _ in range(3)]
    refused = as_user(vera).patch(path, {})

    assert (greedy, others) == ([400] * 3 + [429] * 17, [400] * 3)
    assert refused.status_code == 429
    assert refused.json()["details"] == {"violated_policies": ["address"]}
    assert refused["RateLimit-Policy"] == '"address";q=6;w=86400'
    settings.RATE_LIMIT_CALLERS_PER_ADDRESS = 0
    assert as_user(vera).patch(path, {}).status_code == 200
