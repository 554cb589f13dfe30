"""create_admin, create_token and revoke_token."""

import sys
from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from subprocess import CompletedProcess

import pytest
from django.core.management import CommandError, call_command
from django.core.management.base import BaseCommand

from core import client_address, request_id
from tests import starts
from tests.live_server import engines
from users import services, tokens
from users.management.commands import create_admin, create_token, revoke_token
from users.models import ApiToken, User
from users.tests.conftest import entries, log_in, unauthenticated

PASSWORD = "a quite long sentence"


def run(*arguments):
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


@pytest.fixture(autouse=True)
def terminal(settings):
    """A process in which no request has run."""
    settings.ADMIN_PASSWORD = PASSWORD
    request_id.begin("")
    client_address.begin("")


@pytest.mark.parametrize("module", [create_admin, create_token, revoke_token])
def test_each_says_what_it_is_for(module):
    command: BaseCommand = module.Command()

    told = command.create_parser("manage.py", "x").format_help()

    assert len(command.help) > 40
    assert " ".join(command.help.split())[:30] in " ".join(told.split())


def test_create_admin_makes_the_first_administrator(db, client):
    assert run("create_admin", "ada@example.com", "--name", "Ada") == "ada@example.com is an administrator.\n"

    assert log_in(client, "ada@example.com", PASSWORD).status_code == 302
    assert client.get("/admin/").status_code == 200
    entry = entries("user.created")[0]
    assert (entry.actor, entry.request_id, entry.address, entry.after["role"]) == (None, "", "", "admin")


def test_create_admin_is_the_way_back_in_for_anybody(colleague, client):
    kim = colleague("Kim", role="viewer", password="another long sentence")
    services.edit_user(kim.pk, actor=None, is_active=False)

    run("create_admin", "KIM@example.com")

    kim.refresh_from_db()
    assert (kim.role, kim.is_active, kim.name) == ("admin", True, "Kim")
    assert log_in(client, "kim@example.com", PASSWORD).status_code == 302
    assert User.objects.count() == 1


def test_create_admin_ends_the_sessions_of_whoever_had_the_old_password(colleague, in_session):
    browser = in_session(colleague("Kim", role="admin", password="another long sentence"))

    run("create_admin", "kim@example.com")

    assert unauthenticated(browser.get("/v1/users"))


def test_create_admin_if_none_leaves_a_service_that_has_one_alone(ada):
    assert run("create_admin", "kim@example.com", "--if-none") == ""
    assert User.objects.count() == 1


def test_prepare_makes_the_first_administrator_and_after_that_nothing(db, capsys):
    call_command("prepare", "ada@example.com")
    call_command("prepare", "rui@example.com")

    assert capsys.readouterr().out == "ada@example.com is an administrator.\n"
    assert [user.email for user in User.objects.all()] == ["ada@example.com"]


def test_create_admin_if_none_does_not_count_the_inactive_and_the_rest(ada, rui, colleague):
    colleague("Kim", role="admin")
    User.objects.filter(role="admin").update(is_active=False)

    assert "administrator" in run("create_admin", "ada@example.com", "--if-none")
    assert User.objects.active_admins().count() == 1


@pytest.mark.parametrize(
    ("email", "name", "password", "named"),
    [
        ("nonsense", "A", PASSWORD, "email"),
        ("a" * 250 + "@example.com", "A", PASSWORD, "email"),
        ("\udcff@example.com", "A", PASSWORD, "email"),
        ("a@example.com", " ", PASSWORD, "name"),
        ("a@example.com", "A" * 101, PASSWORD, "name"),
        ("a@example.com", "A", "short", "password"),
        ("a@example.com", "A", "administrator", "password"),
    ],
)
def test_create_admin_refuses_what_the_api_would(db, settings, email, name, password, named):
    settings.ADMIN_PASSWORD = password

    with pytest.raises(CommandError, match=f"^{named}: "):
        run("create_admin", email, "--name", name)

    assert User.objects.count() == 0


def test_create_admin_without_a_password_or_a_terminal_says_so(db, settings, monkeypatch):
    settings.ADMIN_PASSWORD = ""
    monkeypatch.setattr(sys, "stdin", StringIO())

    with pytest.raises(CommandError, match="ADMIN_PASSWORD"):
        run("create_admin", "a@example.com")


def test_create_token_prints_the_token_alone(rui, as_user):
    options = ["--scope", "read", "--name", " ci ", "--expires-at", "2999-01-01T00:00:00Z"]

    secret = run("create_token", "RUI@example.com", *options).removesuffix("\n")
    assert tokens.WELL_FORMED.fullmatch(secret)
    token = ApiToken.objects.get()
    assert (token.name, token.scope, token.expires_at.year, token.user_id) == ("ci", "read", 2999, rui.pk)
    assert as_user().get("/v1/users/me", Authorization=f"Bearer {secret}").json()["id"] == str(rui.pk)
    assert entries("token.created")[0].actor is None


def test_create_token_has_scope_write_and_no_end_unless_told(rui):
    run("create_token", "rui@example.com")

    token = ApiToken.objects.get()
    assert (token.scope, token.expires_at, token.name) == ("write", None, "command line")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["nobody@example.com"], "no active user"),
        (["vera@example.com"], "no active user"),
        (["rui@example.com", "--name", " "], "name"),
        (["rui@example.com", "--name", "x" * 101], "name"),
        (["rui@example.com", "--scope", "root"], "scope"),
        (["rui@example.com", "--expires-at", "tomorrow"], "expires_at"),
        (["rui@example.com", "--expires-at", "2020-01-01T00:00:00Z"], "expires_at"),
        ([], "email"),
    ],
)
def test_create_token_refuses_with_a_reason(rui, vera, arguments, told):
    services.edit_user(vera.pk, actor=None, is_active=False)

    with pytest.raises(CommandError, match=told):
        run("create_token", *arguments)

    assert not ApiToken.objects.exists()


@pytest.mark.parametrize("by", ["id", "secret", "prefix"])
def test_revoke_token_ends_one_by_whatever_is_known_of_it(rui, as_user, by):
    token, secret = tokens.issue_token(rui, name="ci", scope="read", actor=None)
    other = tokens.issue_token(rui, name="other", scope="read", actor=None)[0]

    said = run("revoke_token", {"id": str(token.pk), "secret": secret, "prefix": token.prefix}[by])

    assert said == f"ci ({token.prefix}…) is revoked.\n"
    assert unauthenticated(as_user().get("/v1/users/me", Authorization=f"Bearer {secret}"))
    assert list(ApiToken.objects.live()) == [other]
    assert entries("token.revoked")[0].target_id == token.pk


@pytest.mark.parametrize("named", ["", "x", "inc_", "inc_abcdef", "inc_" + "x" * 40, "0" * 32, "%", "\udcff"])
def test_revoke_token_refuses_what_names_no_token(rui, named):
    tokens.issue_token(rui, name="ci", scope="read", actor=None)

    with pytest.raises(CommandError, match="no such token"):
        run("revoke_token", named)

    assert ApiToken.objects.live().count() == 1


def test_revoke_token_does_not_guess_between_two_of_one_prefix(rui):
    pair = [tokens.issue_token(rui, name=name, scope="read", actor=None)[0] for name in "ab"]
    ApiToken.objects.update(prefix="inc_abcdef")

    with pytest.raises(CommandError, match="Several"):
        run("revoke_token", "inc_abcdef")

    assert ApiToken.objects.live().count() == len(pair)


def test_revoke_token_says_when_it_is_revoked_already(rui):
    token = tokens.issue_token(rui, name="ci", scope="read", actor=None)[0]
    run("revoke_token", str(token.pk))

    with pytest.raises(CommandError, match="no such token"):
        run("revoke_token", str(token.pk))


@pytest.mark.django_db(transaction=True)
def test_in_a_shell_a_refusal_has_an_exit_code_and_leaves_standard_output_empty(rui):
    def made_for(email: str) -> "CompletedProcess[str]":
        return starts.run([sys.executable, "manage.py", "create_token", email], env=env)

    env = starts.BARE | engines()
    with ThreadPoolExecutor() as side_by_side:
        done, refused = side_by_side.map(made_for, ["rui@example.com", "nobody@example.com"])

    assert (done.returncode, done.stderr) == (0, "")
    assert tokens.WELL_FORMED.fullmatch(done.stdout.strip())
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "nobody@example.com" in refused.stderr
