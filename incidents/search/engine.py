"""What a search engine has to do, and all that is ever asked of it."""

import uuid
from collections.abc import Collection, Mapping
from functools import cache
from typing import Any, Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from incidents.query_language import Text
from incidents.querysets import IncidentQuerySet

# Rank, created_at and id of an incident. The rank says how well the words fit, the greater the better.
Ranked = tuple[float, Any, uuid.UUID]


class Engine(Protocol):
    """The incidents themselves stay in PostgreSQL: an engine that lives elsewhere adds `pk__in` to the rows, and is fed
    by what config/subscriptions.py says of the event log."""

    def among(self, rows: IncidentQuerySet, text: Text) -> IncidentQuerySet:
        """Those of the rows that match, in whatever order the caller asks for. May raise NotUnderstood."""

    def ranked(self, rows: IncidentQuerySet, text: Text, most: int) -> list[Ranked]:
        """The newest `most` of the rows, which match all, newest first."""

    def excerpts(self, ids: Collection[uuid.UUID], text: Text) -> Mapping[uuid.UUID, "Excerpt"]:
        """Where the words stand in these incidents."""

    def nearest(self, text: Text) -> Text | None:
        """What was probably meant, when the text matches nothing at all; None when something matches, or nothing is
        near."""


# A piece of text, and whether it is what was looked for.
Piece = tuple[str, bool]
# Field ("title", "description" or "comment") -> its pieces; only of fields in which something was found.
Excerpt = Mapping[str, list[Piece]]


@cache
def made(path: str) -> Engine:
    found: Engine = import_string(path)()
    return found


def engine() -> Engine:
    return made(settings.SEARCH_ENGINE)
