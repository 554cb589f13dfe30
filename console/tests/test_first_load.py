"""What a browser fetches before a page is there: small, from here alone, and kept for good."""

import gzip
import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.test import Client

from core.static_files import HashedStorage
from incidents import services

MOST_BYTES = 120 * 1024
IMPORT = re.compile(r"""^import .*?["']\./(.+?)["'];""", re.MULTILINE)


@pytest.fixture(autouse=True)
def in_place(settings: Any, tmp_path: Path) -> None:
    """Whatever `make run` has collected here."""
    settings.STATIC_ROOT = tmp_path


@pytest.fixture
def browser(browser_of: Any, ada: Any) -> Client:
    return browser_of(ada)


def fetched(page: str) -> set[str]:
    """The static files that a page names, and the scripts that these import."""
    names = set(re.findall(r'(?:href|src)="/static/([^"]+)"', page))
    scripts = [name for name in names if name.startswith("js/")]
    while scripts:
        inner = {f"js/{name}" for name in IMPORT.findall(read(scripts.pop()).decode())} - names
        names |= inner
        scripts += inner
    return names


def read(name: str) -> bytes:
    path = finders.find(name)
    assert path, name
    return Path(path).read_bytes()


@pytest.mark.parametrize("path", ["/", "/incidents?limit=100", "/incidents/new", "/incidents/{pk}", "/profile"])
def test_a_first_load_is_small_and_from_here_alone(browser: Client, rui: Any, path: str) -> None:
    for number in range(100):
        incident = services.open_incident(title=f"Disk {number} of db-{number} is full", severity="P2", actor=rui)

    response = browser.get(path.format(pk=incident.pk), headers={"Accept-Encoding": "gzip"})

    page = gzip.decompress(response.content).decode()
    files = fetched(page)
    assert {"css/base.css", "js/console.js"} <= files
    assert re.findall(r'(?:href|src|action)="(?:[a-z]+:)?//[^"]*"', page) == []
    assert len(response.content) + sum(len(gzip.compress(read(name))) for name in files) < MOST_BYTES


def test_every_static_file_that_a_template_names_is_there() -> None:
    folder = Path(settings.BASE_DIR) / "templates"
    named = {name for page in folder.rglob("*.html") for name in re.findall(r'{% static "(.+?)" %}', page.read_text())}

    assert len(named) > 10
    assert [name for name in sorted(named) if not finders.find(name)] == []


def test_collected_files_carry_their_hash_come_compressed_and_are_kept(tmp_path: Path, settings: Any) -> None:
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    settings.WHITENOISE_AUTOREFRESH = settings.WHITENOISE_USE_FINDERS = False

    call_command("collectstatic", interactive=False, verbosity=0)

    url = HashedStorage(location=tmp_path).url("js/console.js")
    assert re.fullmatch(r"/static/js/console\.[0-9a-f]{12}\.js", url)
    response = Client().get(url, headers={"Accept-Encoding": "gzip"})
    assert gzip.decompress(response.getvalue()) == read("js/console.js")
    seconds = re.fullmatch(r"max-age=(\d+), public, immutable", response["Cache-Control"])
    assert seconds
    assert int(seconds[1]) >= 365 * 86_400


def test_what_is_not_collected_keeps_its_name(tmp_path: Path) -> None:
    assert HashedStorage(location=tmp_path).url("css/base.css") == "/static/css/base.css"
