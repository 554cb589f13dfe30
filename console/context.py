"""What every template may ask about its viewer, without a query where the view has not made one."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from console import silence
from core import callers
from core.callers import Level
from users.models import Theme


def viewer(request: HttpRequest) -> dict[str, Any]:
    """`viewer.user` (None for a stranger), `viewer.may_write`, `viewer.is_admin`, `viewer.theme`, and whether nobody is
    told of anything now, `viewer.hears_nothing`."""
    return {"viewer": SimpleLazyObject(lambda: seen(request))}


def seen(request: HttpRequest) -> dict[str, Any]:
    caller = callers.of(request)
    user = caller.user if caller else getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"user": None, "may_write": False, "is_admin": False, "theme": Theme.SYSTEM}
    return {
        "user": user,
        "may_write": user.level >= Level.WRITE,
        "is_admin": user.level == Level.ADMIN,
        "theme": user.theme,
        "hears_nothing": silence.is_there,
    }
