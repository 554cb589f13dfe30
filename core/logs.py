"""How log lines look: JSON for machines, one short line for people; both carry the request id."""

import json
import logging
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from pythonjsonlogger.orjson import OrjsonFormatter

from core import request_id

# "Optimization" in the library's manual: where in the code a line was written, and by which thread, is shown nowhere.
logging._srcfile = None
logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False

LONGEST = 512
# What every record has. The rest is what the caller said goes with it.
OWN = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime"}


def clean(text: str) -> str:
    """Text from outside, fit for one log line: cut, and with nothing in it that a terminal would obey."""
    return printable(text[:LONGEST])


def printable(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


class RequestIDFilter(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = getattr(record, "request_id", None) or request_id.current() or None
        return True


class JobFilter(logging.Filter):
    """procrastinate writes a job's arguments into its lines, where they may be somebody's address."""

    def filter(self, record: logging.LogRecord) -> bool:
        job = getattr(record, "job", None)
        if isinstance(job, dict) and "call_string" in job:
            name = f"{job['task_name']}[{job['id']}]"
            record.msg = str(record.msg).replace(job["call_string"], name)
            record.job = {field: job[field] for field in job.keys() - {"call_string", "task_kwargs"}}
        return True


class JSONFormatter(OrjsonFormatter):
    def __init__(self) -> None:
        super().__init__("%(message)s %(levelname)s %(name)s", rename_fields={"levelname": "level", "name": "logger"})

    def add_fields(self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]) -> None:
        super().add_fields(log_data, record, message_dict)
        log_data["timestamp"] = utc(record.created)

    def jsonify_log_record(self, log_data: dict[str, Any]) -> str:
        """In ASCII, so that no terminal obeys a line; orjson refuses lone surrogates and numbers of over 64 bits."""
        try:
            line = super().jsonify_log_record(log_data)
        except TypeError:
            line = ""
        return line if line and line.isascii() else json.dumps(log_data, default=str, separators=(",", ":"))


class ConsoleFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        extra = {name: value for name, value in record.__dict__.items() if name not in OWN and value is not None}
        line = request_line(extra) if "duration_ms" in extra else event_line(record, extra)
        lines = [f"{utc(record.created)} {printable(line)}"]
        if record.exc_info:
            lines += map(printable, self.formatException(record.exc_info).split("\n"))
        return "\n".join(lines)


def request_line(extra: dict[str, Any]) -> str:
    line = f"{extra['method']} {extra['path']} {extra['status']} {extra['duration_ms']} ms"
    return " ".join([line, *(str(extra[name]) for name in ("cache", "request_id") if name in extra)])


def event_line(record: logging.LogRecord, extra: dict[str, Any]) -> str:
    return " ".join([f"{record.levelname:7} {record.getMessage()}", *(f"{k}={v}" for k, v in extra.items())])


def utc(seconds: float) -> str:
    return f"{second(int(seconds))}.{int(seconds % 1 * 1000):03}Z"


@lru_cache(maxsize=4)
def second(whole: int) -> str:
    return datetime.fromtimestamp(whole, UTC).strftime("%Y-%m-%dT%H:%M:%S")
