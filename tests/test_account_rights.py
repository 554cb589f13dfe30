"""The pages of one's own account, which are nobody else's."""

from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from tests.test_page_rights import STRANGERS, visitors  # noqa: F401  a fixture
from tests.who_may_call import PAGES, PERSON

OWN = [path.replace("<int:pk>", "1") for path, rule in PAGES.items() if rule == PERSON]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_stranger_is_sent_to_the_log_in(visitors: dict[str, Client], method: str) -> None:  # noqa: F811  the fixture
    got_in = {}
    for path in OWN:
        for name in STRANGERS:
            response = visitors[name].generic(method, path)
            if not response.headers.get("Location", "").startswith(f"{settings.LOGIN_URL}?next=/"):
                got_in[f"{name}: {method} {path}"] = response.status_code

    assert got_in == {}


def test_a_person_is_not(visitors: dict[str, Client]) -> None:  # noqa: F811  the fixture
    answers: dict[str, Any] = {path: visitors["viewer"].get(path) for path in OWN}

    assert len(answers) > 10
    assert not [
        path for path, response in answers.items() if settings.LOGIN_URL in response.headers.get("Location", "")
    ]
    assert {response.status_code for response in answers.values()} <= {200, 302, 403, 404}
