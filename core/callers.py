"""Who calls: what every layer after authentication may ask about the caller, without knowing the users app."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from django.http import HttpRequest


class Level(IntEnum):
    """What a caller may do. A role and a token's scope both map to one; the lower of the two counts."""

    READ = 1
    WRITE = 2
    ADMIN = 3


@dataclass(frozen=True, slots=True)
class Access:
    """What an action asks of its caller. `scope` differs from `role` where one may handle what is one's own."""

    role: Level
    scope: Level
    person: bool = False  # an anonymous caller is nobody's owner, whatever API_ANONYMOUS_ROLE says
    oneself: bool = False  # whoever is less than an admin may do it to the user alone that they are


OPEN = None  # no credentials needed
READ = Access(Level.READ, Level.READ)
WRITE = Access(Level.WRITE, Level.WRITE)
ADMIN = Access(Level.ADMIN, Level.ADMIN)
SELF_READ = Access(Level.READ, Level.READ, person=True)
SELF_WRITE = Access(Level.READ, Level.WRITE, person=True)
ONESELF_OR_ADMIN = Access(Level.READ, Level.WRITE, oneself=True)


@dataclass(frozen=True, slots=True)
class Caller:
    """`user` is a users.User, or None for an anonymous caller of an open service."""

    user: Any
    role: Level
    scope: Level
    is_session: bool = False
    token_expires_at: Any = None
    token_id: Any = None
    token_quotas: Mapping[str, int] | None = None

    @property
    def principal(self) -> str:
        """The owner of idempotency keys: the user, not the token, so that a rotated token still replays."""
        return str(self.user.pk) if self.user else "anon"

    @property
    def level(self) -> Level:
        return min(self.role, self.scope)

    @property
    def is_admin(self) -> bool:
        return self.level == Level.ADMIN

    def may(self, access: Access, named: uuid.UUID | None = None) -> bool:
        """`named` is the object of the route."""
        if access.oneself and not self.is_admin and not self.is_user(named):
            return False
        return self.role >= access.role and self.scope >= access.scope

    def is_user(self, user_id: uuid.UUID | None) -> bool:
        return self.user is not None and self.user.pk == user_id


class CalledRequest(HttpRequest):
    """A request that has passed authentication. `caller` is None where nobody is known."""

    caller: Caller | None


def of(request: HttpRequest) -> Caller | None:
    caller: Caller | None = getattr(request, "caller", None)
    return caller
