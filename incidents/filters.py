"""The query string of the list: each parameter has its parser here, and whatever does not fit is named."""

import uuid
from dataclasses import dataclass, replace

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
from incidents import operators, query_language
from incidents.models import Incident, Severity, Status
from incidents.query_language import Query, Text
from incidents.querysets import IncidentQuerySet
from incidents.search import engine

ORDERINGS = ("-created_at", "created_at", "-updated_at", "severity", "relevance")
LONGEST_QUERY = 200
QUERY_LANGUAGE = (
    'Full-text search in title, description and comments: all of the words, `"a phrase"`, `disk or memory`, '
    "`-unwanted`, `host-47*` for whatever begins so. Operators beside the words: `status:open,ack`, `severity:P1`, "
    "`assignee:` and `creator:` with `me`, `none`, an e-mail address, the beginning of a name or an id; `created:`, "
    "`updated:`, `acknowledged:` and `resolved:` with a day (of the caller's time zone) or a time, after `>`, `>=`, "
    "`<`, `<=` or nothing; `number:42`, `number:>42`, `#42`. A hyphen in front of one means that it must not be so. "
    "Whatever else has a colon, such as `https://…` or `host:4711`, is text. What is not understood is refused with "
    "its position in `q`, counted in characters from 0. Of stop words alone it finds nothing."
)
KNOWN = (("status", Status.values), ("severity", Severity.values))  # Django puts these together for each who asks
FLAG = choice(["true", "false"]) | {"default": "false"}
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
        QUERY_LANGUAGE,
    ),
    "ordering": query(
        choice(ORDERINGS) | {"default": ORDERINGS[0]},
        "`relevance` needs words in `q`; it ranks the newest 1,000 hits.",
    ),
    "highlight": query(
        FLAG,
        "Beside the incidents, `highlights` tells by their ids where the words of `q` stand: in the `title`, "
        "`description` or newest `comment`, as HTML that is escaped but for `<mark>` around what was found.",
    ),
    "typos": query(
        FLAG,
        "Where the words of `q` match nothing at all, look for the nearest that there are, and say in `searched_for` "
        "which these were.",
    ),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the query string asks for; only its order is another matter."""

    request: HttpRequest | Request
    caller: Caller
    query: Query

    @property
    def text(self) -> Text | None:
        """What is left to a search engine."""
        return self.query.text

    def conditions(self, table: str) -> list[Condition]:
        """All but the text. Raises Invalid, or NotAuthenticated for `me` from nobody."""
        by_parameters = conditions(self.request, self.caller, table)
        return by_parameters + operators.conditions(self.query.operators, self.caller, table)

    def rows(self) -> IncidentQuerySet:
        """The incidents, unordered."""
        rows = Incident.objects.all()
        for condition, values in self.conditions(Incident._meta.db_table):
            rows = rows.filter(RawSQL(condition, values, BooleanField()))  # noqa: S611  the values are bound, or ours
        return rows if self.text is None else engine().among(rows, self.text)

    def or_nearest(self) -> "Wanted":
        """With the words that were probably meant, where these match nothing at all."""
        nearest = None if self.text is None else engine().nearest(self.text)
        return self if nearest is None else replace(self, query=replace(self.query, text=nearest))


def wanted(request: HttpRequest | Request, caller: Caller, *, is_typed: bool = False) -> Wanted:
    """`is_typed`: by a person who may not have come to the end of the last word."""
    sent = words(request)
    query = Query() if sent is None else query_language.parse(sent)
    return Wanted(request, caller, query_language.while_typed(query) if is_typed else query)


def conditions(request: HttpRequest | Request, caller: Caller, table: str = "i") -> list[Condition]:
    """Of all parameters but `q`, for a statement in which incidents are called `table`.

    The values that decide how many rows are left stand in the text: PostgreSQL keeps a plan of a prepared statement for
    whatever value may come, and for a person who opened none of a million incidents that plan would read them all.
    """
    found: list[Condition] = []
    for name, known in KNOWN:
        wanted = choices(request, name, known)
        if wanted:
            values = ", ".join(f"'{value}'" for value in wanted)
            found.append((f"{table}.{name} IN ({values})", []))
    for name in ("assignee", "created_by"):
        text = views.single(request, name)
        if text is not None:
            pk = who(name, text, caller)
            is_pk = "IS NULL" if pk is None else f"= '{pk}'"
            found.append((f"{table}.{name}_id {is_pk}", []))
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


def who(name: str, text: str, caller: Caller) -> uuid.UUID | None:
    """None for `none`. Raises Invalid, or NotAuthenticated for `me` from nobody."""
    if text == "none":
        return None
    if text != "me":
        return views.identifier(name, text)
    if caller.user is None:
        raise NotAuthenticated
    own: uuid.UUID = caller.user.pk
    return own


def words(request: HttpRequest | Request) -> str | None:
    """`q` as it was sent; None without one."""
    text = views.single(request, "q")
    if text is not None and (not 1 <= len(text.strip()) <= LONGEST_QUERY or "\0" in text):
        raise Invalid.field("q", f"Write 1 to {LONGEST_QUERY} characters.")
    return text


def flag(request: HttpRequest | Request, name: str) -> bool:
    text = views.single(request, name)
    if text not in (None, "true", "false"):
        raise Invalid.field(name, "Write true or false.")
    return text == "true"


def ordering(request: HttpRequest | Request, text: Text | None) -> str:
    name = views.single(request, "ordering")
    if name is None:
        return "-created_at"
    if name not in ORDERINGS or (name == "relevance" and text is None):
        raise Invalid.field("ordering", f"Write one of {', '.join(ORDERINGS)}; relevance only with words in q.")
    return name
