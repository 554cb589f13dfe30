"""Lists of incidents that people come back to. Each person's own, and nobody else's business."""

import uuid
from collections.abc import Iterable

from core.errors import Invalid, NotFound
from users.models import SavedView, User

MOST = 30
LONGEST_NAME, LONGEST_QUERY = 60, 2000


def of(user: User) -> Iterable[SavedView]:
    return SavedView.objects.filter(user=user).order_by("created_at", "id")[:MOST]


def keep(user: User, *, name: str, query: str) -> SavedView:
    """In place of the one that has this name already. Raises Invalid."""
    name = name.strip()
    if not 1 <= len(name) <= LONGEST_NAME or "\0" in name:
        raise Invalid.field("name", f"Write 1 to {LONGEST_NAME} characters.")
    if len(query) > LONGEST_QUERY:
        raise Invalid.field("query", "These filters are too long to be kept.")
    others = SavedView.objects.filter(user=user).exclude(name=name).count()
    if others >= MOST:
        raise Invalid.field("name", f"{MOST} saved views are the most. Delete one first.")
    return SavedView.objects.update_or_create(user=user, name=name, defaults={"query": query})[0]


def delete(user: User, view_id: uuid.UUID) -> None:
    """Raises NotFound, too, for what is somebody else's."""
    deleted, _ = SavedView.objects.filter(user=user, pk=view_id).delete()
    if not deleted:
        raise NotFound
