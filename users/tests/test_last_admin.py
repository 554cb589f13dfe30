"""Somebody can always manage the users."""

import pytest

from users.models import User
from users.tests.conftest import entries, refused


@pytest.mark.parametrize(("field", "value"), [("role", "responder"), ("role", "viewer"), ("is_active", False)])
def test_the_last_active_admin_stays_one(as_user, ada, colleague, field, value):
    colleague("Gone", role="admin")
    as_user(ada).patch(f"/v1/users/{User.objects.get(name='Gone').pk}", {"is_active": False})

    response = as_user(ada).patch(f"/v1/users/{ada.pk}", {field: value, "name": "x"})

    assert refused(response, 409, "CONFLICT", field)
    ada.refresh_from_db()
    assert (ada.role, ada.is_active, ada.name) == ("admin", True, "Ada")


@pytest.mark.parametrize(("field", "value"), [("role", "viewer"), ("is_active", False)])
def test_one_of_two_may_go(as_user, ada, colleague, field, value):
    kim = colleague("Kim", role="admin")

    assert as_user(ada).patch(f"/v1/users/{ada.pk}", {field: value}).status_code == 200
    assert refused(as_user(kim).patch(f"/v1/users/{kim.pk}", {field: value}), 409, "CONFLICT", field)


def test_an_inactive_admin_may_be_made_something_else(as_user, ada, colleague):
    kim = colleague("Kim", role="admin")
    as_user(ada).patch(f"/v1/users/{kim.pk}", {"is_active": False})

    assert as_user(ada).patch(f"/v1/users/{kim.pk}", {"role": "viewer"}).status_code == 200


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("mine", "yours"),
    [
        ({"role": "viewer"}, {"role": "responder"}),
        ({"is_active": False}, {"is_active": False}),
        ({"role": "viewer"}, {"is_active": False}),
    ],
)
def test_two_admins_who_send_each_other_away_at_once_leave_one(as_user, ada, colleague, at_once, mine, yours):
    for number in range(5):
        kim = colleague(f"Kim{number}", role="admin")
        ada_api, kim_api = as_user(ada), as_user(kim)

        answers = at_once(
            [
                lambda: ada_api.patch(f"/v1/users/{kim.pk}", mine),  # noqa: B023  called within this round
                lambda: kim_api.patch(f"/v1/users/{ada.pk}", yours),  # noqa: B023  called within this round
            ]
        )

        # The loser meets either the rule, or the door that has closed meanwhile.
        assert sorted(answer.status_code for answer in answers)[0] == 200
        assert sorted(answer.status_code for answer in answers)[1] in (401, 403, 409)
        assert User.objects.active().filter(role="admin").count() == 1
        restore(ada, kim)


def restore(ada, kim):
    User.objects.filter(pk=ada.pk).update(role="admin", is_active=True)
    User.objects.filter(pk=kim.pk).update(role="viewer")


@pytest.mark.django_db(transaction=True)
def test_three_admins_who_all_leave_at_once_leave_one(as_user, ada, colleague, at_once):
    admins = [ada, colleague("Kim", role="admin"), colleague("Lou", role="admin")]
    apis = [as_user(admin) for admin in admins]

    answers = at_once(
        [
            lambda api=api, admin=admin: api.patch(f"/v1/users/{admin.pk}", {"role": "viewer"})
            for api, admin in zip(apis, admins, strict=True)
        ]
    )

    assert sorted(answer.status_code for answer in answers) == [200, 200, 409]
    assert User.objects.active().filter(role="admin").count() == 1
    assert len(entries("user.updated")) == 2
