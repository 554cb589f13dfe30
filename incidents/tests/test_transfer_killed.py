"""An import that is killed in its middle is started again, and then everything is there once."""

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.db import connection
from uuid_utils.compat import uuid7

from incidents.models import Incident, IncidentEvent
from incidents.transfer import archive, load
from tests.live_server import ROOT, becomes_true, engines
from tests.starts import BARE, Process

COUNT = 6_000
SLOW = """
CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN PERFORM pg_sleep(0.5); RETURN NULL; END$$;
CREATE TRIGGER dawdle AFTER INSERT ON incidents_event FOR EACH STATEMENT EXECUTE FUNCTION dawdle();
"""
TIME = "2026-11-23T09:12:04.000000Z"


def entry(number: int, person: dict[str, Any]) -> dict[str, Any]:
    data = {"title": f"Number {number}", "severity": "P2"}
    incident = {"id": str(uuid7()), "number": number, "description": "", "status": "OPEN", "metadata": {}, **data}
    incident |= {"created_by": person["id"], "assignee": None, "version": 1, "created_at": TIME, "updated_at": TIME}
    event = {"id": str(uuid7()), "sequence": number, "type": "CREATED", "actor": person["id"], "data": data}
    return {
        "incident": incident | {"acknowledged_at": None, "resolved_at": None},
        "events": [event | {"request_id": "", "created_at": TIME}],
        "people": [person],
    }


@pytest.fixture
def file(tmp_path: Path) -> Path:
    person = {"id": str(uuid7()), "email": "rui@example.com", "name": "Rui"}
    lines = [archive.FORMAT, *(entry(number, person) for number in range(1, COUNT + 1)), {"incidents": COUNT}]
    path = tmp_path / "incidents.jsonl"
    path.write_bytes(b"".join(orjson.dumps(line) + b"\n" for line in lines))
    return path


@pytest.fixture
def is_slow(transactional_db: None) -> Iterator[ExitStack]:
    """Each batch takes half a second more, until this is closed."""
    with connection.cursor() as cursor:
        cursor.execute(SLOW)
    with ExitStack() as until:
        until.callback(lambda: connection.cursor().execute("DROP FUNCTION dawdle() CASCADE"))
        yield until


@pytest.fixture
def importing(file: Path) -> Callable[[], Process]:
    command = [sys.executable, "manage.py", "import_incidents", file]
    return lambda: Process(command, cwd=ROOT, env=BARE | engines())


@pytest.mark.fault
@pytest.mark.django_db(transaction=True)
def test_a_killed_import_is_started_again_and_everything_is_there_once(
    is_slow: ExitStack, importing: Callable[[], Process]
) -> None:
    first = importing()
    assert becomes_true(lambda: Incident.objects.count() > 0 or first.poll() is not None)
    first.send_signal(signal.SIGKILL)
    first.wait(20)
    is_slow.close()
    left = Incident.objects.count()

    assert importing().wait(60) == 0

    assert 0 < left < COUNT, "it was killed too late to show anything"
    assert left % load.BATCH == 0  # whole batches
    assert Incident.objects.count() == IncidentEvent.objects.count() == COUNT
    assert IncidentEvent.objects.values("incident_id").distinct().count() == COUNT
