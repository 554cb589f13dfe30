"""Single sign-on: whom the provider's word lets in, and with which role."""

import logging
from typing import Any

from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from core.errors import PermissionDenied
from users import audit, services
from users.models import LEVELS, Role, User

logger = logging.getLogger(__name__)
PROVIDER = "oidc"
LONGEST_NAME = 100


class NotAdmitted(PermissionDenied):
    message = "This account may not come in here. Ask an administrator to invite you, or to add you to the right group."


@transaction.atomic
def admit(subject: str, claims: dict[str, Any]) -> User:
    """The person whom the provider names: by its own id, then by an e-mail address that it has verified.

    With OIDC_ROLES whoever has one of its values comes in, is made a user when new, and has the role that it names;
    without, only who is a user already. Raises NotAdmitted.
    """
    role = role_of(claims) if settings.OIDC_ROLES else None
    if settings.OIDC_ROLES and role is None:
        raise NotAdmitted
    user = known(subject) or linked(subject, claims) or made(subject, claims, role)
    if not user.is_active:
        raise NotAdmitted
    return with_role(user, role) if role else user


def role_of(claims: dict[str, Any]) -> str | None:
    """The greatest of the roles that the claim's values stand for. A dot leads into the claim: realm_access.roles."""
    value: Any = claims
    for part in settings.OIDC_ROLE_CLAIM.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    values = value if isinstance(value, list) else [value]
    roles = [settings.OIDC_ROLES[each] for each in values if isinstance(each, str) and each in settings.OIDC_ROLES]
    return max(roles, key=lambda role: LEVELS[Role(role)], default=None)


def known(subject: str) -> User | None:
    account = SocialAccount.objects.filter(provider=PROVIDER, uid=subject).select_related("user").first()
    user: User | None = account.user if account else None
    return user


def linked(subject: str, claims: dict[str, Any]) -> User | None:
    email = address(claims)
    user = User.objects.with_email(email).first() if email else None
    if user is not None:
        link(user, subject)
    return user


def made(subject: str, claims: dict[str, Any], role: str | None) -> User:
    email = address(claims)
    if role is None or email is None:
        raise NotAdmitted
    name = str(claims.get("name") or "").strip()[:LONGEST_NAME] or email[:LONGEST_NAME]
    user = services.create_user(email=email, name=name, role=role, actor=None)
    link(user, subject)
    return user


def link(user: User, subject: str) -> None:
    SocialAccount.objects.create(provider=PROVIDER, uid=subject, user=user)
    audit.record("single_sign_on.linked", actor=user, target_type="user", target_id=user.pk)


def address(claims: dict[str, Any]) -> str | None:
    """None for one that the provider has not verified: anybody may write anybody's."""
    email = claims.get("email")
    if not isinstance(email, str) or not (claims.get("email_verified") is True or settings.OIDC_TRUST_EMAIL):
        return None
    try:
        validate_email(email)
    except ValidationError:
        return None
    return email


def with_role(user: User, role: str) -> User:
    """The last administrator keeps the role, whatever the provider says."""
    if user.role == role:
        return user
    try:
        return services.edit_user(user.pk, actor=None, role=role)
    except services.LastAdmin:
        logger.warning("single_sign_on_role_not_taken", extra={"user_id": str(user.pk), "role": role})
        return user
