"""What the operators of `q` ask of an incident, as conditions of a statement."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from django.db.models import Q

from core import clock
from core.callers import Caller
from core.errors import Invalid, NotAuthenticated
from core.pagination import Condition
from core.views import UUID
from incidents.query_language import MOMENTS, SEVERAL, NotUnderstood, Operator
from users.models import User

MOST_NAMESAKES = 50
EXAMPLE = "Write a day, for example 2026-11-23, or a time, for example 2026-11-23T09:12:04Z."


def conditions(operators: Iterable[Operator], caller: Caller, table: str) -> list[Condition]:
    """All of them hold; of several that ask the same field for a value, any.

    Like those of `filters` they hold their values, which come from us alone: the ids of people, numbers, times.
    """
    ordered = sorted(operators, key=kind)
    grouped = [[condition(one, caller, table) for one in several] for _, several in groupby(ordered, key=kind)]
    return [(f"({' OR '.join(texts)})", []) for texts in grouped]


def kind(operator: Operator) -> tuple[str, bool, int]:
    """Equal for those of which one is enough."""
    is_choice = operator.comparison == "=" and operator.field in {*SEVERAL, "number"} and not operator.is_not
    return operator.field, operator.is_not, -1 if is_choice else operator.at


def condition(operator: Operator, caller: Caller, table: str) -> str:
    if operator.field in MOMENTS.values():
        text = of_moment(operator, caller, table)
    elif operator.field in ("assignee", "created_by"):
        text = " OR ".join(person(f"{table}.{operator.field}_id", operator, value, caller) for value in operator.values)
    elif operator.field == "number":
        text = f"{table}.number {operator.comparison} {operator.values[0]}"
    else:
        values = ", ".join(f"'{value}'" for value in operator.values)
        text = f"{table}.{operator.field} IN ({values})"
    return f"({text}) IS NOT TRUE" if operator.is_not else text  # nobody is not Ada, either


def person(column: str, operator: Operator, value: str, caller: Caller) -> str:
    if value.lower() == "none":
        return f"{column} IS NULL"
    if value.lower() == "me":
        if caller.user is None:
            raise NotAuthenticated
        return f"{column} = '{caller.user.pk}'"
    if UUID.fullmatch(value):
        return f"{column} = '{value}'"
    ids = ", ".join(f"'{pk}'" for pk in called(value, operator.at))
    return f"{column} IN ({ids})"


def called(value: str, at: int) -> list[object]:
    """The ids of those who have this e-mail address, or a name in which a word begins so."""
    by_name = Q(name__istartswith=value) | Q(name__icontains=f" {value}")
    wanted = Q(email__iexact=value) if "@" in value else by_name
    found = list(User.objects.filter(wanted).values_list("pk", flat=True)[: MOST_NAMESAKES + 1])
    if not found:
        raise NotUnderstood(at, f"There is nobody called “{value}”. Write a name, an e-mail address, me or none.")
    if len(found) > MOST_NAMESAKES:
        raise NotUnderstood(at, f"More than {MOST_NAMESAKES} people are called “{value}”. Write more of the name.")
    return found


def of_moment(operator: Operator, caller: Caller, table: str) -> str:
    """A day is as long as it is where the caller lives."""
    begins, ends = span(operator, clock.zone(caller.user.timezone if caller.user else "UTC"))
    since, before = {
        ">": (ends, None),
        ">=": (begins, None),
        "<": (None, begins),
        "<=": (None, ends),
        "=": (begins, ends),
    }[operator.comparison]
    texts = []
    # Nothing is changed before it is created, or after its last change: of these two there are indexes.
    if since:
        texts += [
            f"{table}.{column} >= '{since}'::timestamptz" for column in sorted({operator.field, indexed_end(operator)})
        ]
    if before:
        texts += [f"{table}.{column} < '{before}'::timestamptz" for column in sorted({operator.field, "created_at"})]
    return " AND ".join(texts)


def indexed_end(operator: Operator) -> str:
    return "created_at" if operator.field == "created_at" else "updated_at"


def span(operator: Operator, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """When what the operator names begins, and when it is over."""
    value = operator.values[0]
    try:
        if clock.DATE.fullmatch(value):
            day = date.fromisoformat(value)
            return clock.midnight(day, zone), clock.midnight(day + timedelta(days=1), zone)
        begins = clock.parse("q", value)
        return begins, begins + timedelta(microseconds=1)
    except (ValueError, OverflowError, Invalid):
        raise NotUnderstood(operator.at, EXAMPLE) from None
