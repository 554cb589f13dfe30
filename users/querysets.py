"""Reads of people and tokens, named for their use."""

import uuid
from collections.abc import Collection

from django.db import models
from django.db.models import Value
from django.db.models.functions import Lower

MOST_LISTED = 500


class UserQuerySet(models.QuerySet):  # type: ignore[type-arg]  # the model imports this module
    def with_email(self, email: str) -> "UserQuerySet":
        """In any case, as the unique index sees it: PostgreSQL's lower-casing is not Python's."""
        rows: UserQuerySet = self.alias(email_lower=Lower("email")).filter(email_lower=Lower(Value(email)))
        return rows

    def active(self) -> "UserQuerySet":
        return self.filter(is_active=True)

    def first_by_name(self) -> "UserQuerySet":
        """Everybody who is active, as far as a page lists them to choose from."""
        return self.active().order_by("name", "id").only("id", "name")[:MOST_LISTED]

    def for_choice(self) -> list[tuple[str, str]]:
        """(id, name) of everybody whom an incident may be assigned to, by name."""
        rows = self.active().order_by(Lower("name"), "email").values_list("pk", "name")
        return [(str(pk), name) for pk, name in rows]

    def names_of(self, ids: Collection[str]) -> dict[str, str]:
        """Id -> name; no query where there is nobody to ask for."""
        return {str(pk): name for pk, name in self.filter(pk__in=ids).values_list("pk", "name")} if ids else {}

    def active_admins(self) -> "UserQuerySet":
        return self.active().filter(role="admin")


class TokenQuerySet(models.QuerySet):  # type: ignore[type-arg]  # the model imports this module
    def of(self, user_id: uuid.UUID) -> "TokenQuerySet":
        return self.filter(user_id=user_id)

    def live(self) -> "TokenQuerySet":
        """Not revoked; an expired one is still shown to its owner."""
        return self.filter(revoked_at__isnull=True)

    def for_list(self) -> "TokenQuerySet":
        return self.select_related("user")
