"""The words that people write in incidents, learnt by the worker: a search that matches nothing asks what was meant.

Letters alone: nobody mistypes the name of a host by one letter and wants to be shown another one.
"""

import time
import uuid
from collections.abc import Collection
from datetime import UTC, datetime

from core.postgres import rows
from incidents.models import Word, WordState

SHORTEST, LONGEST = 4, 30
# So many fill a language and a trade; more come from machines.
MOST = 200_000
BATCH = 500
QUICK_SECONDS = 10
BEGINNING = (datetime(1970, 1, 1, tzinfo=UTC), uuid.UUID(int=0))

# A change may show up a little later than it was made. Comments that are older than the last look have been read.
LEARN = f"""
WITH batch AS (
    SELECT id, title, description, updated_at FROM incidents_incident
    WHERE (updated_at, id) > (%(since)s, %(after)s) AND updated_at < now() - interval '30 seconds'
    ORDER BY updated_at, id LIMIT {BATCH}
), said AS (
    SELECT title || ' ' || description AS text FROM batch UNION ALL
    SELECT comment.data ->> 'body' FROM incidents_event AS comment JOIN batch ON comment.incident_id = batch.id
    WHERE comment.type = 'COMMENTED' AND comment.created_at > %(since)s::timestamptz - interval '5 minutes'
), learnt AS (
    INSERT INTO incidents_word (text)
    SELECT DISTINCT lower(word[1])
    FROM said, regexp_matches(text, '\\m[[:alpha:]]{{{SHORTEST},{LONGEST}}}\\M', 'g') AS word
    WHERE (SELECT count(*) FROM (SELECT FROM incidents_word LIMIT {MOST}) AS known) < {MOST}
    ON CONFLICT DO NOTHING
)
INSERT INTO incidents_word_state (id, updated_at, incident_id)
SELECT 1, updated_at, id FROM batch ORDER BY updated_at DESC, id DESC LIMIT 1
ON CONFLICT (id) DO UPDATE SET updated_at = excluded.updated_at, incident_id = excluded.incident_id
RETURNING (SELECT count(*) FROM batch)
"""  # noqa: S608  made of constants
NEAR = "SELECT text FROM incidents_word WHERE text %% %(typed)s ORDER BY similarity(text, %(typed)s) DESC LIMIT 20"
HAS_TRIGRAMS = "SELECT to_regprocedure('similarity(text, text)') IS NOT NULL"


def learn() -> int:
    """Go on where it ended last. How many incidents were read."""
    count, until = 0, time.monotonic() + QUICK_SECONDS
    while time.monotonic() < until and (read := learn_batch()):
        count += read
    return count


def learn_batch() -> int:
    state = WordState.objects.first()
    since, after = (state.updated_at, state.incident_id) if state else BEGINNING
    read = rows.run(LEARN, {"since": since, "after": after})
    return int(read[0][0]) if read else 0


def forget() -> None:
    """For those who want to begin anew: the place first, so that whatever happens next, nothing is left out."""
    WordState.objects.all().delete()
    Word.objects.all().delete()


def known(words: Collection[str]) -> set[str]:
    return set(Word.objects.filter(pk__in=list(words)).values_list("pk", flat=True))


def nearest(typed: str) -> str | None:
    """The word that this one was probably meant to be."""
    candidates = [*near(typed), *known(swapped(typed))]
    slips = {word: slips_between(typed, word) for word in candidates}
    fitting = [word for word in slips if 0 < slips[word] <= (1 if len(typed) <= 5 else 2)]
    return min(fitting, key=lambda word: (slips[word], fitting.index(word)), default=None)


def near(typed: str) -> list[str]:
    """Those that share trigrams with it; none where PostgreSQL's pg_trgm is not to be had."""
    has_trigrams = rows.run(HAS_TRIGRAMS)[0][0]
    return [text for (text,) in rows.run(NEAR, {"typed": typed})] if has_trigrams else []


def swapped(typed: str) -> list[str]:
    """With each two neighbours in the other order: short words that differ so share hardly any trigram."""
    pairs = range(len(typed) - 1)
    return [f"{typed[:n]}{typed[n + 1]}{typed[n]}{typed[n + 2 :]}" for n in pairs]


def slips_between(typed: str, word: str) -> int:
    """How many letters are too many, missing, others, or have changed places with their neighbours."""
    table = [list(range(len(word) + 1))]
    for n, letter in enumerate(typed, start=1):
        row = [n]
        for m, other in enumerate(word, start=1):
            costs = [table[-1][m] + 1, row[-1] + 1, table[-1][m - 1] + (letter != other)]
            if n > 1 and m > 1 and (letter, typed[n - 2]) == (word[m - 2], other):
                costs.append(table[-2][m - 2] + 1)
            row.append(min(costs))
        table.append(row)
    return table[-1][-1]


def may_be_misspelt(word: str) -> bool:
    return word.isalpha() and SHORTEST <= len(word) <= LONGEST
