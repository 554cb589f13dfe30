"""GET /v1/audit, and what is written there."""

import pytest
from django.db import DatabaseError, connection, transaction

from users.models import AuditEntry
from users.tests.conftest import entries, forbidden, invalid, unauthenticated

PASSWORD = "a quite long sentence"


def newest(api):
    return api.get("/v1/audit").json()["results"][0]


def test_an_entry_tells_who_did_what_to_whom_from_where_and_when(as_user, ada, rui):
    api = as_user(ada)
    response = api.patch(f"/v1/users/{rui.pk}", {"role": "viewer", "name": "Rui"}, X_Request_ID="abc-1")

    entry = newest(api)

    assert entry == {
        "id": entry["id"],
        "action": "user.updated",
        "actor": {"id": str(ada.pk), "name": "Ada", "email": "ada@example.com"},
        "target": {"type": "user", "id": str(rui.pk)},
        "before": {"role": "responder"},
        "after": {"role": "viewer"},
        "request_id": response["X-Request-ID"],
        "address": "127.0.0.1",
        "created_at": entry["created_at"],
    }
    assert entry["request_id"] == "abc-1"


def test_a_new_user_is_entered_without_the_password(as_user, ada):
    api = as_user(ada)
    made = api.post("/v1/users", {"email": "k@example.com", "name": "K", "password": PASSWORD}).json()

    entry = newest(api)

    assert (entry["action"], entry["target"]) == ("user.created", {"type": "user", "id": made["id"]})
    shown = {"email": "k@example.com", "name": "K", "role": "responder", "timezone": "UTC", "is_active": True}
    assert (entry["before"], entry["after"]) == ({}, shown)


def test_a_changed_password_is_told_and_not_shown(as_user, ada, rui):
    api = as_user(ada)
    api.patch(f"/v1/users/{rui.pk}", {"password": PASSWORD, "is_active": False})

    entry = next(e for e in api.get("/v1/audit").json()["results"] if e["action"] == "user.updated")

    assert (entry["before"], entry["after"]) == ({"is_active": True}, {"is_active": False, "password": "changed"})


def test_ones_own_change_is_entered_too(as_user, rui):
    as_user(rui).patch(f"/v1/users/{rui.pk}", {"timezone": "Asia/Tokyo"})

    entry = entries("user.updated")[0]

    assert (entry.actor_id, entry.target_id, entry.after) == (rui.pk, rui.pk, {"timezone": "Asia/Tokyo"})


def test_a_token_is_entered_when_it_is_made_and_when_it_ends(as_user, ada, rui):
    api = as_user(ada)
    made = api.post("/v1/tokens", {"name": "ci", "scope": "read", "user": str(rui.pk)}).json()
    api.delete(f"/v1/tokens/{made['id']}")

    ended, begun = api.get("/v1/audit?limit=2").json()["results"]

    shown = {"name": "ci", "scope": "read", "prefix": made["prefix"], "user": str(rui.pk), "expires_at": None}
    assert (begun["action"], begun["before"], begun["after"]) == ("token.created", {}, shown)
    assert (ended["action"], ended["before"], ended["after"]) == ("token.revoked", shown, {})
    assert begun["target"] == ended["target"] == {"type": "token", "id": made["id"]}
    assert ended["actor"]["id"] == str(ada.pk)


def test_a_deleted_incident_leaves_its_number_and_title(as_user, ada, incident):
    api = as_user(ada)
    api.delete(f"/v1/incidents/{incident.pk}")

    entry = newest(api)

    assert (entry["action"], entry["target"]) == ("incident.deleted", {"type": "incident", "id": str(incident.pk)})
    assert (entry["before"], entry["after"]) == ({"number": incident.number, "title": incident.title}, {})


def test_no_secret_ever_stands_in_the_log(as_user, ada, rui):
    api = as_user(ada)
    made = api.post("/v1/tokens", {"name": "ci", "scope": "read"}).json()
    api.post("/v1/users", {"email": "k@example.com", "name": "K", "password": PASSWORD})
    api.patch(f"/v1/users/{rui.pk}", {"password": PASSWORD})

    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(row_to_json(e)::text, ' ') FROM users_audit_entry e")
        text = cursor.fetchone()[0]
    rui.refresh_from_db()
    assert made["prefix"] in text
    assert all(secret not in text for secret in (made["token"], PASSWORD, rui.password, rui.password[-20:]))


def test_a_refused_change_leaves_no_entry(as_user, ada, rui):
    api = as_user(ada)
    before = AuditEntry.objects.count()

    api.patch(f"/v1/users/{rui.pk}", {"email": "ada@example.com"})
    api.patch(f"/v1/users/{ada.pk}", {"role": "viewer"})
    api.post("/v1/users", {"email": "k@example.com", "name": "K", "password": "x"})
    api.post("/v1/tokens", {"name": "t", "scope": "root"})

    assert AuditEntry.objects.count() == before


def test_it_is_newest_first_and_paged(as_user, ada, colleague):
    api = as_user(ada)
    made = [str(colleague(f"Person{number}").pk) for number in range(5)]

    first = api.get("/v1/audit?limit=3").json()
    second = api.get(first["next"]).json()

    assert [entry["target"]["id"] for entry in first["results"]] == made[:1:-1]
    assert [entry["target"]["id"] for entry in second["results"][:2]] == made[1::-1]
    assert api.get(second["previous"]).json()["results"] == first["results"]
    assert invalid(api.get("/v1/audit?actor=1"), "actor")


def test_a_page_of_one_and_of_five_costs_the_same_queries(as_user, ada, rui, django_assert_num_queries):
    api = as_user(ada)
    for zone in ("Asia/Tokyo", "UTC", "Asia/Tokyo", "UTC"):
        api.patch(f"/v1/users/{rui.pk}", {"timezone": zone})
    for limit in (1, 5):
        with django_assert_num_queries(2):
            assert len(api.get(f"/v1/audit?limit={limit}").json()["results"]) == limit


def test_only_admins_read_it(as_user, ada, rui, vera):
    assert unauthenticated(as_user().get("/v1/audit"))
    for api in (as_user(rui), as_user(vera), as_user(ada, "write")):
        assert forbidden(api.get("/v1/audit"))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE users_audit_entry SET action = 'x'",
        "UPDATE users_audit_entry SET before = '{}' WHERE false OR true",
        "DELETE FROM users_audit_entry",
        "TRUNCATE users_audit_entry",
        "TRUNCATE users_user CASCADE",
    ],
)
def test_the_database_itself_refuses_to_change_it(ada, statement):
    before = AuditEntry.objects.count()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        # So that no autovacuum waits for the row that GRANT writes while it has a table that TRUNCATE waits for.
        tables = ", ".join(connection.introspection.table_names(cursor))
        cursor.execute(f"LOCK TABLE {tables} IN SHARE UPDATE EXCLUSIVE MODE")
        cursor.execute("GRANT TRUNCATE ON ALL TABLES IN SCHEMA public TO CURRENT_USER")  # which a superuser has anyway

        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            cursor.execute(statement)

    assert AuditEntry.objects.count() == before == 1


def test_django_itself_cannot_change_it(ada):
    entry = AuditEntry.objects.get()
    entry.action = "x"

    for change in (entry.save, entry.delete, AuditEntry.objects.all().delete):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            change()
