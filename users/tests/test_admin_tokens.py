"""Tokens and the audit log on the admin site: a token is seen and revoked there, its hash never is."""

import base64
import re

import pytest

from users import tokens
from users.models import ApiToken, AuditEntry

LIST = "/admin/users/apitoken/"
AUDIT = "/admin/users/auditentry/"


@pytest.fixture
def issued(rui):
    return tokens.issue_token(rui, name="deploy", scope="write", actor=rui)


def revoke(site, *ids):
    return site.post(LIST, {"action": "revoke", "index": "0", "_selected_action": ids}, follow=True)


def spellings(digest):
    return [digest.hex(), digest.hex().upper(), base64.b64encode(digest).decode(), repr(digest), str(digest)[2:-1]]


def test_a_token_is_listed_and_shown_without_its_hash(site, issued, rui):
    token, secret = issued

    for path in (LIST, f"{LIST}{token.pk}/change/", f"{LIST}?q={token.prefix}", f"{LIST}?q=RUI@example.com"):
        page = site.get(path)
        assert token.prefix in page.text
        assert secret not in page.text
        assert [text for text in spellings(bytes(token.digest)) if text in page.text] == []
    assert "digest" not in site.get(f"{LIST}{token.pk}/change/").text


def test_the_hash_is_not_even_read(site, issued, django_assert_max_num_queries):
    for path in (LIST, f"{LIST}{issued[0].pk}/change/"):
        with django_assert_max_num_queries(6) as captured:
            site.get(path)

        read = [query["sql"] for query in captured if "users_api_token" in query["sql"]]
        assert read
        assert [sql for sql in read if "digest" in sql] == []


def test_revoking_works_at_once_and_is_in_the_audit_log(site, as_user, ada, rui):
    api = as_user(rui)
    token = ApiToken.objects.get(user=rui)

    response = revoke(site, str(token.pk))

    assert "1 revoked." in response.text
    assert api.get("/v1/users/me").status_code == 401
    entry = AuditEntry.objects.get(action="token.revoked")
    assert (entry.actor, entry.target_id, entry.address) == (ada, token.pk, "127.0.0.1")
    assert entry.request_id


def test_a_token_is_revoked_once(site, issued):
    revoke(site, str(issued[0].pk))
    response = revoke(site, str(issued[0].pk))

    assert "There is no such token." in response.text
    assert AuditEntry.objects.filter(action="token.revoked").count() == 1


@pytest.mark.parametrize("ticked", ["nonsense", "\0", "00000000-0000-7000-8000-000000000000"])
def test_revoking_what_is_no_token_changes_nothing(site, issued, ticked):
    assert revoke(site, ticked).status_code == 200
    assert ApiToken.objects.live().filter(pk=issued[0].pk).exists()


def test_a_token_is_not_made_here_but_the_page_says_where(site):
    page = site.get(LIST).text

    assert site.get(f"{LIST}add/").status_code == 403
    assert "addlink" not in page[page.index('id="content-main"') :]
    assert "manage.py create_token" in page


def test_tokens_are_filtered(site, issued, rui, vera):
    other = tokens.issue_token(vera, name="ci", scope="read", actor=vera)[0]
    tokens.revoke_token(other.pk, actor=vera)

    def names(query):
        return [token.name for token in site.get(f"{LIST}?{query}").context["cl"].result_list]

    assert (names("revoked=yes"), names("revoked=no")) == (["ci"], ["deploy"])
    assert names(f"user={vera.pk}") == ["ci"]
    assert names("q=nobody@example.com") == []


def test_an_entry_of_the_audit_log_shows_what_was_and_what_is(site, as_user, ada, rui):
    as_user(ada).patch(f"/v1/users/{rui.pk}", {"name": "<b>Rui</b>"})
    entry = site.get(f"{AUDIT}?q={rui.pk}").context["cl"].result_list[0]

    page = site.get(f"{AUDIT}{entry.pk}/change/").text

    assert "&lt;b&gt;Rui&lt;/b&gt;" in page
    assert re.search(r"before.*Rui", page, re.DOTALL)
    assert 'type="submit" value="Save"' not in page
