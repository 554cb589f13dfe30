"""The service as it is deployed, browsers of the named cast before it, and an ear for what their pages complain of."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.test.utils import setup_databases, teardown_databases
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.complaints import Complaints
from tests.browser.pages import Furnished, furnish
from tests.browser.states import PASSWORD, STATUSES, WAYS, send_log_in
from tests.live_server import BARE, ROOT, engines, free_port, web
from users import services
from users.models import User

ROLES = {"ada": "admin", "rui": "responder", "vera": "viewer", "fay": "responder"}
DEPLOYED = ("config", "console", "core", "incidents", "notifications", "users", "static", "templates", "manage.py")
FLAGS = ("--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-sync")

expect.set_options(timeout=10_000)  # of a busy machine


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("browser")


@pytest.fixture(scope="session", autouse=True)
def quick() -> None:
    """Not here: the server, a process of its own, knows no quick passwords."""


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Debian's Chromium, since Playwright's own would have to be downloaded."""
    chromium = shutil.which(os.environ.get("CHROMIUM") or "chromium")
    if chromium is None:
        pytest.exit("Chromium is needed: install Debian's chromium, or name one in CHROMIUM.", returncode=2)
    as_root = ["--no-sandbox"] if os.geteuid() == 0 else []
    return {**browser_type_launch_args, "executable_path": chromium, "args": [*FLAGS, *as_root]}


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the code with its static files collected, as the image has it."""
    folder = tmp_path_factory.mktemp("deployed")
    for name in DEPLOYED:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, folder / name)
    collect = [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"]
    subprocess.run(collect, cwd=folder, env=BARE, check=True)
    return folder


@pytest.fixture(scope="session")
def database(django_db_modify_db_settings: None, own_redis: None, django_db_blocker: Any) -> Iterator[None]:
    """One for all tests of browsers: each makes incidents of its own, and none needs to be alone in it."""
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # Playwright has a loop in this thread, which our queries may block
    with django_db_blocker.unblock():
        made = setup_databases(verbosity=0, interactive=False, aliases={"default"}, serialized_aliases=set())
        yield
        connection.settings_dict["OPTIONS"].pop("options")  # of a busy machine: to drop it may take over five seconds
        end_other_sessions()
        teardown_databases(made, verbosity=0)


def end_other_sessions() -> None:
    """What a web process that ended has left is still at work, and would keep the database from being dropped."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


@pytest.fixture(scope="session")
def people(database: None) -> dict[str, User]:
    return {
        name: services.create_user(
            email=f"{name}@example.com", name=name.title(), role=role, password=PASSWORD, actor=None
        )
        for name, role in ROLES.items()
    }


@pytest.fixture(scope="session")
def service(checkout: Path, people: dict[str, User]) -> Iterator[str]:
    """Its address. Two web processes; nobody's budget is spent by a suite."""
    budgets = dict.fromkeys(("RATE_LIMIT_MAX_REQUESTS", "RATE_LIMIT_READS", "RATE_LIMIT_SEARCH"), "100000")
    env = {"WEB_WORKERS": "2", **budgets, "LOGIN_FAILURES_ALLOWED": "1000"}
    with web({**engines(), **env}, checkout, log=checkout / "web.log") as address:
        yield address


@pytest.fixture(scope="session")
def base_url(service: str) -> str:
    """Pages go to "/incidents", and so do `context.request` and `expect(page).to_have_url`."""
    return service


@pytest.fixture(scope="session")
def logged_in(browser: Browser, base_url: str) -> Callable[[str], Any]:
    """The cookies of a person who has come in by the page Log in, once for the whole run."""
    states: dict[str, Any] = {}

    def state(name: str) -> Any:
        if name not in states:
            context = browser.new_context(base_url=base_url)
            log_in(context.new_page(), name)
            states[name] = context.storage_state()
            context.close()
        return states[name]

    return state


def log_in(page: Page, name: str) -> None:
    page.goto("/account/login")
    send_log_in(page, name)
    page.wait_for_url("/")


@pytest.fixture
def complaints() -> Iterator[Complaints]:
    """Of all pages of a test: refused by the content policy, thrown, or written to the console as an error."""
    collected = Complaints()
    yield collected
    assert collected.unexpected() == []


@pytest.fixture
def context_as(
    browser: Browser, base_url: str, logged_in: Callable[[str], Any], complaints: Complaints
) -> Iterator[Callable[..., BrowserContext]]:
    """`context_as("rui", viewport=…)` is a browser of Rui's; `context_as()` one of nobody's."""
    contexts: list[BrowserContext] = []

    def make(name: str = "", **options: Any) -> BrowserContext:
        state = logged_in(name) if name else None
        context = browser.new_context(base_url=base_url, storage_state=state, **options)
        context.set_default_timeout(10_000)
        complaints.listen_to(context)
        contexts.append(context)
        return context

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def page_as(context_as: Callable[..., BrowserContext]) -> Callable[..., Page]:
    """`page_as("rui")` is a page in a browser of Rui's, who has logged in."""

    def make(name: str = "", **options: Any) -> Page:
        return context_as(name, **options).new_page()

    return make


@pytest.fixture(scope="session")
def broken(checkout: Path, service: str) -> Iterator[dict[str, str]]:
    """Two more, which each lack something: their addresses."""
    found = engines()
    empty = urlsplit(found["DATABASE_URL"])._replace(path="/postgres").geturl()
    nowhere = f"postgresql://127.0.0.1:{free_port()}/incidents"
    with (
        web({**found, "DATABASE_URL": nowhere}, checkout) as away,
        web({**found, "DATABASE_URL": empty}, checkout) as unmade,
    ):
        yield {"away": away, "unmade": unmade}


@pytest.fixture(scope="session")
def furnished(people: dict[str, User], logged_in: Callable[[str], Any], broken: dict[str, str]) -> Furnished:
    logged_in("fay")  # as long as that takes no second factor
    return furnish(people, PASSWORD, broken)


@pytest.fixture
def opened(furnished: Furnished, page_as: Callable[..., Page], complaints: Complaints) -> Callable[..., Page]:
    """`opened("people", color_scheme="dark")` is the page of that name in `WAYS`, as its person sees it."""

    def make(name: str, **options: Any) -> Page:
        person, path, act = WAYS[name]
        page = page_as(person, **options)
        answer = page.goto(path.format(**furnished.names))
        act(page, furnished)
        status = STATUSES.get(name) or (answer.status if answer else 0)
        if status >= 400:
            complaints.expect(f"the server responded with a status of {status}")
        return page

    return make
