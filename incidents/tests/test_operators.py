"""The operators of `q`, through the API. How they are read is in test_query_language.py."""

from urllib.parse import quote

import pytest

from incidents import lifecycle, services
from incidents.models import Incident
from incidents.tests.conftest import named, numbers, results

URL = "/v1/incidents"


@pytest.fixture
def find(as_user, rui):
    """`find(q)`: the titles, newest first."""
    api = as_user(rui)
    return lambda q: [row["title"] for row in results(api.get(f"{URL}?q={quote(q)}"))]


def test_status_and_severity(find, opened, rui):
    opened(title="one", severity="P1")
    lifecycle.change_status(opened(title="two", severity="P2").pk, "ACK", actor=rui)
    lifecycle.change_status(opened(title="three", severity="P3").pk, "RESOLVED", actor=rui)

    assert find("status:open") == ["one"]
    assert find("status:open status:ack") == find("status:open,acknowledged") == ["two", "one"]
    assert find("-status:resolved severity:p1,p2") == ["two", "one"]
    assert find("-severity:P1 -severity:P2") == ["three"]
    assert find("status:open severity:P3") == []


def test_people_are_found_by_whatever_they_are_called_by(find, opened, ada, rui):
    opened(title="nobody's")
    opened(title="Ada's", assignee=ada)
    opened(title="by Ada", actor=ada, assignee=rui)

    for name in ("ada", '"Ada"', "ADA@example.com", str(ada.pk)):
        assert find(f"assignee:{name}") == ["Ada's"]
        assert find(f"creator:{name}") == ["by Ada"]
    assert find("assignee:me") == ["by Ada"]
    assert find("assignee:none") == ["nobody's"]
    assert find("-assignee:ada") == ["by Ada", "nobody's"]
    assert find("assignee:none,ada -creator:ada") == ["Ada's", "nobody's"]


def test_a_part_of_a_name_begins_a_word_of_it(find, opened, ada):
    ada.name = "Ada Lovelace"
    ada.save(update_fields=["name"])
    opened(title="hers", assignee=ada)

    assert find("assignee:lov") == find('assignee:"Ada Love"') == ["hers"]


def test_days_are_those_of_the_caller(find, opened, rui):
    incident = opened(title="late")
    Incident.objects.filter(pk=incident.pk).update(created_at="2026-03-01T23:30:00Z", version=2)
    rui.timezone = "Europe/Madrid"
    rui.save(update_fields=["timezone"])

    for hit in ("2026-03-02", ">=2026-03-02", ">2026-03-01", "<=2026-03-02", "<2026-03-03", "2026-03-01T23:30:00Z"):
        assert find(f"created:{hit}") == ["late"], hit
    for miss in ("2026-03-01", ">=2026-03-03", ">2026-03-02", "<2026-03-02", "<=2026-03-01", ">2026-03-01T23:30:00Z"):
        assert find(f"created:{miss}") == [], miss


def test_each_time_has_its_operator(find, opened, rui):
    incident = opened(title="done")
    opened(title="open")
    lifecycle.change_status(incident.pk, "ACK", actor=rui)
    lifecycle.change_status(incident.pk, "RESOLVED", actor=rui)

    assert find("resolved:>2026-01-01") == find("acknowledged:>2026-01-01") == ["done"]
    assert find("-resolved:>2026-01-01") == ["open"]
    assert find("updated:>2026-01-01 created:>2026-01-01") == ["open", "done"]
    assert find("resolved:<2026-01-01") == []


def test_an_incident_is_found_by_its_number(as_user, rui, opened):
    one, two, three = (opened().number for _ in range(3))
    api = as_user(rui)

    assert numbers(api.get(f"{URL}?q=%23{two}")) == numbers(api.get(f"{URL}?q=number:{two}")) == [two]
    assert numbers(api.get(f"{URL}?q=number:>{one}")) == [three, two]
    assert numbers(api.get(f"{URL}?q=%23{one}%20%23{three}")) == [three, one]
    assert numbers(api.get(f"{URL}?q=number:>={one}%20-%23{two}")) == [three, one]


def test_operators_stand_beside_words_and_parameters(find, as_user, rui, opened):
    opened(title="disk full", severity="P1")
    opened(title="disk slow", severity="P2")
    memory = opened(title="memory full", severity="P1")
    services.comment(memory.pk, body="and the disk", actor=rui)

    assert find("severity:P1 disk") == ["memory full", "disk full"]
    assert find('disk severity:P1,P2 -"disk slow"') == ["memory full", "disk full"]
    path = f"{URL}?q=disk%20severity:P1&ordering={{}}&assignee=none&severity=P1"
    for ordering, first in (("-created_at", "memory full"), ("created_at", "disk full"), ("relevance", "disk full")):
        assert results(as_user(rui).get(path.format(ordering)))[0]["title"] == first


def test_pages_keep_the_operators(as_user, rui, opened):
    mine = [opened(severity="P1").number for _ in range(3)]
    opened(severity="P2")
    api = as_user(rui)

    first = api.get(f"{URL}?q=severity:P1&limit=2")
    assert numbers(first) + numbers(api.get(first.json()["next"])) == mine[::-1]


@pytest.mark.parametrize(
    ("q", "told"),
    [
        ("disk statsu:open", "position 5:"),
        ("assignee:nobody-here", "nobody called “nobody-here”"),
        ("created:>soon", "position 9:"),
        ("created:<0001-01-01", "position 9:"),
        ("created:9999-12-31", "position 8:"),
        ("resolved:2026-02-30", "Write a day"),
    ],
)
def test_what_is_not_understood_is_refused_with_its_position(as_user, rui, q, told):
    rui.timezone = "Asia/Tokyo"
    rui.save(update_fields=["timezone"])

    response = as_user(rui).get(f"{URL}?q={quote(q)}")

    assert named(response, "q")
    assert told in response.json()["details"]["q"][0]


def test_nobody_has_nothing_that_is_mine(as_user, settings):
    settings.API_ANONYMOUS_ROLE = "viewer"

    assert as_user().get(f"{URL}?q=assignee:me").status_code == 401


def test_only_words_can_be_ranked(as_user, rui):
    assert named(as_user(rui).get(f"{URL}?q=status:open&ordering=relevance"), "ordering")


def test_an_export_takes_the_operators(as_user, rui, opened):
    opened(title="one", severity="P1")
    opened(title="two", severity="P2")

    lines = as_user(rui).get(f"{URL}.jsonl?q=severity:P1").getvalue().splitlines()

    assert len(lines) == 1
    assert b'"one"' in lines[0]


HOSTILE = [
    "%", "%s", "%%(x)s", "{", "{0}", "\\", "\\'", "'); DROP TABLE x; --",
    "'':*", "\\'*ab*", "ab'*", "ab\\*", "ab%*", "ab{*", "é́*", "\ufdd0ab\ufdd1*",
    'assignee:"%"', "assignee:\\", "assignee:_'", "creator:@", "creator:'", "created:>%s",
    "number:%", "#{}", "-%", '-"%s"', "-ab'*", "or or", "- -or",
    "status:", ":open", "::", "\U0001f4a9*", "\u202eab*", "ab\r\n-cd*",
    "<b>ab</b>*", "a&b|c!(d)*", "ab:*A", "\x01\x02ab*", "x" * 200, "ab* " * 50, "-ab " * 50,
]  # fmt: skip


@pytest.mark.parametrize(
    "path", ["/v1/incidents?typos=true&highlight=true", "/v1/incidents?ordering=relevance", "/v1/incidents.csv?"]
)
def test_nothing_that_is_typed_is_an_error_of_ours(as_user, rui, opened, path, settings):
    settings.RATE_LIMITS_ENABLED = False
    opened(title="ab' ab\\ ab% ab{ <b>ab</b>", description="ab cd \ufdd0ab\ufdd1")
    api = as_user(rui)

    answers = {q: api.get(f"{path}&q={quote(q)}").status_code for q in HOSTILE}

    assert {q: status for q, status in answers.items() if status not in (200, 400)} == {}
    assert list(answers.values()).count(200) > 25
