"""People and tokens, changed by several at the same moment."""

import pytest

from users import services, tokens
from users.models import User
from users.tests.conftest import entries

pytestmark = pytest.mark.django_db(transaction=True)


def test_of_many_who_take_one_address_at_once_one_gets_it(as_user, ada, at_once):
    api = as_user(ada)
    emails = ["kim@example.com", "KIM@example.com"] * 4

    answers = at_once([lambda e=email: api.post("/v1/users", {"email": e, "name": "Kim"}) for email in emails])

    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    assert User.objects.count() == 2
    assert len(entries("user.created")) == 2


def test_of_many_who_change_to_one_address_at_once_one_gets_it(as_user, ada, colleague, at_once):
    people = [colleague(f"Person{number}") for number in range(6)]
    api = as_user(ada)

    answers = at_once([lambda p=p: api.patch(f"/v1/users/{p.pk}", {"email": "kim@example.com"}) for p in people])

    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 5
    assert len(entries("user.updated")) == 1


def test_changes_of_one_person_follow_each_other_in_the_audit_log(as_user, ada, rui, at_once):
    """Else the log would tell of a change from a name that the person no longer had."""
    api = as_user(ada)
    at_once([lambda n=n: api.patch(f"/v1/users/{rui.pk}", {"name": f"Rui {n}"}) for n in range(8)])

    told = [(entry.before["name"], entry.after["name"]) for entry in entries("user.updated")]

    rui.refresh_from_db()
    assert [before for before, _ in told] == ["Rui", *(after for _, after in told[:-1])]
    assert told[-1][1] == rui.name
    assert len(told) == 8


def test_fields_changed_at_once_are_all_kept(as_user, ada, rui, at_once):
    api = as_user(ada)
    changes = [{"name": "R."}, {"timezone": "Asia/Tokyo"}, {"role": "viewer"}, {"email": "r@example.com"}]

    at_once([lambda c=change: api.patch(f"/v1/users/{rui.pk}", c) for change in changes])

    shown = api.get(f"/v1/users/{rui.pk}").json()
    assert all(shown.items() >= change.items() for change in changes)


def test_a_token_that_is_revoked_while_its_owner_is_sent_away_ends_once(rui, at_once):
    for _ in range(10):
        token = tokens.issue_token(rui, name="t", scope="read", actor=None)[0]

        def revoke(token_id=token.pk):
            try:
                tokens.revoke_token(token_id, actor=None)
            except tokens.TokenNotFound:
                return

        at_once([revoke, lambda: services.edit_user(rui.pk, actor=None, is_active=False)])

        assert [entry.target_id for entry in entries("token.revoked")].count(token.pk) == 1
        services.edit_user(rui.pk, actor=None, is_active=True)
