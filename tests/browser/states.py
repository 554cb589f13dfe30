"""What pages look like after something was done on them: menus that are open, answers to forms, a second one's edit."""

import uuid
from collections.abc import Callable

from axes.models import AccessAttempt
from playwright.sync_api import Page

from incidents import services
from tests.browser.pages import FACTORS, PAGES, Furnished
from users import lockout

PASSWORD = "plain-Sailing-42"
Act = Callable[[Page, Furnished], None]


def nothing(page: Page, furnished: Furnished) -> None:
    """The page as it comes."""


def send_log_in(page: Page, name: str, password: str = PASSWORD) -> None:
    page.get_by_label("E-mail").fill(f"{name}@example.com")
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in", exact=True).click()


def locked(page: Page, furnished: Furnished) -> None:
    account = {"username": lockout.hashed("lou@example.com"), "ip_address": "203.0.113.9"}
    AccessAttempt.objects.filter(**account).delete()
    AccessAttempt.objects.create(**account, user_agent="", failures_since_start=100_000)
    send_log_in(page, "lou")
    page.get_by_role("heading", name="Too many tries").wait_for()


def wrong_password(page: Page, furnished: Furnished) -> None:
    send_log_in(page, "rui", "wrong")
    page.locator(".notice-error").wait_for()


def second_factor(page: Page, furnished: Furnished) -> None:
    send_log_in(page, "fay")
    page.get_by_role("heading", name="Second factor").wait_for()


def confirmed(page: Page, furnished: Furnished) -> None:
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()
    page.wait_for_url(f"{FACTORS}/**")


def made_a_token(page: Page, furnished: Furnished) -> None:
    page.get_by_label("What it is for").fill("A job that tells of its failures")
    page.get_by_role("button", name="Make a token").click()
    page.locator(".secret").wait_for()


def acknowledged_many(page: Page, furnished: Furnished) -> None:
    page.get_by_label("Select all").check()
    page.get_by_role("button", name="Acknowledge", exact=True).click()
    page.get_by_role("heading", name="What was done").wait_for()


def about_to_deactivate(page: Page, furnished: Furnished) -> None:
    page.get_by_text("Deactivate…").click()
    page.get_by_role("button", name="Deactivate", exact=True).wait_for()


def in_conflict(page: Page, furnished: Furnished) -> None:
    theirs = f"What somebody else wrote, {uuid.uuid4()}"
    services.edit_incident(furnished.names["short"], actor=furnished.people["ada"], description=theirs)
    page.get_by_role("textbox", name="Description").fill("What I wrote.")
    page.get_by_role("button", name="Save", exact=True).click()
    page.locator(".conflict").wait_for()


def previewed(page: Page, furnished: Furnished) -> None:
    page.get_by_label("Comment", exact=True).fill(
        "# Heading\n\nA **list**:\n\n- `one`\n- [two](https://example.org/)\n\n> three"
    )
    page.get_by_role("button", name="Preview").click()
    page.locator("#preview .prose").wait_for()


def sent_wrong(page: Page, furnished: Furnished) -> None:
    """A title of spaces, which is one for the browser alone. Duplicates of what was typed are shown."""
    page.get_by_label("Title").fill("Queue lag on worker-1")
    page.locator(".duplicates").wait_for()
    page.get_by_label("Title").fill(" ")
    page.get_by_role("radio").first.check()
    page.get_by_role("button", name="Open incident").click()
    page.locator(".field-error").first.wait_for()


def made_a_webhook(page: Page, furnished: Furnished) -> None:
    page.get_by_label("URL").fill("https://93.184.215.14/made")
    page.get_by_role("button", name="Make the webhook").click()
    page.locator(".secret").wait_for()


def sent_a_wrong_address(page: Page, furnished: Furnished) -> None:
    page.get_by_label("URL").fill("https://10.0.0.1/")
    page.get_by_role("button", name="Make the webhook").click()
    page.locator(".field-error").wait_for()


def opened_answers(page: Page, furnished: Furnished) -> None:
    for answer in page.locator("summary").all():
        answer.click()
    page.locator("details[open] pre").first.wait_for()


def opened(name: str) -> Act:
    """The menu with this name."""

    def act(page: Page, furnished: Furnished) -> None:
        page.locator("summary", has_text=name).click()
        page.locator("details[open] > :not(summary)").wait_for()

    return act


FILTERED = "/incidents?status=OPEN&limit=5"
STATES: dict[str, tuple[str, str, Act]] = {
    "log in, wrong": ("", "/account/login", wrong_password),
    "log in, locked": ("", "/account/login", locked),
    "log in, second factor": ("", "/account/login", second_factor),
    "authenticator": ("rui", f"/account/confirm?next={FACTORS}/authenticator", confirmed),
    "passkey": ("rui", f"/account/confirm?next={FACTORS}/passkeys/add", confirmed),
    "new recovery codes": ("fay", f"/account/confirm?next={FACTORS}/recovery-codes/new", confirmed),
    "token made": ("fay", "/tokens", made_a_token),
    "incidents, acknowledged": ("rui", "/incidents?q=lag&limit=10", acknowledged_many),
    "person, deactivating": ("ada", "/people/{rui}", about_to_deactivate),
    "edit in conflict": ("rui", "/incidents/{short}/description", in_conflict),
    "comment previewed": ("rui", "/incidents/{short}", previewed),
    "new incident, wrong": ("rui", "/incidents/new", sent_wrong),
    "menu of statuses": ("rui", FILTERED, opened("Status")),
    "menu of severities": ("rui", FILTERED, opened("Severity")),
    "menu of filters": ("rui", FILTERED, opened("Filters")),
    "menu of views": ("rui", FILTERED, opened("Save view")),
    "menu of the person": ("ada", "/", opened("Ada")),
    "webhook made": ("ada", "/webhooks/new", made_a_webhook),
    "webhook, wrong": ("ada", "/webhooks/new", sent_a_wrong_address),
    "webhook, deleting": ("ada", "/webhooks/{fails}", opened("Delete…")),
    "delivery, answers": ("ada", "/deliveries/{stuck}", opened_answers),
    "status with a note": ("rui", "/incidents/{short}", opened("With a note")),
}
# With what they are answered, where it is a refusal.
STATUSES = {"log in, locked": 429, "edit in conflict": 409, "new incident, wrong": 400, "webhook, wrong": 400}
WAYS = {name: (person, path, nothing) for name, (person, path) in PAGES.items()} | STATES
