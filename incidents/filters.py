"""The query string of the list: each parameter has its parser here, and whatever does not fit is named."""

from django.db.models import BooleanField
from django.db.models.expressions import RawSQL
from django.http import HttpRequest
from rest_framework.request import Request

from core import clock, views
from core.callers import Caller
from core.errors import Invalid, NotAuthenticated
from core.openapi.words import MOMENT, NAME, UUID, choice, query
from core.pagination import PARAMETERS as PAGE_PARAMETERS
from core.pagination import Condition
from incidents.models import Severity, Status
from incidents.querysets import IncidentQuerySet

ORDERINGS = ("-created_at", "created_at", "-updated_at", "severity", "relevance")
LONGEST_QUERY = 200
PERSON = {"anyOf": [UUID, choice(["me", "none"])]}
PARAMETERS = PAGE_PARAMETERS | {
    "status": query({"type": "array", "items": choice(Status.values)}, "Any of these: repeated, or comma-separated."),
    "severity": query(
        {"type": "array", "items": choice(Severity.values)}, "Any of these: repeated, or comma-separated."
    ),
    "assignee": query(PERSON, "A user's id, `me`, or `none`."),
    "created_by": query(PERSON, "A user's id, `me`, or `none`."),
    "created_after": query(MOMENT, "Created at this time or later."),
    "created_before": query(MOMENT, "Created earlier than this time."),
    "q": query(
        NAME | {"maxLength": LONGEST_QUERY},
        "Full-text search in title, description and comments; of stop words alone it finds nothing.",
    ),
    "ordering": query(
        choice(ORDERINGS) | {"default": ORDERINGS[0]}, "`relevance` needs `q`, and ranks the newest 1,000 hits."
    ),
}


def apply(rows: IncidentQuerySet, request: HttpRequest | Request, caller: Caller) -> IncidentQuerySet:
    """All filters but `q`. Raises Invalid, or NotAuthenticated for `me` from nobody."""
    for condition, values in conditions(request, caller, rows.model._meta.db_table):
        rows = rows.filter(RawSQL(condition, values, output_field=BooleanField()))  # noqa: S611  the values are bound
    return rows


def conditions(request: HttpRequest | Request, caller: Caller, table: str = "i") -> list[Condition]:
    """What `apply` adds, for a statement in which incidents are called `table`.

    The values that decide how many rows are left stand in the text: PostgreSQL keeps a plan of a prepared statement for
    whatever value may come, and for a person who opened none of a million incidents that plan would read them all.
    """
    found: list[Condition] = []
    for name, known in (("status", Status.values), ("severity", Severity.values)):
        wanted = choices(request, name, known)
        if wanted:
            values = ", ".join(f"'{value}'" for value in wanted)
            found.append((f"{table}.{name} IN ({values})", []))
    for name in ("assignee", "created_by"):
        text = views.single(request, name)
        if text is not None:
            found.append(person(f"{table}.{name}_id", name, text, caller))
    for name, comparison in (("created_after", ">="), ("created_before", "<")):
        text = views.single(request, name)
        if text is not None:
            found.append((f"{table}.created_at {comparison} %s", [clock.parse(name, text)]))
    return found


def choices(request: HttpRequest | Request, name: str, known: list[str]) -> list[str]:
    """Repeated, comma-separated, or both."""
    wanted = [word for text in request.GET.getlist(name) for word in text.split(",")]
    if any(word not in known for word in wanted):
        raise Invalid.field(name, f"Write one or more of {', '.join(known)}.")
    return sorted(set(wanted))


def person(column: str, name: str, text: str, caller: Caller) -> Condition:
    if text == "none":
        return f"{column} IS NULL", []
    if text != "me":
        return f"{column} = '{views.identifier(name, text)}'", []
    if caller.user is None:
        raise NotAuthenticated
    return f"{column} = '{caller.user.pk}'", []


def words(request: HttpRequest | Request) -> str | None:
    """The full-text query, trimmed; None without one."""
    text = views.single(request, "q")
    if text is None:
        return None
    text = text.strip()
    if not 1 <= len(text) <= LONGEST_QUERY or "\0" in text:
        raise Invalid.field("q", f"Write 1 to {LONGEST_QUERY} characters.")
    return text


def ordering(request: HttpRequest | Request, q: str | None) -> str:
    name = views.single(request, "ordering")
    if name is None:
        return "-created_at"
    if name not in ORDERINGS or (name == "relevance" and q is None):
        raise Invalid.field("ordering", f"Write one of {', '.join(ORDERINGS)}; relevance only with q.")
    return name
