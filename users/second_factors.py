"""Second factors: who has one, who must, and every change of them with its entry in the audit log."""

import logging
import uuid
from collections.abc import Iterable
from typing import Any

from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal import flows as recovery_flows
from allauth.mfa.totp.internal import auth as totp
from allauth.mfa.totp.internal import flows as totp_flows
from allauth.mfa.utils import decrypt
from allauth.mfa.webauthn.internal import flows as webauthn_flows
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest

from core.sealing import Unreadable
from users import audit
from users.models import User

logger = logging.getLogger(__name__)

Type = Authenticator.Type
FACTORS = (Type.TOTP, Type.WEBAUTHN)


def of(user: User) -> Any:
    return Authenticator.objects.filter(user=user).order_by("pk")


def has_one(user: User) -> bool:
    """Recovery codes alone are none: they come with the first, and go with the last."""
    return bool(Authenticator.objects.filter(user=user, type__in=FACTORS).exists())


def is_missing(user: User) -> bool:
    return user.role in settings.REQUIRE_SECOND_FACTOR and not has_one(user)


def lacking(users: Iterable[User]) -> set[uuid.UUID]:
    """Those who must have one and have none; one query, where anybody must."""
    bound = {user.pk for user in users if user.role in settings.REQUIRE_SECOND_FACTOR}
    if not bound:
        return set()
    return bound - set(Authenticator.objects.filter(user__in=bound, type__in=FACTORS).values_list("user_id", flat=True))


@transaction.atomic
def add_totp(request: HttpRequest, form: Any) -> bool:
    """Whether recovery codes came with it."""
    _totp, codes = totp_flows.activate_totp(request, form)
    record("second_factor.added", request.user, Type.TOTP, actor=request.user)
    return codes is not None


@transaction.atomic
def add_passkey(request: HttpRequest, *, name: str, credential: dict[str, Any]) -> bool:
    """Whether recovery codes came with it."""
    _passkey, codes = webauthn_flows.add_authenticator(request, name=name, credential=credential)
    record("second_factor.added", request.user, Type.WEBAUTHN, actor=request.user, name=name)
    return codes is not None


@transaction.atomic
def remove(request: HttpRequest, factor: Any) -> None:
    name = {"name": factor.wrap().name} if factor.type == Type.WEBAUTHN else {}
    if factor.type == Type.TOTP:
        totp_flows.deactivate_totp(request, factor)
    else:
        webauthn_flows.remove_authenticator(request, factor)
    record("second_factor.removed", request.user, factor.type, actor=request.user, **name)


@transaction.atomic
def make_recovery_codes(request: HttpRequest) -> None:
    recovery_flows.generate_recovery_codes(request)
    record("recovery_codes.made", request.user, Type.RECOVERY_CODES, actor=request.user)


@transaction.atomic
def remove_all(user: User, *, actor: User | None) -> int:
    """For somebody who has lost them. Whoever must have one is led to set up another at the next log-in."""
    kinds = list(of(user).values_list("type", flat=True))
    of(user).delete()
    for kind in kinds:
        record("second_factor.removed", user, kind, actor=actor)
    return len(kinds)


def record(action: str, user: Any, kind: str, *, actor: Any, **more: str) -> None:
    told = {"kind": str(kind), **more}
    side = {"before": told} if action.endswith("removed") else {"after": told}
    audit.record(action, actor=actor, target_type="user", target_id=user.pk, **side)


def accepts(factor: Any, code: str) -> bool:
    """Of this person's authenticator or recovery codes; each code once. One whose key is gone accepts none."""
    try:
        return accepts_totp(factor, code) if factor.type == Type.TOTP else bool(factor.wrap().validate_code(code))
    except Unreadable:
        logger.warning("second_factor_unreadable", extra={"user_id": str(factor.user_id), "kind": str(factor.type)})
        return False


@transaction.atomic
def accepts_totp(factor: Any, code: str) -> bool:
    """allauth notes used codes in the cache, which may be away; here a code's number must exceed the last one's."""
    row = Authenticator.objects.select_for_update(no_key=True).get(pk=factor.pk)
    secret = decrypt(row.data["secret"])
    for number in totp.yield_hotp_counters_from_time():
        expected = totp.format_hotp_value(totp.hotp_value(secret, number))
        if number > row.data.get("last_number", -1) and compare_user_code(actual=code, expected=expected):
            row.data["last_number"] = number
            row.save(update_fields=["data"])
            return True
    return False
