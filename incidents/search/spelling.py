"""What was probably meant by words that nobody has written."""

from collections.abc import Mapping
from dataclasses import replace

from incidents import vocabulary
from incidents.query_language import Part, Text

MOST_WORDS = 8  # that are looked for, of one text


def corrected(text: Text) -> Text:
    """The same text, if no word of it is misspelt, or nothing is near it. Phrases are meant as they stand."""
    typed = [part.text.lower() for parts in text.wanted for part in parts if may_be_misspelt(part)]
    known = vocabulary.known(typed)
    unknown = [word for word in dict.fromkeys(typed) if word not in known][:MOST_WORDS]
    meant = {word: vocabulary.nearest(word) for word in unknown}
    return replace(text, wanted=tuple(tuple(spelt(part, meant) for part in parts) for parts in text.wanted))


def may_be_misspelt(part: Part) -> bool:
    return not part.is_phrase and vocabulary.may_be_misspelt(part.text)


def spelt(part: Part, meant: Mapping[str, str | None]) -> Part:
    word = None if part.is_phrase else meant.get(part.text.lower())
    return part if word is None else replace(part, text=word, is_prefix=False)
