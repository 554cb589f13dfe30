"""What a text is in PostgreSQL's own language of searches."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.postgres.search import SearchConfig, SearchQuery
from django.db.models import Func

from core.postgres import rows
from incidents.query_language import Part, Text

NOTHING = "''::tsquery"
BOTH = (
    "SELECT quote_literal(wanted::text), quote_literal(unwanted::text) FROM (SELECT {} AS wanted, {} AS unwanted) AS q"
)


@dataclass(frozen=True, slots=True)
class Statement:
    """Two literals to be written into a statement, and not bound: how common a word is decides how it is looked up, and
    a plan for whatever word may come would be wrong for most. None where nothing is left that can be looked up."""

    wanted: str | None
    unwanted: str | None


def of(text: Text) -> Statement:
    """With stop words left out, in the language of the index. Never an error, whatever the words are."""
    values: list[str] = []
    wanted = " || ".join(together(parts, values) for parts in text.wanted)
    unwanted = " || ".join(one(part, values) for part in text.unwanted)
    (found,) = rows.run(BOTH.format(wanted or NOTHING, unwanted or NOTHING), values)
    return Statement(*map(literal, found))


def together(parts: Iterable[Part], values: list[str]) -> str:
    return f"({' && '.join(one(part, values) for part in parts)})"


def one(part: Part, values: list[str]) -> str:
    """A word may be several to PostgreSQL, as in host-4711: they stand beside each other, as in a phrase."""
    if not part.is_prefix:
        values.append(part.text)
        return "phraseto_tsquery(incidents_search_config(), %s)"
    quoted = part.text.replace("\\", "\\\\").replace("'", "''")
    values.append(f"'{quoted}':*")
    return "to_tsquery(incidents_search_config(), %s)"


def literal(quoted: str) -> str | None:
    return None if quoted == "''" else f"{quoted}::tsquery"


def any_of(words: Iterable[str]) -> SearchQuery:
    """For Django's own queries."""
    query = " or ".join(f'"{word}"' for word in words)
    config = SearchConfig(Func(function="incidents_search_config"))
    return SearchQuery(query, config=config, search_type="websearch")
