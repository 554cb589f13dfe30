"""What a page weighs, how long a browser may keep it, and whether it stands still while it comes."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import log_in
from tests.browser.pages import Furnished

FIRST_LOAD_BYTES = 120 * 1024
MOST_SHIFT = 0.02
YEAR = "max-age=315360000, public, immutable"
# As they crossed the network: compressed, with their headers.
WEIGHTS = """() => [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
  .map((one) => [new URL(one.name).pathname, one.transferSize])"""
SHIFTS = """() => new Promise((done) => {
  const seen = [];
  new PerformanceObserver((list) => seen.push(...list.getEntries().map((one) => one.value)))
    .observe({ type: "layout-shift", buffered: true });
  setTimeout(() => done(seen), 300);
})"""


def weights(page: Page) -> dict[str, int]:
    return {path: weight for path, weight in page.evaluate(WEIGHTS) if path != "/v1/stream"}


@pytest.mark.parametrize("path", ["/", "/incidents?limit=100", "/incidents/{short}", "/incidents/{busy}"])
def test_the_first_load_is_light(page_as: Callable[..., Page], furnished: Furnished, path: str) -> None:
    page = page_as("rui")
    page.goto(path.format(**furnished.names))

    found = weights(page)
    assert len(found) > 5
    assert 20_000 < sum(found.values()) < FIRST_LOAD_BYTES, found


def test_the_second_load_asks_for_no_file_again(page_as: Callable[..., Page]) -> None:
    page = page_as("rui")
    page.goto("/")
    first = weights(page)
    page.goto("/incidents/new")
    page.goto("/")

    second = weights(page)
    files = [path for path in second if path.startswith("/static/")]
    assert len(files) > 5
    assert sum(first[path] for path in files) > 20_000
    assert sum(second[path] for path in files) == 0


def test_static_files_are_kept_for_years_and_compressed(page_as: Callable[..., Page], furnished: Furnished) -> None:
    page = page_as("rui")
    answers: list[Any] = []
    page.on("response", lambda answer: answers.append(answer))
    page.goto(f"/incidents/{furnished.names['short']}")

    files = [answer for answer in answers if "/static/" in answer.url]
    assert len(files) > 5
    assert {answer.headers["cache-control"] for answer in files} == {YEAR}
    texts = [answer for answer in files if answer.url.endswith((".css", ".js"))]
    assert {answer.headers.get("content-encoding") for answer in texts} <= {"gzip", "br"}


@pytest.mark.parametrize("path", ["/", "/incidents?limit=100", "/incidents/{short}", "/incidents/{busy}"])
@pytest.mark.parametrize("width", [375, 1280])
def test_nothing_moves_while_a_page_comes(
    page_as: Callable[..., Page], furnished: Furnished, path: str, width: int
) -> None:
    """The better of two loads: what another test has just written may arrive live in one, and moves the page."""
    page = page_as("rui", viewport={"width": width, "height": 812})
    shifts = []
    for _ in range(2):
        page.goto(path.format(**furnished.names))
        shifts.append(sum(page.evaluate(SHIFTS)))

    assert min(shifts) <= MOST_SHIFT


def test_the_page_log_in_is_light_too(page_as: Callable[..., Page]) -> None:
    page = page_as()
    page.goto("/account/login")
    assert sum(weights(page).values()) < FIRST_LOAD_BYTES

    log_in(page, "vera")
