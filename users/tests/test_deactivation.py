"""Who is sent away is out at once, everywhere."""

import pytest

from users import services, tokens
from users.models import ApiToken, User
from users.tests.conftest import entries, invalid, log_in, unauthenticated


def test_deactivation_ends_every_session_and_every_token(as_user, in_session, ada, rui):
    browsers = [in_session(rui), in_session(rui)]
    apis = [as_user(rui), as_user(rui, "read")]
    assert {api.get("/v1/users/me").status_code for api in browsers + apis} == {200}

    response = as_user(ada).patch(f"/v1/users/{rui.pk}", {"is_active": False})

    assert response.json()["is_active"] is False
    assert all(unauthenticated(api.get("/v1/users/me")) for api in browsers + apis)


def test_what_has_ended_stays_ended_when_the_person_comes_back(as_user, in_session, ada, rui):
    browser, api = in_session(rui), as_user(rui)
    as_user(ada).patch(f"/v1/users/{rui.pk}", {"is_active": False})

    as_user(ada).patch(f"/v1/users/{rui.pk}", {"is_active": True})

    assert unauthenticated(browser.get("/v1/users/me"))
    assert unauthenticated(api.get("/v1/users/me"))
    assert as_user(User.objects.get(pk=rui.pk)).get("/v1/users/me").status_code == 200


def test_each_token_that_ends_so_has_its_entry_in_the_audit_log(as_user, ada, rui, vera):
    ended = [tokens.issue_token(rui, name=name, scope="read", actor=None)[0] for name in "ab"]
    gone = tokens.issue_token(rui, name="gone", scope="read", actor=None)[0]
    tokens.revoke_token(gone.pk, actor=None)
    kept = tokens.issue_token(vera, name="kept", scope="read", actor=None)[0]

    as_user(ada).patch(f"/v1/users/{rui.pk}", {"is_active": False})

    written = [entry for entry in entries("token.revoked") if entry.actor_id == ada.pk]
    assert [entry.target_id for entry in written] == [token.pk for token in ended]
    assert {entry.before["name"] for entry in written} == {"a", "b"}
    assert ApiToken.objects.live().filter(pk=kept.pk).exists()


def test_an_inactive_person_cannot_log_in(as_user, ada, colleague, client):
    kim = colleague(password="a quite long sentence")
    assert log_in(client, kim.email, "a quite long sentence").status_code == 302
    client.logout()

    as_user(ada).patch(f"/v1/users/{kim.pk}", {"is_active": False})

    assert log_in(client, kim.email, "a quite long sentence").status_code == 200


def test_an_inactive_person_cannot_be_assigned_or_named(as_user, ada, rui, vera, incident):
    as_user(ada).patch(f"/v1/users/{vera.pk}", {"is_active": False})
    body = {"title": "t", "severity": "P1"}

    assert invalid(as_user(rui).patch(f"/v1/incidents/{incident.pk}", {"assignee": str(vera.pk)}), "assignee")
    assert invalid(as_user(rui).post("/v1/incidents", {**body, "assignee": str(vera.pk)}), "assignee")
    assert invalid(as_user(ada).post("/v1/incidents", {**body, "created_by": str(vera.pk)}), "created_by")
    assert invalid(as_user(ada).post("/v1/tokens", {"name": "t", "scope": "read", "user": str(vera.pk)}), "user")


def test_an_inactive_person_stays_in_the_list_and_in_history(as_user, ada, rui, incident):
    as_user(ada).patch(f"/v1/users/{rui.pk}", {"is_active": False})

    listed = {user["id"]: user["is_active"] for user in as_user(ada).get("/v1/users").json()["results"]}
    assert listed[str(rui.pk)] is False
    shown = as_user(ada).get(f"/v1/incidents/{incident.pk}").json()
    assert shown["created_by"]["id"] == shown["events"][0]["actor"]["id"] == str(rui.pk)


def test_a_deactivated_admin_is_out_of_the_admin_site(as_user, ada, colleague, client):
    client.force_login(colleague("Kim", role="admin"))
    assert client.get("/admin/").status_code == 200

    as_user(ada).patch(f"/v1/users/{User.objects.get(name='Kim').pk}", {"is_active": False})

    assert client.get("/admin/").status_code == 302


@pytest.mark.django_db(transaction=True)
def test_a_token_made_while_its_owner_is_sent_away_does_not_outlive_that(rui, at_once):
    """Else it would sleep until somebody lets the person in again."""
    for _ in range(20):

        def make():
            try:
                return tokens.issue_token(rui, name="t", scope="read", actor=None)
            except tokens.OwnerNotActive:
                return None

        at_once([make, lambda: services.edit_user(rui.pk, actor=None, is_active=False), make])

        assert not ApiToken.objects.live().of(rui.pk).exists()
        services.edit_user(rui.pk, actor=None, is_active=True)
