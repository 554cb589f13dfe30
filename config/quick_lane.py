"""What the front answers in groups: the cached detail of incidents."""

from typing import Any

from django.db import close_old_connections

from core import request_id
from core.lanes import GroupLane
from core.wsgi_bridge import Group
from core.wsgi_call import Answer
from incidents import quick_detail


def answers(calls: list[Any]) -> list[Answer | None]:
    """To those who ask at the same moment; None has to go the long way."""
    request_id.begin("")  # what goes wrong here is nobody's alone
    close_old_connections()  # as at the start of a request
    return quick_detail.answers([call.environ for call in calls])


group = Group(quick_detail.is_plain, GroupLane("details", together=answers))
