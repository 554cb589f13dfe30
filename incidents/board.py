"""What the dashboard shows: a few rows of each kind, and counts that stop where nobody counts any more."""

import uuid
from itertools import groupby
from typing import Any

from django.db.models import CharField, Value

from core.postgres import rows
from incidents.models import Incident, Severity, Status
from incidents.querysets import IncidentQuerySet

CAP = 1000
SHOWN = 8
# Of those changed last so many are looked at for the last resolved: a comment changes a resolved incident, too.
LATELY = 40
COUNT = "(SELECT count(*) FROM (SELECT FROM incidents_incident WHERE status = %s AND severity = %s LIMIT %s) AS capped)"
KINDS = [(status, severity) for severity in Severity.values for status in (Status.OPEN, Status.ACK)]


def lists(user_id: uuid.UUID) -> dict[str, list[Incident]]:
    """Open P1s, what somebody has acknowledged, what this person has, what was resolved last: in one query."""
    newest = Incident.objects.for_board().order_by("-created_at", "-id")
    parts: dict[str, IncidentQuerySet] = {
        "urgent": newest.filter(status=Status.OPEN, severity=Severity.P1)[:SHOWN],
        "acknowledged": newest.filter(status=Status.ACK)[:SHOWN],
        "mine": newest.filter(assignee=user_id, status__in=[Status.OPEN, Status.ACK])[:SHOWN],
        "resolved": newest.order_by("-updated_at", "-id").filter(status=Status.RESOLVED)[:LATELY],
    }
    named = [rows.annotate(part=Value(name, CharField())) for name, rows in parts.items()]
    return parted(named[0].union(*named[1:], all=True))


def parted(rows: Any) -> dict[str, list[Incident]]:
    found = {name: list(part) for name, part in groupby(rows, key=lambda incident: incident.part)}
    found["resolved"] = sorted(found.get("resolved", []), key=lambda row: row.resolved_at, reverse=True)[:SHOWN]
    return found


def counts() -> dict[tuple[str, str], int]:
    """Of each (status, severity) that still needs somebody; CAP + 1 stands for more than CAP."""
    values = [value for kind in KINDS for value in (*kind, CAP + 1)]
    (found,) = rows.run(f"SELECT {', '.join([COUNT] * len(KINDS))}", values)
    return dict(zip(KINDS, found, strict=True))


def count(status: Status, severity: Severity) -> int:
    """CAP + 1 stands for more than CAP."""
    found: int = rows.run(f"SELECT {COUNT}", [status, severity, CAP + 1])[0][0]
    return found
