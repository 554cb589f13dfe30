"""Which mails people want: what they choose, and what holds where they have not chosen."""

import pytest

from core.errors import Invalid
from notifications import preferences
from users.models import AuditEntry


def test_a_choice_of_ones_own_leaves_the_rest_as_it_was(ada):
    preferences.set_defaults(actor=ada, created_severities=["P1", "P2"])
    preferences.set_own(ada, wants_summary=False)
    preferences.set_defaults(actor=ada, created_severities=[])
    preferences.set_own(ada, assigned_severities=["P1"])

    chosen = {"created_severities": ["P1", "P2"], "assigned_severities": ["P1"], "wants_summary": False}
    assert preferences.of(ada) == chosen


def test_who_forgets_their_choice_has_the_defaults_again(ada):
    preferences.set_own(ada, wants_summary=False)
    preferences.forget_own(ada)
    preferences.set_defaults(actor=ada, created_severities=["P2"])

    assert preferences.of(ada) == preferences.BUILT_IN | {"created_severities": ["P2"]}


def test_a_change_of_the_defaults_stands_in_the_audit_log_and_one_that_changes_nothing_does_not(ada):
    preferences.set_defaults(actor=ada, wants_summary=False, created_severities=["P1"])
    preferences.set_defaults(actor=ada, wants_summary=False)
    preferences.set_own(ada, wants_summary=True)

    (entry,) = AuditEntry.objects.filter(target_type="mail_defaults")
    assert (entry.action, entry.actor) == ("mail_defaults.changed", ada)
    assert (entry.before, entry.after) == ({"wants_summary": True}, {"wants_summary": False})


def test_there_are_no_other_severities(ada):
    with pytest.raises(Invalid):
        preferences.set_own(ada, created_severities=["P4"])
    with pytest.raises(Invalid):
        preferences.set_defaults(actor=ada, assigned_severities=["p1"])

    assert preferences.of(ada) == preferences.BUILT_IN
