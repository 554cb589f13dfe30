"""People on the admin site: made, changed and deactivated by the services, by the rules of the API."""

import pytest
from django.test import Client

from core.tests.admin_forms import form_of
from users.models import AuditEntry, User
from users.tests.conftest import log_in

LIST = "/admin/users/user/"
PASSWORD = "correct horse battery"


def page_of(user):
    return f"{LIST}{user.pk}/change/"


def save(site, user, opened=None, **entered):
    page = opened if opened is not None else form_of(site.get(page_of(user)), "user_form")
    page = {**page, **entered}
    return site.post(page_of(user), {name: value for name, value in page.items() if value is not None})


def add(site, **entered):
    page = form_of(site.get(f"{LIST}add/"), "user_form")
    return site.post(f"{LIST}add/", {**page, **entered})


def newest_entry(as_user, ada):
    return as_user(ada).get("/v1/audit").json()["results"][1]  # before it: the token of this very call


def errors(response):
    assert response.status_code == 200
    return response.context["adminform"].form.errors


def test_a_person_is_made_with_an_entry_in_the_audit_log(site, as_user, ada):
    response = add(
        site, email="Eve@Example.com", name=" Eve ", role="viewer", timezone="Europe/Lisbon", password=PASSWORD
    )

    assert response["Location"] == LIST
    eve = User.objects.with_email("eve@example.com").get()
    assert (eve.name, eve.role, eve.timezone, eve.is_active) == ("Eve", "viewer", "Europe/Lisbon", True)
    assert log_in(Client(), "eve@example.com", PASSWORD).status_code == 302
    entry = newest_entry(as_user, ada)
    assert (entry["action"], entry["target"]["id"]) == ("user.created", str(eve.pk))
    assert (entry["actor"]["id"], entry["request_id"]) == (str(ada.pk), response["X-Request-ID"])
    assert entry["address"] == "127.0.0.1"


def test_a_person_without_a_password_cannot_log_in_yet(site):
    add(site, email="eve@example.com", name="Eve")

    eve = User.objects.with_email("eve@example.com").get()
    assert (eve.role, eve.timezone, eve.has_usable_password()) == ("responder", "UTC", False)


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("email", "RUI@example.com", "Another user has this e-mail address."),
        ("email", "no address", "Enter a valid email address."),
        ("email", "", "This field is required."),
        ("name", " ", "This field may not be blank."),
        ("name", "a\0", "Null characters are not allowed."),
        ("role", "root", "Select a valid choice. root is not one of the available choices."),
        (
            "timezone",
            "../../etc/passwd",
            "This is not the name of an IANA time zone.",
        ),
        ("password", "password", "This password is too common."),
        ("password", "x" * 300, "Ensure this field has no more than 256 characters."),
    ],
)
def test_the_rules_of_the_api_are_told_beside_the_field(site, rui, field, value, sentence):
    before = User.objects.count()

    response = add(site, **{"email": "eve@example.com", "name": "Eve", field: value})

    assert sentence in errors(response)[field]
    assert User.objects.count() == before


def test_an_edit_is_in_the_audit_log_with_what_changed(site, as_user, ada, rui):
    response = save(site, rui, name="Rui M.", role="admin")

    assert response.status_code == 302
    entry = newest_entry(as_user, ada)
    assert (entry["action"], entry["request_id"]) == ("user.updated", response["X-Request-ID"])
    assert entry["before"] == {"name": "Rui", "role": "responder"}
    assert entry["after"] == {"name": "Rui M.", "role": "admin"}


def test_saving_an_untouched_form_changes_nothing(site, rui):
    response = save(site, rui)

    assert response.status_code == 302
    assert not AuditEntry.objects.filter(action="user.updated").exists()
    assert User.objects.get(pk=rui.pk).updated_at == rui.updated_at


def test_a_field_that_nobody_touched_is_not_written_back(site, as_user, rui):
    page = form_of(site.get(page_of(rui)), "user_form")
    as_user(rui).patch(f"/v1/users/{rui.pk}", {"timezone": "Asia/Tokyo"})

    save(site, rui, page, name="Rui M.")

    rui.refresh_from_db()
    assert (rui.name, rui.timezone) == ("Rui M.", "Asia/Tokyo")


def test_a_taken_address_is_told_and_nothing_is_written(site, rui, vera):
    response = save(site, rui, name="Rui M.", email="Vera@example.com")

    assert errors(response) == {"email": ["Another user has this e-mail address."]}
    assert User.objects.get(pk=rui.pk).name == "Rui"


@pytest.mark.parametrize(("entered", "field"), [({"role": "viewer"}, "role"), ({"is_active": None}, "is_active")])
def test_the_last_administrator_stays(site, ada, entered, field):
    response = save(site, ada, **entered)

    assert errors(response) == {field: ["Make somebody else an administrator first."]}
    ada.refresh_from_db()
    assert ada.is_staff


def test_deactivation_ends_sessions_and_tokens_at_once(site, as_user, rui):
    api, browser = as_user(rui), Client()
    browser.force_login(rui)

    save(site, rui, is_active=None)

    assert api.get("/v1/users/me").status_code == 401
    assert browser.get("/v1/users/me").status_code == 401
    assert User.objects.get(pk=rui.pk).is_active is False


def test_a_password_is_set_and_never_shown(site, as_user, ada, rui):
    save(site, rui, password=PASSWORD)

    page = site.get(page_of(rui)).text
    assert log_in(Client(), rui.email, PASSWORD).status_code == 302
    assert User.objects.get(pk=rui.pk).password not in page
    assert form_of(site.get(page_of(rui)), "user_form")["password"] == ""
    assert newest_entry(as_user, ada)["after"] == {"password": "changed"}


def test_a_password_that_was_refused_is_not_sent_back(site, rui):
    response = save(site, rui, password="12345678901234")

    assert "password" in errors(response)
    assert "12345678901234" not in response.text


def test_who_sets_their_own_password_stays_logged_in(site, ada):
    response = save(site, ada, password=PASSWORD)

    assert response.status_code == 302
    assert site.get(LIST).status_code == 200


@pytest.mark.parametrize("page", ["delete/", "change/"])
def test_nobody_is_deleted(site, rui, page):
    response = site.post(f"{LIST}{rui.pk}/{page}", {"post": "yes", "_delete": "1"})

    assert response.status_code == (403 if page == "delete/" else 200)
    assert User.objects.filter(pk=rui.pk).exists()
    assert "deletelink" not in site.get(page_of(rui)).text


@pytest.mark.parametrize(
    ("query", "names"),
    [("q=RUI@", ["Rui"]), ("q=ver", ["Vera"]), ("role=viewer", ["Vera"]), ("active=no", ["Rui"]), ("q=%25", [])],
)
def test_people_are_found_and_filtered(site, as_user, ada, rui, vera, query, names):
    as_user(ada).patch(f"/v1/users/{rui.pk}", {"is_active": False})

    assert [user.name for user in site.get(f"{LIST}?{query}").context["cl"].result_list] == names


def test_the_history_of_a_person_is_the_audit_log(site, as_user, rui, vera):
    save(site, rui, name="Rui M.")
    where = f"/admin/users/auditentry/?target_id={rui.pk}"

    assert where in site.get(page_of(rui)).text
    assert site.get(f"{LIST}{rui.pk}/history/")["Location"] == where
    actions = [entry.action for entry in site.get(where).context["cl"].result_list]
    assert actions == ["user.updated", "user.created"]
