"""Where the words stand in an incident."""

import re
import uuid
from collections.abc import Collection, Mapping
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from core.postgres import rows
from incidents.search.engine import Excerpt, Piece

# Around what was found, and in the place of "<", at which PostgreSQL would take what follows for a tag, and leave it
# out. They are part of no word under any locale, as the noncharacters of Unicode are under some; a text that holds one
# is shown without.
BEGIN, END, LESS = "\x02", "\x03", "\x1a"
FOUND = re.compile(f"{BEGIN}([^{BEGIN}{END}]*){END}")
WHOLE = f"HighlightAll=true, StartSel={BEGIN}, StopSel={END}"
PART = f"MaxFragments=1, MinWords=10, MaxWords=30, ShortWord=0, StartSel={BEGIN}, StopSel={END}"
HEADLINES = f"""
SELECT incident.id,
    ts_headline(incidents_search_config(), translate(title, %(from)s, '{LESS}'), {{query}}, '{WHOLE}'),
    ts_headline(incidents_search_config(), translate(description, %(from)s, '{LESS}'), {{query}}, '{PART}'),
    ts_headline(incidents_search_config(), translate(said.body, %(from)s, '{LESS}'), {{query}}, '{PART}')
FROM incidents_incident AS incident LEFT JOIN LATERAL (
    SELECT data ->> 'body' AS body FROM incidents_event AS comment
    WHERE comment.incident_id = incident.id AND comment.type = 'COMMENTED' AND comment.search @@ {{query}}
    ORDER BY sequence DESC LIMIT 1
) AS said ON true
WHERE incident.id = ANY(%(ids)s)
"""  # noqa: S608  made of constants
FIELDS = ("title", "description", "comment")


def of(ids: Collection[uuid.UUID], query: str) -> Mapping[uuid.UUID, Excerpt]:
    """`query` is a literal of PostgreSQL's. Of each incident the title, a part of the description, and of the newest
    comment that matches; a field in which nothing was found is left out."""
    statement = HEADLINES.format(query=query.replace("%", "%%"))
    found = rows.run(statement, {"from": f"<{BEGIN}{END}{LESS}", "ids": list(ids)})
    return {row[0]: excerpt(row[1:]) for row in found}


def excerpt(headlines: tuple[Any, ...]) -> Excerpt:
    named = zip(FIELDS, headlines, strict=True)
    return {field: pieces(headline) for field, headline in named if headline and FOUND.search(headline)}


def pieces(headline: str) -> list[Piece]:
    """What was found stands at every second place."""
    texts = FOUND.split(headline.replace(LESS, "<"))
    return [(text, place % 2 == 1) for place, text in enumerate(texts) if text]


def marked(pieces: list[Piece]) -> SafeString:
    """As HTML."""
    return format_html_join("", "{}", ((mark(text) if is_found else text,) for text, is_found in pieces))


def mark(text: str) -> SafeString:
    return format_html("<mark>{}</mark>", text)
