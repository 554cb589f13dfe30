"""LOG_FORMAT=console: for people, one short line each, and safe to show on a terminal."""

import logging
from io import StringIO

import pytest

from core import logs, request_id


@pytest.fixture
def say():
    """A logger that writes to a console; what stands there."""
    console = StringIO()
    handler = logging.StreamHandler(console)
    handler.setFormatter(logs.ConsoleFormatter())
    handler.addFilter(logs.RequestIDFilter())
    request_id.begin("")
    logger = logging.Logger("test")
    logger.addHandler(handler)
    return logger, console.getvalue


def test_a_request_is_one_short_line(as_user, rui, incident):
    console, root = StringIO(), logging.getLogger()
    handler = logging.StreamHandler(console)
    handler.setFormatter(logs.ConsoleFormatter())
    handler.addFilter(logs.RequestIDFilter())
    root.addHandler(handler)
    try:
        as_user(rui).get(f"/v1/incidents/{incident.pk}?a=1", X_Request_ID="req-1")
    finally:
        root.removeHandler(handler)

    moment, method, path, status, duration, unit, sent = console.getvalue().split()
    assert (method, path, status, unit, sent) == ("GET", f"/v1/incidents/{incident.pk}?a=1", "400", "ms", "req-1")
    assert moment.endswith("Z")
    assert float(duration) > 0


def test_any_other_line_tells_what_goes_with_it(say):
    logger, shown = say
    logger.warning("job_failed", extra={"job_id": 7, "task": "react", "request_id": "req-1"})
    logger.info("Started on %s", "http://127.0.0.1:3000")

    first, second = shown().splitlines()
    assert first.split(" ", 1)[1] == "WARNING job_failed job_id=7 task=react request_id=req-1"
    assert second.split(" ", 1)[1] == "INFO    Started on http://127.0.0.1:3000"


def test_what_a_terminal_would_obey_is_shown_instead(say):
    logger, shown = say
    logger.warning("a\x1b[31m\r\nb\u2028\u202e\x9b é 🔥 %s", "\x07", extra={"path": "x\x1b\ny"})

    (line,) = shown().splitlines()
    assert line.endswith("a\\x1b[31m\\r\\nb\\u2028\\u202e\\x9b é 🔥 \\x07 path=x\\x1b\\ny")


def test_a_traceback_keeps_its_lines_and_nothing_else(say):
    logger, shown = say
    try:
        int("\x1b[31m\u2028")
    except ValueError:
        logger.exception("internal_error")

    lines = shown().split("\n")
    assert lines[0].endswith("ERROR   internal_error")
    assert lines[1] == "Traceback (most recent call last):"
    assert lines[-2].startswith("ValueError: invalid literal for int()")
    assert all(line.isprintable() for line in lines)
