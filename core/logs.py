"""How log lines look: JSON for machines, one short line for people; both carry the request id."""

import logging
from datetime import UTC, datetime
from typing import Any

from pythonjsonlogger.json import JsonFormatter

from core import request_id

LONGEST = 512


def clean(text: str) -> str:
    """Text from outside, fit for one log line: cut, and without control characters."""
    return text[:LONGEST].encode("ascii", "backslashreplace").decode().translate(CONTROL)


CONTROL = {code: f"\\x{code:02x}" for code in (*range(32), 127)}


class RequestIDFilter(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = getattr(record, "request_id", None) or request_id.current() or None
        return True


class JSONFormatter(JsonFormatter):
    def __init__(self) -> None:
        super().__init__("%(message)s %(levelname)s %(name)s", rename_fields={"levelname": "level", "name": "logger"})

    def add_fields(self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]) -> None:
        super().add_fields(log_data, record, message_dict)
        log_data["timestamp"] = utc(record.created)


class ConsoleFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        text = f"{utc(record.created)} {record.levelname:7} {record.getMessage()}"
        extra = getattr(record, "status", None)
        if extra is not None:
            values = record.__dict__
            text = (
                f"{utc(record.created)} {values['method']} {values['path']} {extra} "
                f"{values['duration_ms']} ms {values['request_id']}"
            )
        if record.exc_info:
            text = f"{text}\n{self.formatException(record.exc_info)}"
        return text


def utc(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
