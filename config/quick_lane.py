"""What the front answers in groups: the cached detail of incidents."""

from typing import Any

from django.db import close_old_connections

from core import request_id
from core.lanes import GroupLane
from core.wsgi_bridge import Group
from incidents import quick_detail


def look_up(calls: list[Any]) -> list[bool]:
    """Whom to answer at once, of those who ask at the same moment."""
    request_id.begin("")  # what goes wrong here is nobody's alone
    close_old_connections()  # as at the start of a request
    quick_detail.look_up([call.environ for call in calls])
    return [call.environ[quick_detail.FOUND] is not None for call in calls]


group = Group(quick_detail.is_plain, GroupLane("details", together=look_up))
