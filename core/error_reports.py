"""Sends what is logged as an error to Sentry: where it happened and of which request, and nothing of what was in it.

The messages of exceptions and of libraries stay behind, since they quote what people wrote: the log has them, under the
request id that a report carries.
"""

import logging
import re
from typing import Any

import sentry_sdk
from django.conf import settings
from sentry_sdk.integrations.atexit import AtexitIntegration
from sentry_sdk.integrations.logging import EventHandler

from core import request_id

SENT = ("event_id", "timestamp", "platform", "level", "logger", "sdk", "release", "environment", "server_name")
# Of what a log line carries: whose job or delivery it was, and where it stood.
EXTRA = ("job_id", "attempt", "delivery", "kind", "seconds", "stack", "stacks")
EVENT = re.compile(r"[a-z]+(_[a-z]+)*")

handler = EventHandler(level=logging.ERROR)


def begin() -> None:
    """In each process after the fork: the thread that sends is its own."""
    sentry_sdk.init(
        dsn=settings.SENTRY_DSN,
        release=settings.RELEASE,
        environment=settings.ENVIRONMENT,
        before_send=without_data,
        # Nothing is patched, and nothing is collected but what the handler is given.
        default_integrations=False,
        auto_enabling_integrations=False,
        integrations=[AtexitIntegration(callback=lambda pending, seconds: None)],
        include_local_variables=False,
        max_breadcrumbs=0,
        send_client_reports=False,
        auto_session_tracking=False,
        enable_backpressure_handling=False,
    )
    logging.getLogger().addHandler(handler)


def end() -> None:
    """Waits for what is on its way."""
    logging.getLogger().removeHandler(handler)
    sentry_sdk.get_client().close(timeout=5)


def without_data(event: Any, hint: dict[str, Any]) -> Any:
    record = vars(hint["log_record"])
    if record["name"].startswith("opentelemetry"):  # a collector that is away is no fault of the service
        return None
    found = {name: event[name] for name in SENT if name in event}
    found["message"] = record["msg"] if is_ours(record["msg"]) else record["name"]
    found["tags"] = {"request_id": request_id.current(), "task": task_of(record)}
    found["extra"] = {name: record[name] for name in EXTRA if name in record}
    if "exception" in event:
        found["exception"] = {"values": [{**each, "value": ""} for each in event["exception"]["values"]]}
    return found


def task_of(record: dict[str, Any]) -> str | None:
    """Of our own lines about a job, and of procrastinate's."""
    job = record.get("job")
    return record.get("task") or (job.get("task_name") if isinstance(job, dict) else None)


def is_ours(message: Any) -> bool:
    """Our own name what happened, and put nothing into the name."""
    return isinstance(message, str) and EVENT.fullmatch(message) is not None
