"""All that core knows of forbidden addresses, at every door of the running service that takes one from a person.

The addresses of mail, single sign-on, Sentry, traces and the dead man's switch are the operator's own, from the
environment. What is connected, is looked at in the end.
"""

import uuid

import pytest

from core.tests.test_outbound_addresses import FORBIDDEN
from tests.hostile.browser import Browser
from tests.hostile.service import Service
from tests.hostile.wire import Wire

URL = "/v1/webhooks"
PUBLIC = "http://public.example/"
# What a form may not hold for another reason would hide what this is about.
KINDS = {
    "mattermost": {"url": "{}"},
    "teams": {"url": "{}"},
    "ntfy": {"url": "{}", "topic": "ops"},
    "http": {"url": "{}", "method": "POST", "body": "x"},
}


# A form trims, and keeps what is secret where it is left empty.
IN_FORMS = [url for url in FORBIDDEN if url and url == url.strip()]


@pytest.fixture(scope="module")
def visitor(service: Service) -> Browser:
    found = Browser(service.wire(""))
    assert found.log_in("admin@example.com", "in-a-storm-9").status == 302
    return found


def test_no_webhook_is_made_for_one_nor_led_there(service: Service, ada: Wire, figures: dict[str, int]) -> None:
    made = ada.call("POST", URL, {"url": PUBLIC}).json()["id"]
    passed = []
    for url in FORBIDDEN:
        for method, path in (("POST", URL), ("PATCH", f"{URL}/{made}")):
            answer = ada.call(method, path, {"url": url})
            if answer.status != 400 or list(answer.json()["details"]) != ["url"]:
                passed.append((method, url, answer.status))
    figures["webhook_addresses"] = 2 * len(FORBIDDEN)

    assert passed == []
    assert ada.read(f"{URL}/{made}")["url"] == PUBLIC
    assert service.connects() == []


@pytest.mark.parametrize("kind", KINDS)
def test_no_channel_is_made_for_one_nor_led_there(
    service: Service, visitor: Browser, figures: dict[str, int], kind: str
) -> None:
    page = f"/channels/new?kind={kind}"

    def sent(url: str) -> list[tuple[str, str]]:
        fields = [(f"setting-{name}", value.replace("{}", url)) for name, value in KINDS[kind].items()]
        return [
            ("kind", kind),
            ("idempotency_key", str(uuid.uuid4())),
            ("description", "d"),
            ("is_active", "on"),
            *fields,
        ]

    made = visitor.post(page, sent(PUBLIC))
    assert made.status == 303, made
    edit = [("do", "edit")]
    passed = [url for url in IN_FORMS if visitor.post(page, sent(url)).status != 400]
    passed += [url for url in IN_FORMS if visitor.post(made.headers["location"], edit + sent(url)).status != 400]
    figures["channel_addresses"] = figures.get("channel_addresses", 0) + 2 * len(IN_FORMS)

    assert passed == []
    assert service.connects() == []
