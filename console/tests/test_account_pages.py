"""One's own profile, password and sessions."""

import re

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from users import services
from users.models import AuditEntry, User

PASSWORD, NEW = "correct horse battery", "staple battery horse"


@pytest.fixture
def kim(db):
    return services.create_user(email="kim@example.com", name="Kim", password=PASSWORD, actor=None)


def logged_in(password=PASSWORD, **more):
    browser = Client(**more)
    response = browser.post("/account/login", {"login": "kim@example.com", "password": password})
    return browser if response.status_code == 302 else None


def is_in(browser):
    return browser.get("/profile").status_code == 200


def entries(action):
    return list(AuditEntry.objects.filter(action=action).order_by("created_at"))


def test_a_profile_is_changed_and_shown_in_its_own_way(kim):
    browser = logged_in()
    form = {"name": " Kim Lee ", "timezone": "Europe/Lisbon", "theme": "dark"}

    assert browser.post("/profile", form)["Location"] == "/profile"

    page = browser.get("/profile").text
    assert 'data-theme="dark"' in page
    assert 'value="Europe/Lisbon" list="zones"' in page
    changed = User.objects.get(pk=kim.pk)
    assert (changed.name, changed.timezone, changed.theme) == ("Kim Lee", "Europe/Lisbon", "dark")
    assert entries("user.updated")[0].after == {"name": "Kim Lee", "timezone": "Europe/Lisbon"}


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", " "), ("name", "x" * 101), ("timezone", "Mars/Olympus"), ("theme", "pink"), ("name", "\0")],
)
def test_what_does_not_fit_is_told_beside_its_field_and_changes_nothing(kim, field, value):
    form = {"name": "Kim", "timezone": "UTC", "theme": "light", field: value}

    response = logged_in().post("/profile", form)

    assert response.status_code == 400
    assert f'id="error-{field}"' in response.text
    assert User.objects.get(pk=kim.pk).theme == "system"


def test_a_new_password_ends_every_other_session_and_keeps_this_one(kim):
    here, elsewhere = logged_in(), logged_in()
    before = here.cookies["sessionid"].value

    response = here.post("/security/password", {"current": PASSWORD, "password": NEW})

    assert response["Location"] == "/security"
    assert is_in(here)
    assert not is_in(elsewhere)
    assert here.cookies["sessionid"].value != before
    assert not Session.objects.filter(session_key=before).exists()
    assert [here.get("/security").text.count(words) for words in ("This one", ">End<")] == [1, 0]
    assert entries("user.updated")[0].after == {"password": "changed"}


@pytest.mark.parametrize(("current", "new", "field"), [("wrong", NEW, "current"), (PASSWORD, "short", "password")])
def test_a_password_that_does_not_fit_changes_nothing(kim, current, new, field):
    browser = logged_in()

    response = browser.post("/security/password", {"current": current, "password": new})

    assert response.status_code == 400
    assert f'id="error-{field}"' in response.text
    assert logged_in() is not None


def test_guessing_ones_current_password_is_limited(kim):
    browser = logged_in(REMOTE_ADDR="192.0.2.1")
    for _ in range(10):
        browser.post("/security/password", {"current": "wrong", "password": NEW})

    assert browser.post("/security/password", {"current": PASSWORD, "password": NEW}).status_code == 400
    assert logged_in(REMOTE_ADDR="192.0.2.1") is None


def test_sessions_are_listed_and_ended_one_by_one(kim):
    here, phone = logged_in(), logged_in(headers={"User-Agent": "<b>Firefox (Android)</b>"})
    page = here.get("/security").text
    assert ">Firefox on Android<" in page
    assert "&lt;b&gt;Firefox" in page
    assert "127.0.0.1" in page
    (form,) = re.findall(r"/security/sessions/\d+/end", page)

    assert here.post(form)["Location"] == "/security"

    assert not is_in(phone)
    assert is_in(here)
    assert here.post(form).status_code == 404
    assert [(entry.actor_id, entry.after) for entry in entries("session.ended")] == [(kim.pk, {"sessions": 1})]


def test_all_others_are_ended_at_once(kim):
    here, *others = (logged_in() for _ in range(3))

    here.post("/security/sessions/others/end")

    assert [is_in(browser) for browser in (here, *others)] == [True, False, False]
    assert entries("session.ended")[0].after == {"sessions": 2}


def test_nobody_ends_somebody_elses_session(kim, vera):
    browser, stranger = logged_in(), Client()
    stranger.force_login(vera)
    logged_in()
    (form,) = re.findall(r"/security/sessions/\d+/end", browser.get("/security").text)

    assert stranger.post(form).status_code == 404
    assert is_in(browser)


def test_deactivation_takes_the_sessions_away(kim):
    browser = logged_in()

    services.edit_user(kim.pk, actor=None, is_active=False)

    assert not is_in(browser)
    assert not Session.objects.filter(session_key=browser.cookies["sessionid"].value).exists()


def test_the_list_of_sessions_costs_the_same_for_one_and_for_five(kim, django_assert_num_queries):
    browser = logged_in()
    with django_assert_num_queries(4):
        browser.get("/security")
    for _ in range(4):
        logged_in()

    with django_assert_num_queries(4):
        browser.get("/security")


def test_sessions_need_no_redis(kim, settings):
    settings.CACHES = settings.CACHES | {"default": {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}}
    browser = logged_in()

    assert is_in(browser)
    assert browser.get("/security").status_code == 200
