"""The named cast, the API as each of them sees it, and engines that are really there."""

import gc
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.core.cache import cache, caches
from django.test import Client, TransactionTestCase
from django.test.client import ClientHandler

from core import cache as redis_cache
from core.tests import fault_bench
from incidents import services
from incidents.models import Incident
from tests import cast, middleware
from tests.api import Api
from tests.forgetting import forget_what_was_committed
from users.models import User

LONGEST = {"test_embedded_refusals.py", "test_compose.py", "test_worker.py"}

TransactionTestCase._fixture_teardown = forget_what_was_committed
ClientHandler.load_middleware = middleware.load
gc.disable()  # until all is collected: next to nothing of that is garbage


def pytest_sessionstart() -> None:
    """Every process of the suite would read it, and many tests are about what holds without it."""
    if (settings.BASE_DIR / ".env").exists():
        pytest.exit("The tests would read the .env of this folder, too: move it away, or test in another checkout.", 2)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first, the rest in its random order: the last one to begin is what all processes wait for."""
    items.sort(key=lambda item: item.path.name not in LONGEST)


def pytest_collection_finish() -> None:
    """Modules and tests stay to the end: to look through them for garbage time and again took 3 % of the CPU."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    gc.enable()


@pytest.fixture(scope="session", autouse=True)
def quick() -> None:
    """Once and not by the fixture `settings`: Django forgets what it has looked up whenever that changes one."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.WHITENOISE_AUTOREFRESH = True  # else every test client lists all static files: 20 ms


@pytest.fixture(scope="session", autouse=True)
def own_redis(worker_id: str) -> None:
    """Each process of the suite empties and fills a Redis database of its own, as it does in PostgreSQL.

    Its patience is a busy machine's: where a test means a Redis that is away, that one does not answer at all.
    """
    settings.CACHES["default"]["OPTIONS"].update(SOCKET_TIMEOUT=5, SOCKET_CONNECT_TIMEOUT=5)
    if worker_id != "master":
        parts = urlsplit(settings.REDIS_URL)
        number = int(parts.path.strip("/") or 0) + int(worker_id.removeprefix("gw"))
        settings.REDIS_URL = parts._replace(path=f"/{number}").geturl()
        settings.CACHES["default"]["LOCATION"] = settings.REDIS_URL
    caches["default"].close()
    del caches["default"]  # made already, as it was before


@pytest.fixture(autouse=True)
def empty_redis(own_redis: None) -> Iterator[None]:
    """Each test begins with nothing cached, nothing counted and a closed breaker."""
    redis_cache.breaker.reset()
    cache.clear()
    yield
    redis_cache.breaker.reset()


@pytest.fixture
def ada(db: None) -> User:
    return cast.person("Ada", "admin")


@pytest.fixture
def rui(db: None) -> User:
    return cast.person("Rui", "responder")


@pytest.fixture
def vera(db: None) -> User:
    return cast.person("Vera", "viewer")


@pytest.fixture
def as_user(db: None) -> Callable[..., Api]:
    """`as_user(rui)` is the API with a new token of Rui's, of scope admin unless said otherwise."""

    def make(user: User | None = None, scope: str = "admin") -> Api:
        return Api(cast.token(user, scope) if user else None)

    return make


@pytest.fixture
def in_session(db: None) -> Callable[..., Api]:
    """`in_session(rui)` is the API as Rui's browser calls it: by cookie, with the CSRF token of the page."""

    def make(user: User, *, csrf: bool = True) -> Api:
        api = Api(**({"X-CSRFToken": "c" * 32} if csrf else {}))
        api.client = Client(raise_request_exception=False, enforce_csrf_checks=True)
        api.client.force_login(user)
        api.client.cookies["csrftoken"] = "c" * 32
        return api

    return make


@pytest.fixture
def site(ada: User) -> Client:
    """Ada's browser, logged in to the admin site."""
    browser = Client()
    browser.force_login(ada)
    return browser


@pytest.fixture
def incident(rui: User) -> Incident:
    return services.open_incident(title="Disk full on db-7", severity="P1", actor=rui)


@pytest.fixture(scope="module")
def bench() -> Iterator[fault_bench.Bench]:
    """Engines that a test may kill."""
    with fault_bench.bench() as running:
        yield running


@pytest.fixture
def service(bench: fault_bench.Bench, tmp_path: Path) -> Iterator[fault_bench.Service]:
    """The whole service on them, ready."""
    with fault_bench.Service(tmp_path / "log", bench) as running:
        assert running.becomes(5, lambda: running.get("/ready").status == 200)
        yield running
