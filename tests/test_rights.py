"""Every route, tried by every kind of caller, against the table of who_may_call.py."""

import copy
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.urls import URLResolver, get_resolver

from core import clock
from notifications import services as webhooks
from tests.who_may_call import PAGES, ROLES, SCOPES, WHO_MAY_CALL, Anybody, Row
from users import services, tokens
from users.models import ApiToken, User

NOT_BY_HAND = {"head", "options"}  # follow from the others, and are tried below
REMEDY = "say in tests/who_may_call.py who may call it (or take the row of a route that is gone out)"


def routes(patterns: Any = None, prefix: str = "/") -> Iterator[tuple[str, Any]]:
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, path)
        else:
            yield path, pattern.callback


def is_api(path: str) -> bool:
    return path.startswith(("/v1", "/metrics"))


def methods_of(view: Any) -> set[str]:
    known = view.actions if hasattr(view, "actions") else view.view_class.http_method_names
    return {name for name in known if hasattr(view, "actions") or hasattr(view.view_class, name)} - NOT_BY_HAND


def calls() -> set[str]:
    found = {(method.upper(), path) for path, view in routes() if is_api(path) for method in methods_of(view)}
    return {f"{method} {re.sub('<uuid:(.*?)>', '{pk}', path)}" for method, path in found}


def pages() -> set[str]:
    return {page for path, view in routes() if not is_api(path) for page in pages_of(path, view)}


def pages_of(path: str, view: Any) -> set[str]:
    """A page of the console counts once for each method that it answers."""
    if path.startswith("/admin/"):
        return {"/admin/"}
    path = re.sub("<uuid:(.*?)>", "{pk}", path)
    return {f"{method} {path}" for method in view.access} if hasattr(view, "access") else {path}


def test_every_route_of_the_api_says_who_may_call_it() -> None:
    missing, gone = calls() - set(WHO_MAY_CALL), set(WHO_MAY_CALL) - calls()

    assert not missing, f"{sorted(missing)}: {REMEDY}"
    assert not gone, f"{sorted(gone)}: {REMEDY}"


def test_every_page_says_who_may_see_it() -> None:
    assert pages() == set(PAGES), REMEDY


@dataclass(frozen=True)
class Kind:
    """A kind of caller: how it comes, with which role (of its user, or of the open service) and which scope."""

    by: str  # "token", "session", "nobody", or what is wrong with the credential
    role: str | None = None
    scope: str = "admin"

    def __str__(self) -> str:
        return " ".join(filter(None, (self.by, self.role, self.scope)))


WRONG = ("deactivated", "expired", "revoked", "unknown token", "deactivated session")
KINDS = [
    *(Kind("token", role, scope) for role in ROLES for scope in SCOPES),
    *(Kind("session", role) for role in ROLES),
    Kind("nobody"),
    *(Kind("nobody", role, SCOPES[ROLES.index(role)]) for role in ROLES),
    *(Kind(by, role) for by in WRONG for role in (None, "admin")),  # on a closed service, and on an open one
]


def expected(row: Row | Anybody, kind: Kind) -> int:
    if kind.by in WRONG:
        return 401
    if isinstance(row, Anybody):
        return row.status
    if kind.by == "nobody" and (kind.role is None or row.person):
        return 401
    role, scope = ROLES.index(kind.role or ""), SCOPES.index(kind.scope)
    if role < ROLES.index(row.role) or scope < SCOPES.index(row.scope):
        return 403
    return row.others if row.others and min(role, scope) < ROLES.index("admin") else row.status


class World:
    """One incident, and somebody else with a token; `of(kind)` is the API as that kind of caller sees it."""

    def __init__(self, as_user: Any, in_session: Any, settings: Any, incident: Any) -> None:
        self.as_user, self.in_session, self.settings = as_user, in_session, settings
        settings.METRICS_ALLOWED_CIDRS = []
        self.people = {role: person(role, role) for role in ROLES}
        self.leaver, self.stranger = person("leaver", "admin"), person("stranger", "admin")
        token = tokens.issue_token(self.stranger, name="t", scope="read", actor=None)[0]
        webhook = webhooks.create_webhook(url="https://8.8.8.8/", actor=self.stranger)[0]
        told = {"webhooks": webhook, "deliveries": webhooks.ping(webhook.pk, actor=self.stranger)}
        self.objects = {"incidents": incident, "users": self.stranger, "tokens": token, **told}

    def of(self, kind: Kind) -> Any:
        self.settings.API_ANONYMOUS_ROLE = kind.role if kind.by in ("nobody", *WRONG) else None
        make = getattr(self, kind.by.replace(" ", "_"))
        return make(kind)

    def token(self, kind: Kind) -> Any:
        return self.as_user(self.people[kind.role or ""], kind.scope)

    def session(self, kind: Kind) -> Any:
        return self.in_session(self.people[kind.role or ""])

    def nobody(self, kind: Kind) -> Any:
        return self.as_user()

    def unknown_token(self, kind: Kind) -> Any:
        api = self.as_user()
        api.headers["Authorization"] = "Bearer inc_" + "x" * 40
        return api

    def expired(self, kind: Kind) -> Any:
        return self.ended(expires_at=clock.now() - timedelta(minutes=5))

    def revoked(self, kind: Kind) -> Any:
        return self.ended(revoked_at=clock.now())

    def ended(self, **how: Any) -> Any:
        api = self.as_user(self.people["admin"])
        ApiToken.objects.filter(user=self.people["admin"]).update(**how)
        return api

    def deactivated(self, kind: Kind) -> Any:
        api = self.as_user(self.leaver)
        services.edit_user(self.leaver.pk, actor=None, is_active=False)
        return api

    def deactivated_session(self, kind: Kind) -> Any:
        browser = self.in_session(self.leaver)
        services.edit_user(self.leaver.pk, actor=None, is_active=False)
        return browser

    def path(self, template: str) -> str:
        return template.format(pk=getattr(self.objects.get([*template.split("/"), ""][2]), "pk", None))


def person(name: str, role: str) -> User:
    return services.create_user(email=f"{name}@example.org", name=name, role=role, actor=None)


@contextmanager
def undone(api: Any = None) -> Iterator[None]:
    """Nothing that happens inside is there afterwards, be it in the database or among the cookies."""
    cookies = copy.deepcopy(api.client.cookies) if api else None
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
    if api:
        api.client.cookies = cookies


@pytest.fixture
def world(as_user: Any, in_session: Any, settings: Any, incident: Any) -> World:
    settings.RATE_LIMITS_ENABLED = False
    return World(as_user, in_session, settings, incident)


def surprises(world: World, rows: dict[str, Row | Anybody], kinds: list[Kind]) -> dict[str, str]:
    """Which kind of caller got what by which call, where the table says otherwise."""
    found = {}
    for kind in kinds:
        with undone():
            api = world.of(kind)
            for call, row in rows.items():
                method, path = call.split(" ")
                with undone(api):
                    status = api.call(method, world.path(path), getattr(row, "body", None)).status_code
                if status != expected(row, kind):
                    found[f"{kind}: {call}"] = f"{status} in place of {expected(row, kind)}"
    return found


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_a_caller_may_do_what_the_table_says_and_nothing_else(world: World, kind: Kind) -> None:
    assert surprises(world, WHO_MAY_CALL, [kind]) == {}


def test_head_is_open_to_whom_get_is(world: World) -> None:
    heads = {
        call.replace("GET", "HEAD"): row
        for call, row in WHO_MAY_CALL.items()
        if call.startswith("GET") and not getattr(row, "no_head", False)
    }

    assert len(heads) > 10
    assert surprises(world, heads, KINDS) == {}


def test_options_needs_no_leave_but_suffers_no_wrong_credential(world: World) -> None:
    options: dict[str, Row | Anybody] = {f"OPTIONS {call.split(' ')[1]}": Anybody(204) for call in WHO_MAY_CALL}

    assert len(options) > 10
    assert surprises(world, options, KINDS) == {}


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.by in ("token", "session")], ids=str)
def test_what_is_ones_own_follows_the_scope_alone(world: World, kind: Kind) -> None:
    api, may = world.of(kind), kind.scope != "read"
    own = world.people[kind.role or ""]
    token = tokens.issue_token(own, name="t", scope="read", actor=None)[0]

    assert api.patch(f"/v1/users/{own.pk}", {"name": "Me"}).status_code == (200 if may else 403)
    assert api.delete(f"/v1/tokens/{token.pk}").status_code == (204 if may else 403)


@pytest.mark.parametrize("path", [path for path, rule in PAGES.items() if isinstance(rule, Anybody)])
def test_a_page_for_anybody_is(client: Any, db: None, path: str) -> None:
    assert client.get(path).status_code == PAGES[path].status
