"""What the mechanisms store: the answers to keyed requests."""

from django.db import models
from django.db.models.functions import Now


class IdempotencyKey(models.Model):
    """Written in the transaction of the request that it stands for, so that a crash leaves both or neither."""

    id = models.BigAutoField(primary_key=True)
    principal = models.CharField(max_length=64)
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=80)
    response = models.TextField(null=True)  # noqa: DJ001  null until the request has answered
    location = models.CharField(max_length=500, default="", db_default="")
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()

    class Meta:
        db_table = "core_idempotency_key"
        constraints = [
            models.UniqueConstraint(fields=["principal", "key"], name="idempotency_key_principal_key"),
        ]
        indexes = [models.Index(fields=["expires_at"], name="idempotency_key_expires_at")]
        default_permissions = ("view",)

    def __str__(self) -> str:
        return self.key
