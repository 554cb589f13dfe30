"""Who gets into the admin site, and what its pages ask of a browser."""

import json
import re

import pytest
from django.contrib.contenttypes.models import ContentType
from django.test import Client

INLINE = re.compile(r"<style|<script(?![^>]*\bsrc=)|\sstyle=|\son[a-z]+=|javascript:", re.IGNORECASE)
PASSWORD = "correct horse battery"
PAGES = [
    "/admin/",
    "/admin/password_change/",
    "/admin/core/",
    "/admin/core/idempotencykey/",
    "/admin/incidents/incident/",
    "/admin/incidents/incident/add/",
    "/admin/incidents/incidentevent/",
    "/admin/users/user/",
    "/admin/users/user/add/",
    "/admin/users/apitoken/",
    "/admin/users/auditentry/",
]


def log_in(browser, email, password=PASSWORD, **extra):
    return browser.post("/account/login", {"login": email, "password": password, **extra})


@pytest.fixture
def with_password(as_user, ada):
    def make(user):
        as_user(ada).patch(f"/v1/users/{user.pk}", {"password": PASSWORD})
        user.refresh_from_db()
        return user

    return make


@pytest.mark.parametrize("path", PAGES)
def test_a_stranger_is_sent_to_the_log_in(client, db, path):
    response = client.get(path)

    assert response.status_code == 302
    assert response["Location"] == f"/admin/login/?next={path}"


@pytest.mark.parametrize("name", ["rui", "vera"])
def test_only_administrators_get_in(client, with_password, request, name):
    user = with_password(request.getfixturevalue(name))

    log_in(client, user.email)
    response = client.get("/admin/", follow=True)

    assert response.redirect_chain == [("/admin/login/?next=/admin/", 302)]
    assert response.status_code == 403


@pytest.mark.parametrize("name", ["rui", "vera"])
def test_a_session_of_somebody_else_shows_no_page(client, request, name):
    client.force_login(request.getfixturevalue(name))

    assert client.get("/admin/incidents/incident/").status_code == 302


def test_an_administrator_logs_in_and_out(client, ada, with_password):
    with_password(ada)

    response = log_in(client, "ADA@example.com", next="/admin/users/user/")

    assert response["Location"] == "/admin/users/user/"
    assert client.get("/admin/users/user/").status_code == 200
    client.post("/admin/logout/")
    assert client.get("/admin/users/user/").status_code == 302


def test_a_demoted_administrator_is_out_at_once(site, as_user, ada):
    as_user(ada).post("/v1/users", {"email": "eve@example.com", "name": "Eve", "role": "admin"})
    as_user(ada).patch(f"/v1/users/{ada.pk}", {"role": "responder"})

    assert site.get("/admin/incidents/incident/").status_code == 302


@pytest.mark.parametrize("path", PAGES)
def test_a_page_needs_no_inline_code(site, incident, path):
    response = site.get(path)

    assert response.status_code == 200
    assert INLINE.findall(response.text) == []
    policy = response["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_changing_ones_own_password_is_in_the_audit_log(site, as_user, ada, with_password):
    with_password(ada)
    site.force_login(ada)
    new = "staple battery horse"

    response = site.post(
        "/admin/password_change/", {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    )

    assert response["Location"] == "/admin/password_change/done/"
    assert site.get("/admin/").status_code == 200
    entry = as_user(ada).get("/v1/audit").json()["results"][1]  # the newest is the token of this very call
    assert entry["action"] == "user.updated"
    assert entry["after"] == {"password": "changed"}
    assert entry["actor"]["id"] == entry["target"]["id"] == str(ada.pk)
    assert entry["request_id"] == response["X-Request-ID"]
    assert log_in(Client(), ada.email, new).status_code == 302


def test_a_wrong_old_password_changes_nothing(site, ada, with_password):
    with_password(ada)
    site.force_login(ada)
    new = "staple battery horse"

    response = site.post("/admin/password_change/", {"old_password": "no", "new_password1": new, "new_password2": new})

    assert response.status_code == 200
    assert "Your old password was entered incorrectly" in response.text
    assert log_in(Client(), ada.email).status_code == 302


def test_the_access_log_names_the_administrator(site, ada, caplog):
    with caplog.at_level("INFO", logger="core.access_log"):
        site.get("/admin/users/user/")

    assert caplog.records[-1].user_id == str(ada.pk)


def test_what_other_packages_bring_is_not_on_the_site(site):
    incidents = ContentType.objects.get(app_label="incidents", model="incident")
    for path in ("/admin/auth/group/", "/admin/procrastinate/procrastinatejob/", f"/admin/r/{incidents.pk}/x/"):
        assert site.get(path).status_code == 404, path


@pytest.mark.parametrize("path", ["/admin/nothing/", "/admin/incidents/incident", "/admin/incidents/nothing/"])
def test_a_page_that_is_not_there_says_so_in_html(site, path):
    response = site.get(path)

    assert response.status_code == 404
    assert response["Content-Type"].startswith("text/html")
    assert 'href="/admin/"' in response.text
    assert response["X-Request-ID"] in response.text


def test_a_form_without_its_token_is_refused(ada):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(ada)

    response = browser.post("/admin/users/user/add/", {"email": "eve@example.com", "name": "Eve", "role": "admin"})

    assert response.status_code == 403
    assert 'href="/admin/"' in response.text


def test_a_row_that_is_not_there_leads_back_with_a_sentence(site):
    response = site.get("/admin/incidents/incident/00000000-0000-7000-8000-000000000000/change/", follow=True)

    assert response.redirect_chain == [("/admin/", 302)]
    assert "Perhaps it was deleted" in response.text


def test_the_front_page_shows_only_what_we_registered(site):
    text = site.get("/admin/").text

    names = re.findall(r'class="model-(\w+)', text)
    known = {"apitoken", "auditentry", "idempotencykey", "incident", "incidentevent", "user"}
    assert set(names) == known | {"endpoint", "delivery", "entry"}
    assert json.dumps("recent-actions-module") not in text
