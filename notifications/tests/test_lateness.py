"""The check of the worker says no when somebody should have been told a minute ago."""

import pytest
from django.db import connection

from notifications import services
from notifications.lateness import PAGE_IS_LATE
from notifications.models import Delivery


@pytest.fixture
def is_late():
    def ask():
        with connection.cursor() as cursor:
            cursor.execute(PAGE_IS_LATE)
            return cursor.fetchone()[0]

    return ask


def test_a_page_is_late_after_a_minute(webhook, ada, is_late, travel):
    services.ping(webhook.pk, actor=ada)
    travel(seconds=59)
    assert not is_late()
    travel(seconds=2)
    assert is_late()


def test_what_waits_for_an_endpoint_that_is_disabled_is_not_late(webhook, ada, is_late, travel):
    services.ping(webhook.pk, actor=ada)
    services.edit_endpoint(webhook.pk, actor=ada, is_active=False)
    travel(hours=1)

    assert not is_late()


def test_what_is_no_page_may_wait(webhook, opened, react, is_late, travel):
    opened()
    react()
    travel(hours=1)

    assert Delivery.objects.pending().exists()
    assert not is_late()
