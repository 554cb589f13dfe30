"""If-Match and If-None-Match."""

import re
from dataclasses import dataclass

from core.errors import Invalid, PreconditionFailed

ETAG = re.compile(r'(?:W/)?"(\d{1,18})(?:\.\d{1,18}\.\d{1,9})?"')


@dataclass(frozen=True, slots=True)
class Expected:
    """The versions that If-Match names; it compares these alone, so that a changed name does not refuse an edit."""

    versions: frozenset[int]

    def check(self, version: int) -> None:
        if version not in self.versions:
            raise PreconditionFailed(details={"current_version": version})


def if_match(header: str | None) -> Expected | None:
    """None without the header, and for `*`, which any incident matches. Raises Invalid when it is malformed."""
    if header is None or header.strip() == "*":
        return None
    matches = [ETAG.fullmatch(tag.strip()) for tag in header.split(",")]
    versions = frozenset(int(match[1]) for match in matches if match)
    if len(versions) == 0 or None in matches:
        raise Invalid.field("If-Match", 'Send the ETag of the incident, or its version in quotes: "3".')
    return Expected(versions)


def if_none_match(header: str | None, etag: str) -> bool:
    """True when the client holds this representation already."""
    if header is None:
        return False
    tags = [tag.strip().removeprefix("W/") for tag in header.split(",")]
    return etag in tags or "*" in tags
