"""Every list and page of the admin site: no count, the same queries for one row and for five, no 500."""

import itertools
import re

import pytest
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.corpus import sample_and_corpus

LISTS = [f"/admin/{model._meta.app_label}/{model._meta.model_name}/" for model in admin.site._registry]
COUNT = re.compile(r"\bcount\s*\(", re.IGNORECASE)
SAMPLE = ["q=a%00b", "q=%23" + "9" * 5000, "p=99999999999", "o=" + "9" * 5000, "%00=%00"]
HOSTILE = [
    "q=a%00b",
    "q=%ED%A0%80",
    "q=" + "x" * 5000,
    "q=%23" + "9" * 5000,
    "q=%25_%27%22%5C%3A%2A+%26+%7C+%21+%28%28&q=2",
    "p=0",
    "p=99999999999",
    "p=" + "9" * 5000,
    "p=99999999999&e=1",
    "o=1.2.3",
    "o=" + "9" * 5000,
    "all=&_facets=1&_popup=1&_changelist_filters=%00",
    "_to_field=password",
    "digest__startswith=x",
    "%00=%00",
]
HOSTILE_FILTERS = {
    "incident": [
        "status=x",
        "status=%00",
        "status=OPEN&status=ACK",
        "status__regex=(a%2B)%2B%24",
        "severity[]=P1",
        "assignee=%00",
        "assignee__password__startswith=a",
        "created=x",
        "created_by=x",
        "created_by=" + "9" * 5000,
        "created_at__gte=99999-01-01",
    ],
    "incidentevent": ["incident=x", "incident=%00"],
    "user": ["role=%00", "active=2", "password__startswith=m"],
    "apitoken": ["user=x", "user__password__startswith=m", "revoked=x"],
    "auditentry": ["target_id=x"],
    "idempotencykey": ["principal=x"],
    "endpoint": ["active=x", "secret__startswith=g", "kind=slack"],
    "delivery": ["state=x", "state=%00", "endpoint=x", "incident_id=x", "endpoint__secret__startswith=g"],
    "entry": ["delivery=x", "delivery=%00", "delivery__payload__contains=x"],
}
IDS = ["x", "%00", "-1", "9" * 30, "9" * 5000, "_ZZ", "%2F%2Fevil.example", "{{7*7}}"]


@pytest.fixture
def rows(as_user, ada, incident):
    """`rows(n)` makes n more rows in every table, as people do."""
    made = iter(range(1000))

    def make(count):
        for number in (next(made) for _ in range(count)):
            author = as_user(ada).post("/v1/users", {"email": f"{number}@example.com", "name": f"N{number}"}).json()
            as_user(ada).post("/v1/tokens", {"name": f"t{number}", "scope": "read", "user": author["id"]})
            body = {
                "title": f"Same words {number}",
                "severity": "P1",
                "created_by": author["id"],
                "assignee": author["id"],
            }
            as_user(ada).post("/v1/incidents", body, Idempotency_Key=f"key-{number}")
            webhook = as_user(ada).post("/v1/webhooks", {"url": "https://8.8.8.8/"}).json()
            ping = as_user(ada).post(f"/v1/webhooks/{webhook['id']}/test").json()
            as_user(ada).post(f"/v1/deliveries/{ping['id']}/redeliver")

    return make


def queries(site, path):
    with CaptureQueriesContext(
        connection,
    ) as captured:
        response = site.get(path)
    assert response.status_code == 200, response
    return response, [query["sql"] for query in captured]


@pytest.mark.parametrize("query", ["", "?q=same", "?p=1"])
def test_a_list_costs_the_same_queries_for_one_row_and_for_five(site, rows, query):
    rows(1)
    few = {path: len(queries(site, path + query)[1]) for path in LISTS}
    rows(5)

    for path in LISTS:
        response, sent = queries(site, path + query)

        assert len(sent) == few[path], path
        assert [sql for sql in sent if COUNT.search(sql)] == [], path
        listed = [sql for sql in sent if f'FROM "{response.context["cl"].opts.db_table}"' in sql]
        assert listed or query == "?q=same", path  # which is no e-mail address and no prefix: nothing is read
        assert all("LIMIT 51" in sql for sql in listed[-1:]), path


@pytest.mark.parametrize("path", LISTS)
def test_a_row_has_a_page_and_no_count_behind_it(site, rows, path):
    rows(1)
    newest = site.get(path).context["cl"].result_list[0]

    response, sent = queries(site, f"{path}{newest.pk}/change/")

    assert response.context["original"] == newest
    assert [sql for sql in sent if COUNT.search(sql)] == []
    assert len(sent) <= 7


@sample_and_corpus("queries", SAMPLE, HOSTILE)
@pytest.mark.parametrize("path", LISTS)
def test_no_query_string_breaks_a_list(site, path, queries):
    for query in queries + HOSTILE_FILTERS[path.split("/")[3]]:
        response = site.get(f"{path}?{query}")

        assert response.status_code in (200, 302, 400), query
        if response.status_code == 302:
            assert response["Location"] == f"{path}?e=1", query


@pytest.mark.parametrize(
    ("path", "lookup"),
    [
        ("users/user", "password__startswith"),
        ("users/apitoken", "digest__startswith"),
        ("users/apitoken", "user__password__startswith"),
        ("incidents/incident", "assignee__password__startswith"),
        ("incidents/incident", "title__icontains"),
        ("incidents/incidentevent", "data__body__icontains"),
        ("notifications/endpoint", "secret__startswith"),
        ("notifications/delivery", "endpoint__secret__startswith"),
    ],
)
def test_a_filter_that_is_not_offered_is_refused(site, path, lookup):
    assert site.get(f"/admin/{path}/?{lookup}=m").status_code == 400


@sample_and_corpus("ids", ["%00", "9" * 5000], IDS)
@pytest.mark.parametrize("path", LISTS)
def test_no_id_breaks_a_page(site, path, ids):
    for pk, page in itertools.product(ids, ["change", "delete", "history"]):
        response = site.get(f"{path}{pk}/{page}/")

        assert response.status_code in (302, 403, 404), (pk, page)
        if response.status_code == 302:
            assert response["Location"].startswith("/admin/"), (pk, page)


@pytest.mark.parametrize("path", [path for path in LISTS if "/incident/" not in path and "/user/" not in path])
def test_what_is_read_only_takes_no_post(site, rows, path):
    rows(1)
    newest = site.get(path).context["cl"].result_list[0]

    for page in (f"{path}add/", f"{path}{newest.pk}/change/", f"{path}{newest.pk}/delete/"):
        assert site.post(page, {"post": "yes", "name": "x", "_saveasnew": "1"}).status_code == 403, page
    newest.refresh_from_db()


@pytest.mark.parametrize("path", [path for path in LISTS if "/apitoken/" not in path and "/incident/" not in path])
def test_a_list_without_actions_takes_no_post_either(site, rows, path):
    rows(1)
    before = [row.pk for row in site.get(path).context["cl"].result_list]

    for action in ("delete_selected", "revoke", "resolve", "x"):
        response = site.post(path, {"action": action, "index": "0", "_selected_action": str(before[0]), "post": "yes"})
        assert response.status_code in (200, 302)

    assert [row.pk for row in site.get(path).context["cl"].result_list] == before


@pytest.mark.parametrize(
    "query",
    [
        "",
        "app_label=incidents&model_name=incident&field_name=assignee&term=%00",
        "app_label=incidents&model_name=incident&field_name=assignee&page=x",
        "app_label=incidents&model_name=incident&field_name=assignee&page=" + "9" * 30,
        "app_label=incidents&model_name=incident&field_name=assignee&page=last",
        "app_label=incidents&model_name=incident&field_name=title",
        "app_label=incidents&model_name=incident&field_name=%00",
        "app_label=users&model_name=apitoken&field_name=digest",
        "app_label=%00&model_name=x&field_name=x",
    ],
)
def test_no_query_breaks_the_choice_of_a_person(site, query):
    assert site.get(f"/admin/autocomplete/?{query}").status_code in (200, 403, 404)


def test_the_choice_of_a_person_offers_active_ones_uncounted(site, as_user, ada, rui, vera):
    as_user(ada).patch(f"/v1/users/{vera.pk}", {"is_active": False})
    path = "/admin/autocomplete/?app_label=incidents&model_name=incident&field_name=assignee&term=e"

    response, sent = queries(site, path)

    assert [found["text"] for found in response.json()["results"]] == [str(rui), str(ada)]
    assert [sql for sql in sent if COUNT.search(sql)] == []


def test_a_search_that_is_too_long_says_so(site):
    assert "Search for 1 to 200 characters." in site.get(f"{LISTS[0]}?q={'x' * 201}", follow=True).text
