"""What a device or a person asks of the pages: a theme, stillness, strong contrast, words that are not lost."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from incidents import services
from tests.browser.pages import Furnished
from tests.live_server import becomes_true
from users import services as user_services
from users.models import Theme, User

COLOURS = """() => ["page", "surface", "text", "muted", "line", "accent", "danger", "warn", "good"].map((name) => {
  const probe = document.body.appendChild(document.createElement("i"));
  probe.style.color = `var(--${name})`;
  const colour = getComputedStyle(probe).color;
  probe.remove();
  return colour;
})"""
MOVING = """() => [...document.querySelectorAll("*")].map((one) => getComputedStyle(one)).filter((style) =>
  Math.max(parseFloat(style.transitionDuration), parseFloat(style.animationDuration)) > 0.001).length"""


def kept_by(page: Page) -> str:
    return str(page.evaluate("JSON.stringify(localStorage)"))


@pytest.fixture
def theme_of_ada(people: dict[str, User]) -> Iterator[None]:
    yield
    user_services.set_theme(people["ada"], Theme.SYSTEM)


@pytest.mark.parametrize(("device", "theme"), [("dark", "Light"), ("light", "Dark")])
def test_a_theme_that_is_chosen_looks_like_the_devices_own(
    page_as: Callable[..., Page], theme_of_ada: None, device: str, theme: str
) -> None:
    page = page_as("ada", color_scheme=device)
    page.goto("/profile")
    of_device = page.evaluate(COLOURS)
    page.emulate_media(color_scheme=theme.lower())
    wanted = page.evaluate(COLOURS)
    page.emulate_media(color_scheme=device)

    page.get_by_label(theme).check()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("html")).to_have_attribute("data-theme", theme.lower())

    assert page.evaluate(COLOURS) == wanted
    assert not set(wanted) & set(of_device)


def test_a_page_that_came_while_the_database_was_away_comes_back_by_itself(opened: Callable[..., Page]) -> None:
    page = opened("database away")
    wanted: list[str] = []
    page.clock.install()
    page.reload()
    expect(page.get_by_text("tries again every ten seconds")).to_be_visible()
    page.on("framenavigated", lambda frame: wanted.append(frame.url))

    with page.expect_response("**/ready/core") as asked:
        page.clock.run_for(10_000)
    assert asked.value.status == 503
    assert wanted == []
    page.route("**/ready/core", lambda route: route.fulfill(status=200))
    with page.expect_navigation(url="**/incidents"):
        page.clock.run_for(10_000)


def test_nothing_moves_for_who_asks_for_stillness(page_as: Callable[..., Page], furnished: Furnished) -> None:
    page = page_as("rui", reduced_motion="reduce")
    for path in ("/", "/incidents", f"/incidents/{furnished.names['short']}"):
        page.goto(path)
        assert page.evaluate(MOVING) == 0

    page.emulate_media(reduced_motion="no-preference")
    assert page.evaluate(MOVING) > 0


def test_forced_colours_leave_borders_and_what_is_current(page_as: Callable[..., Page], furnished: Furnished) -> None:
    page = page_as("rui", forced_colors="active")
    page.goto(f"/incidents/{furnished.names['short']}")
    border, page_colour, current = page.evaluate(
        """() => [".incident-actions .button-primary", "body", ".nav [aria-current], .states [aria-current]"]
            .map((found) => getComputedStyle(document.querySelector(found)))
            .map((style, place) => place ? style.backgroundColor : style.borderTopColor)"""
    )

    assert page.evaluate("matchMedia('(forced-colors: active)').matches")
    assert border != page_colour
    assert current
    expect(page.get_by_role("button", name="Resolve")).to_be_visible()


def test_a_comment_survives_a_reload_and_is_gone_once_it_is_sent(
    page_as: Callable[..., Page], people: dict[str, User]
) -> None:
    incident = services.open_incident(title="Drafts", severity="P3", actor=people["ada"])
    page = page_as("rui")
    page.goto(f"/incidents/{incident.pk}")
    page.get_by_label("Comment").fill("Half a sent")
    assert becomes_true(lambda: "draft:" in kept_by(page), within=5)
    page.reload()
    expect(page.get_by_label("Comment")).to_have_value("Half a sent")

    page.get_by_label("Comment").fill("A whole sentence.")
    page.get_by_role("button", name="Comment").click()
    expect(page.locator(".event-body")).to_have_text("A whole sentence.")
    page.reload()

    expect(page.get_by_label("Comment")).to_have_value("")


def test_what_somebody_else_has_begun_is_not_shown(page_as: Callable[..., Page], people: dict[str, User]) -> None:
    """Two people at one computer, one after the other."""
    page = page_as("rui")
    page.goto("/incidents/new")
    page.get_by_label("Title").fill("Rui's secret")
    assert becomes_true(lambda: "draft:" in kept_by(page), within=5)
    other = page_as("ada")
    other.goto("/profile")
    other.evaluate(
        "(kept) => Object.entries(JSON.parse(kept)).forEach(([k, v]) => localStorage.setItem(k, v))", kept_by(page)
    )
    other.goto("/incidents/new")

    expect(other.get_by_label("Title")).to_have_value("")
