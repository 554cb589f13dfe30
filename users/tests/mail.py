"""What waits for the worker, done here and now; and the links in the mails that it sends."""

import json
import re
from typing import Any

from django.conf import settings
from django.db import connection

from users import jobs

TASKS = {"users.jobs.send_reset": jobs.send_reset, "users.jobs.send_invitation": jobs.send_invitation}


def work() -> int:
    """How many jobs there were."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs WHERE queue_name = 'mail' RETURNING task_name, args")
        waiting = cursor.fetchall()
    for name, args in waiting:
        TASKS[name](**json.loads(args))
    return len(waiting)


def link_in(mail: Any) -> str:
    """Without the host, which must be that of BASE_URL."""
    (link,) = re.findall(r"\S+\?token=\S+", mail.body)
    assert link.startswith(f"{settings.BASE_URL}/")
    return str(link.removeprefix(settings.BASE_URL))
