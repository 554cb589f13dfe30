"""What belongs to somebody else answers as what is not there: in the same words, after the same queries."""

import re
import uuid
from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.test_rights import person, undone
from tests.who_may_call import PAGES, WHO_MAY_CALL, Page
from users import saved_views, tokens

API = [call for call, row in WHO_MAY_CALL.items() if getattr(row, "others", None) == 404]
OWN_PAGES = [
    call for call, row in PAGES.items() if isinstance(row, Page) and row.role == "viewer" and row.status == 404
]
SECRETS = re.compile(
    rb'"request_id": ?"[^"]+"|<code>[0-9a-f-]{36}</code>|value="\w{64}"|"X-CSRFToken": "\w+"|[0-9a-f-]{36}'
)


@pytest.fixture
def things(db: None) -> dict[str, Any]:
    """Of an administrator, by the noun of their paths."""
    other = person("other", "admin")
    session = UserSession.objects.create(user=other, session_key="x" * 32, ip="203.0.113.9", user_agent="x", data={})
    view = saved_views.keep(other, name="Theirs", query="q=x")
    return {
        "tokens": tokens.issue_token(other, name="t", scope="read", actor=None)[0],
        "views": view,
        "security": session,
    }


def test_the_tables_name_them() -> None:
    assert API == ["DELETE /v1/tokens/{pk}"]
    assert {call.split("/")[1] for call in OWN_PAGES} == {"tokens", "views", "security"}


def answered(client: Any, call: str, pk: Any) -> tuple[int, bytes, int]:
    method, path = call.split(" ")
    with undone(), CaptureQueriesContext(connection) as queries:
        response = client(method, path.replace("<int:pk>", str(pk)).format(pk=pk))
    return response.status_code, SECRETS.sub(b"", response.content), len(queries)


@pytest.mark.parametrize("call", API)
def test_of_the_api(as_user: Any, things: dict[str, Any], call: str) -> None:
    api = as_user(person("viewer", "viewer"))

    theirs, nobodys = (answered(api.call, call, pk) for pk in (things["tokens"].pk, uuid.uuid4()))

    assert theirs == nobodys
    assert theirs[0] == 404


@pytest.mark.parametrize("call", OWN_PAGES)
def test_of_the_pages(things: dict[str, Any], call: str) -> None:
    browser = Client()
    browser.force_login(person("viewer", "viewer"))
    pk = things[call.split("/")[1]].pk

    theirs, nobodys = (
        answered(browser.generic, call, one) for one in (pk, 10**6 if isinstance(pk, int) else uuid.uuid4())
    )

    assert theirs == nobodys
    assert theirs[0] == 404
