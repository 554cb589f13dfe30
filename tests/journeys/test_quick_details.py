"""The front itself: callers who ask for one incident at the same moment, each with what it may have."""

import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from incidents.models import Incident
from tests.live_server import engines, web
from users import tokens
from users.models import User

STRANGERS = ["Bearer inc_" + "x" * 43, "rubbish"]


@pytest.mark.django_db(transaction=True)
def test_many_at_once_are_answered_each_with_what_it_may_have(incident: Incident, vera: User, rui: User) -> None:
    people = [tokens.issue_token(user, name="t", scope="read", actor=None) for user in (vera, rui)]
    friends = [f"Bearer {secret}" for _, secret in people]

    with web(engines()) as address, ThreadPoolExecutor(12) as crowd:
        url = f"{address}/v1/incidents/{incident.pk}"
        for header in [friends[0], *friends]:  # the token's use is noted, the detail cached
            ask(url, header)
        answers = list(crowd.map(lambda header: ask(url, header), (friends + STRANGERS) * 12))
        tokens.revoke_token(people[0][0].pk, actor=None)
        after = [ask(url, header)[0] for header in friends]

    assert [status for status, _, _ in answers] == [200, 200, 401, 401] * 12
    assert {headers["X-Cache"] for status, headers, _ in answers if status == 200} == {"HIT"}
    assert len({headers["X-Request-ID"] for _, headers, _ in answers}) == len(answers)
    assert len({body for status, _, body in answers if status == 200}) == 1
    assert after == [401, 200]


def ask(url: str, authorization: str) -> tuple[int, Any, bytes]:
    request = urllib.request.Request(url, headers={"Authorization": authorization})
    try:
        with urllib.request.urlopen(request, timeout=5) as response:
            return response.status, response.headers, response.read()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.headers, refused.read()
