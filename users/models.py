"""People, their API tokens, the counter behind shown names, and the administrators' audit log."""

import hashlib
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.contrib.auth.models import BaseUserManager as DjangoUserManager
from django.db import models
from django.db.models.functions import Lower, Now
from django.utils.crypto import salted_hmac
from uuid_utils.compat import uuid7

from core.callers import Level
from users.querysets import TokenQuerySet, UserQuerySet


class Role(models.TextChoices):
    VIEWER = "viewer"
    RESPONDER = "responder"
    ADMIN = "admin"


class Scope(models.TextChoices):
    READ = "read"
    WRITE = "write"
    ADMIN = "admin"


class Theme(models.TextChoices):
    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


LEVELS = {
    Role.VIEWER: Level.READ,
    Role.RESPONDER: Level.WRITE,
    Role.ADMIN: Level.ADMIN,
    Scope.READ: Level.READ,
    Scope.WRITE: Level.WRITE,
    Scope.ADMIN: Level.ADMIN,
}


class UserManager(DjangoUserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]  # made at run time
    def get_by_natural_key(self, username: str | None) -> "User":
        user: User = self.with_email(username or "").get()
        return user


class User(AbstractBaseUser):
    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    email = models.EmailField(max_length=254)
    name = models.CharField(max_length=100)
    role = models.CharField(max_length=20, choices=Role, default=Role.RESPONDER)
    timezone = models.CharField(max_length=64, default="UTC", db_default="UTC")
    theme = models.CharField(max_length=6, choices=Theme, default=Theme.SYSTEM, db_default=Theme.SYSTEM)
    is_active = models.BooleanField(default=True)
    # Part of what a session is signed with: raising it ends every session of this person.
    session_generation = models.PositiveIntegerField(default=0, db_default=0)
    # When a mail to set a new password last went out: one in a while is enough.
    reset_mailed_at = models.DateTimeField(null=True, editable=False)
    # Class of calls -> how many in its window, where an administrator has said so; see users/quotas.py.
    quotas = models.JSONField(null=True, editable=False)
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    objects = UserManager()

    class Meta:
        db_table = "users_user"
        constraints = [
            models.UniqueConstraint(Lower("email"), name="user_email_any_case"),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="user_role_known"),
            models.CheckConstraint(condition=models.Q(theme__in=Theme.values), name="user_theme_known"),
        ]
        default_permissions = ("add", "change", "view")

    def __str__(self) -> str:
        return f"{self.name} <{self.email}>"

    @property
    def level(self) -> Level:
        return LEVELS[Role(self.role)]

    @property
    def is_staff(self) -> bool:
        return self.is_active and self.role == Role.ADMIN

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        return self.is_staff

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_staff

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        value = f"{self.password}:{self.session_generation}"
        return salted_hmac("users.User.session", value, secret=secret, algorithm="sha256").hexdigest()


class ApiToken(models.Model):
    """A bearer token. Only its SHA-256 is kept; `prefix` is what people recognise it by."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="tokens")
    name = models.CharField(max_length=100)
    scope = models.CharField(max_length=10, choices=Scope)
    prefix = models.CharField(max_length=10)
    digest = models.BinaryField(max_length=32, unique=True, editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    quotas = models.JSONField(null=True, editable=False)  # as a person's; what it spends is then not its owner's
    created_at = models.DateTimeField(db_default=Now())

    objects = TokenQuerySet.as_manager()

    class Meta:
        db_table = "users_api_token"
        verbose_name = "API token"
        constraints = [
            models.CheckConstraint(condition=models.Q(scope__in=Scope.values), name="api_token_scope_known"),
        ]
        indexes = [models.Index(fields=["user", "-id"], name="api_token_user")]
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @staticmethod
    def digest_of(secret: str) -> bytes:
        return hashlib.sha256(secret.encode()).digest()


class Directory(models.Model):
    """One row. `version` rises, by a trigger, whenever a name or an e-mail changes: cached answers show names."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    version = models.BigIntegerField(default=1)

    class Meta:
        db_table = "users_directory"
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="directory_one_row")]
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.version)


class SavedView(models.Model):
    """A list of incidents that somebody comes back to: its filters, as they stand in the address."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=2000, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "users_saved_view"
        constraints = [models.UniqueConstraint(fields=["user", "name"], name="saved_view_name_once")]
        default_permissions = ()

    def __str__(self) -> str:
        return self.name


class AuditEntry(models.Model):
    """Who changed which user, role, token or limit, or deleted which incident. The database refuses to change a row."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    actor = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    action = models.CharField(max_length=40)
    target_type = models.CharField(max_length=20)
    target_id = models.UUIDField()
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    request_id = models.CharField(max_length=128, default="", blank=True)
    address = models.CharField(max_length=64, default="", blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "users_audit_entry"
        verbose_name_plural = "audit entries"
        indexes = [models.Index(fields=["-created_at", "-id"], name="audit_entry_newest")]
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"{self.action} {self.target_id}"
