"""Search by PostgreSQL itself: two indexes of words, one over incidents and one over comments."""

import uuid
from collections.abc import Collection, Mapping

from django.db.models import BooleanField, FloatField
from django.db.models.expressions import RawSQL

from core.postgres import rows
from incidents.query_language import NotUnderstood, Text
from incidents.querysets import IncidentQuerySet
from incidents.search import excerpts, spelling, statement
from incidents.search.engine import Excerpt, Ranked

# One comment is enough. With LIMIT it is looked up for each incident that is met; as EXISTS the planner may gather the
# comments of all incidents first.
MATCHES = """
({incident}.search @@ {query} OR (
    SELECT true FROM incidents_event AS comment
    WHERE comment.incident_id = {incident}.id AND comment.type = 'COMMENTED' AND comment.search @@ {query} LIMIT 1
))
"""
# How common the words are is asked of the newest incidents, and only if they are not common there of the indexes: these
# tell where all the hits are or nothing, which among a million may take half a second.
SAMPLE, COMMON_IN_SAMPLE = 500, 8
COMMON = 5_000
FEW = f"""
SELECT CASE WHEN NOT EXISTS (
    SELECT FROM (SELECT id, search FROM incidents_incident ORDER BY created_at DESC, id DESC LIMIT {SAMPLE}) AS newest
    WHERE {MATCHES.format(incident="newest", query="{query}")} OFFSET {COMMON_IN_SAMPLE - 1}
) THEN (
    SELECT CASE WHEN cardinality(ids) < {COMMON} THEN ids::text END FROM (
        SELECT coalesce(array_agg(id), '{{{{}}}}') AS ids FROM (
            (SELECT id FROM incidents_incident WHERE search @@ {{query}} LIMIT {COMMON})
            UNION ALL
            (SELECT incident_id FROM incidents_event WHERE type = 'COMMENTED' AND search @@ {{query}} LIMIT {COMMON})
        ) AS hits
    ) AS gathered
) END
"""  # noqa: S608  made of constants
NO_IDS = "{}"
# In a subquery, or the planner, who takes ids for evenly spread, may walk a million rows to meet the oldest of them.
ONE_OF = "incidents_incident.id = ANY(ARRAY(SELECT unnest(%s::uuid[])))"
NONE_OF = "incidents_incident.id NOT IN (SELECT unnest(%s::uuid[]))"


class PostgresEngine:
    def among(self, rows: IncidentQuerySet, text: Text) -> IncidentQuerySet:
        asked = statement.of(text)
        if asked.wanted is None and (text.wanted or asked.unwanted is None):
            return rows.none()
        if asked.wanted is None:
            return without_the_rare(rows, asked.unwanted or "", text)
        few = few_ids(asked.wanted)
        found = where(rows, matches(asked.wanted)) if few is None else where(rows, ONE_OF, few)
        return found if asked.unwanted is None else without(found, asked.unwanted)

    def ranked(self, rows: IncidentQuerySet, text: Text, most: int) -> list[Ranked]:
        wanted = statement.of(text).wanted
        if wanted is None:
            return []
        rank = RawSQL(f"ts_rank(incidents_incident.search, {escaped(wanted)})", [], FloatField())  # noqa: S611  a literal of PostgreSQL's own
        newest = rows.annotate(rank=rank).order_by("-created_at", "-id")
        return list(newest.values_list("rank", "created_at", "id")[:most])

    def excerpts(self, ids: Collection[uuid.UUID], text: Text) -> Mapping[uuid.UUID, Excerpt]:
        wanted = statement.of(text).wanted
        return excerpts.of(ids, wanted) if wanted and ids else {}

    def nearest(self, text: Text) -> Text | None:
        asked = statement.of(text).wanted
        if asked is None or few_ids(asked) != NO_IDS:
            return None
        meant = spelling.corrected(text)
        found = statement.of(meant).wanted if meant != text else None
        return meant if found is not None and few_ids(found) != NO_IDS else None


def few_ids(query: str) -> str | None:
    """The ids of the incidents that match, as PostgreSQL writes an array; None when they are many. They stay text:
    nobody here reads them, and thousands of objects would cost more than the search."""
    ids: str | None = rows.run(FEW.format(query=escaped(query)), [])[0][0]
    return ids


def without(rows: IncidentQuerySet, query: str) -> IncidentQuerySet:
    few = few_ids(query)
    return where(rows, f"{matches(query)} IS NOT TRUE") if few is None else where(rows, NONE_OF, few)


def without_the_rare(rows: IncidentQuerySet, query: str, text: Text) -> IncidentQuerySet:
    """What nearly every incident says would have to be looked for in all of them."""
    few = few_ids(query)
    if few is None:
        raise NotUnderstood(text.unwanted[0].at, "Too many incidents say so. Write a word, too, that has to be there.")
    return where(rows, NONE_OF, few)


def matches(query: str) -> str:
    return MATCHES.format(incident="incidents_incident", query=escaped(query))


def where(rows: IncidentQuerySet, condition: str, *values: str) -> IncidentQuerySet:
    return rows.filter(RawSQL(condition, values, BooleanField()))  # noqa: S611  made of constants and literals


def escaped(query: str) -> str:
    """For a statement with %s in it."""
    return query.replace("%", "%%")
