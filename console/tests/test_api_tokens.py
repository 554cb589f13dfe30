"""API tokens on their page: made, shown once, taken back."""

import re

import pytest
from django.test import Client

from users import tokens
from users.models import ApiToken

FORM = {"name": "ci", "scope": "write", "days": "30", "idempotency_key": "k-1"}


def secret_in(response):
    return re.search(r'<code class="secret">(inc_\w+)</code>', response.text)[1]


def test_a_token_is_shown_once_and_works(browser, as_user, rui):
    made = browser.post("/tokens", FORM)
    secret = secret_in(made)

    assert made["Cache-Control"] == "private, no-store"
    api = as_user()
    api.headers["Authorization"] = f"Bearer {secret}"
    assert api.get("/v1/users/me").json()["id"] == str(rui.pk)
    page = browser.get("/tokens").text
    assert secret not in page
    assert f"{secret[:10]}…" in page
    assert ApiToken.objects.get().expires_at is not None


def test_a_double_tap_makes_one(browser):
    browser.post("/tokens", FORM)

    assert browser.post("/tokens", FORM)["Location"] == "/tokens"
    assert ApiToken.objects.count() == 1


@pytest.mark.parametrize(("field", "value"), [("name", ""), ("scope", "root"), ("idempotency_key", "")])
def test_what_does_not_fit_makes_none(browser, field, value):
    response = browser.post("/tokens", {**FORM, field: value})

    assert response.status_code == 400
    assert "field-error" in response.text
    assert not ApiToken.objects.exists()


def test_a_token_is_revoked_by_its_owner_alone(browser, as_user, rui, vera):
    token, secret = tokens.issue_token(rui, name="ci", scope="read", actor=rui)
    stranger = Client()
    stranger.force_login(vera)
    assert stranger.post(f"/tokens/{token.pk}/revoke").status_code == 404

    assert browser.post(f"/tokens/{token.pk}/revoke")["Location"] == "/tokens"

    api = as_user()
    api.headers["Authorization"] = f"Bearer {secret}"
    assert api.get("/v1/users/me").status_code == 401
    assert browser.post(f"/tokens/{token.pk}/revoke").status_code == 404


def test_a_hostile_name_is_text(browser, rui):
    tokens.issue_token(rui, name="<script>alert(1)</script>", scope="read", actor=rui)

    page = browser.get("/tokens").text

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_the_list_costs_the_same_for_one_and_for_five(browser, rui, django_assert_num_queries):
    for number in (1, 4):
        for _ in range(number):
            tokens.issue_token(rui, name="t", scope="read", actor=rui)
        with django_assert_num_queries(3):
            browser.get("/tokens")
