"""What holds for every page: nobody is kept out by it, it fits a phone, and nothing on it breaks the content policy."""

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.states import WAYS
from users import services
from users.models import Theme, User

MORE_OF_THE_SAME = ".event:nth-child(n + 30)"
PHONE = {"viewport": {"width": 375, "height": 812}, "has_touch": True, "is_mobile": True}
WIDE = """() => document.documentElement.scrollWidth <= 375 ? [] : [...document.querySelectorAll("body *")]
  .filter((one) => one.getBoundingClientRect().right > 376).map((one) => one.outerHTML.slice(0, 120))"""
SMALL = """() => [...document.querySelectorAll(
    ".button, .nav a, .tab, .choice, summary, select.input, input.input")]
  .filter((one) => one.checkVisibility({ visibilityProperty: true }) && !one.closest("dialog:not([open])"))
  .map((one) => [one.outerHTML.slice(0, 80), Math.round(one.getBoundingClientRect().height)])
  .filter(([, height]) => height > 1 && height < 44)"""
TOKENS = """() => [...document.styleSheets].flatMap((sheet) => [...sheet.cssRules])
  .filter((rule) => rule.selectorText === ":root").flatMap((rule) => [...rule.style])
  .filter((name) => name.startsWith("--")).map((name) => {
    document.body.style.setProperty("color", `var(${name})`);
    return `${name} ${getComputedStyle(document.body).color}`;
  }).join()"""


def found_by_axe(page: Page, but: str = "") -> list[str]:
    violations = Axe().run(page, {"exclude": [[but]]} if but else None).response["violations"]
    found = [(rule["id"], node) for rule in violations for node in rule["nodes"]]
    return [f"{rule}: {node['html'][:160]} {node['failureSummary']}" for rule, node in found if not peoples(rule, node)]


def peoples(rule: str, node: dict[str, Any]) -> bool:
    """In comments and descriptions people give headings the order that they like."""
    return rule == "heading-order" and node["html"].startswith(("<h4", "<h5", "<h6"))


@pytest.mark.parametrize("name", WAYS)
def test_axe_finds_nothing(opened: Callable[..., Page], name: str) -> None:
    page = opened(name, color_scheme="light", reduced_motion="reduce")
    assert found_by_axe(page) == []

    page.emulate_media(color_scheme="dark")
    assert found_by_axe(page, MORE_OF_THE_SAME) == []


@pytest.mark.parametrize("name", WAYS)
def test_a_page_fits_a_phone(opened: Callable[..., Page], name: str) -> None:
    page = opened(name, **PHONE)

    assert page.evaluate(WIDE) == []
    assert page.evaluate(SMALL) == []


def test_a_chosen_theme_has_the_colours_of_the_devices(opened: Callable[..., Page], people: dict[str, User]) -> None:
    page = opened("dashboard", color_scheme="dark", bypass_csp=True)
    dark = page.evaluate(TOKENS)
    assert dark.count("rgb") > 20

    page.emulate_media(color_scheme="light")
    assert page.evaluate(TOKENS) != dark
    page.goto("/profile")
    page.get_by_label("Dark").check()
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_selector("[data-theme=dark]")
    chosen = page.evaluate(TOKENS)
    services.set_theme(people["rui"], Theme.SYSTEM)

    assert chosen == dark
