"""Who is told, and what became of each telling: the delivery is the record that people see, and the queue itself."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from uuid_utils.compat import uuid7

from core.clock import app_now
from notifications.querysets import DeliveryQuerySet, EndpointQuerySet

LONGEST_TARGET = 300


class Kind(models.TextChoices):
    """The ways out. Each but MAIL belongs to an endpoint, and has a module in `channels`."""

    WEBHOOK = "webhook"
    MAIL = "mail"
    SLACK = "slack"
    TEAMS = "teams"
    TELEGRAM = "telegram"
    MATTERMOST = "mattermost"
    DISCORD = "discord"
    NTFY = "ntfy"
    HTTP = "http", "Templated HTTP"


class State(models.TextChoices):
    PENDING = "PENDING"
    DELIVERED = "DELIVERED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


class Priority(models.IntegerChoices):
    """Lower goes first."""

    PAGE = 0  # somebody must act, or waits for it: the mail of a P1, a test
    P1 = 1
    NORMAL = 2
    DIGEST = 3


class EventName(models.TextChoices):
    """What a webhook may subscribe to, by the names that go out."""

    CREATED = "incident.created"
    UPDATED = "incident.updated"
    STATUS_CHANGED = "incident.status_changed"
    ASSIGNED = "incident.assigned"
    COMMENTED = "incident.commented"
    DELETED = "incident.deleted"
    PING = "ping"


class Endpoint(models.Model):
    """A machine that is told: a webhook or a chat channel."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=12, choices=Kind)
    url = models.CharField(max_length=2048, blank=True)  # of a webhook; a channel's address is a secret
    description = models.CharField(max_length=100, blank=True)
    # Empty: all of them.
    events = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    severities = ArrayField(models.CharField(max_length=2), default=list, blank=True)
    # Sealed: what a webhook signs with; the address, tokens and options of a channel as JSON.
    secret = models.TextField()
    previous_secret = models.TextField(blank=True)
    previous_secret_until = models.DateTimeField(null=True)
    is_active = models.BooleanField(default=True)
    disabled_reason = models.CharField(max_length=200, blank=True)
    # Since when every attempt has failed.
    failing_since = models.DateTimeField(null=True, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=app_now())
    updated_at = models.DateTimeField(db_default=app_now())

    objects = EndpointQuerySet.as_manager()

    class Meta:
        db_table = "notifications_endpoint"
        default_permissions = ("view",)
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=[kind for kind in Kind.values if kind != Kind.MAIL]), name="endpoint_kind_known"
            ),
        ]

    def __str__(self) -> str:
        return self.description or self.url or self.get_kind_display()

    @property
    def target(self) -> str:
        """What a delivery keeps of it, for people to read."""
        return (self.url or str(self))[:LONGEST_TARGET]


class Delivery(models.Model):
    """One thing to tell to one endpoint or one person. Made once, whatever races; it disappears only when it has been
    finished for DELIVERY_RETENTION_DAYS.

    While it is PENDING, `due_at` says when it may be claimed. A claim sets `attempt_id` and moves `due_at` to the end
    of its lease: who claimed it and died is overtaken by whoever comes then, and can no longer record anything.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    key = models.CharField(max_length=80)  # what is told: "event:<id>", "ping:<id>", "summary:2026-11-24"
    type = models.CharField(max_length=40)  # an EventName, or a kind of mail
    kind = models.CharField(max_length=12, choices=Kind)
    endpoint = models.ForeignKey(Endpoint, models.SET_NULL, null=True, related_name="deliveries", db_index=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False)
    target = models.CharField(max_length=LONGEST_TARGET)  # the address at the time, for people to read
    incident_id = models.UUIDField(null=True)  # kept when the incident is gone
    sequence = models.BigIntegerField(default=0)  # of the event: an older one goes to the same target first
    payload = models.TextField()  # JSON, as a webhook sends it
    request_id = models.CharField(max_length=128, default="", blank=True)
    priority = models.SmallIntegerField(choices=Priority, default=Priority.NORMAL)
    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    attempts = models.IntegerField(default=0)
    attempt_id = models.UUIDField(null=True, editable=False)
    claimed_at = models.DateTimeField(null=True, editable=False)
    folded_into = models.UUIDField(null=True, editable=False)  # the delivery in whose mail this one was told
    due_at = models.DateTimeField(db_default=app_now())
    created_at = models.DateTimeField(db_default=app_now())
    finished_at = models.DateTimeField(null=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        db_table = "notifications_delivery"
        default_permissions = ("view",)
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(fields=["key", "endpoint"], name="delivery_once_per_endpoint"),
            models.UniqueConstraint(fields=["key", "person"], name="delivery_once_per_person"),
            models.CheckConstraint(condition=Q(endpoint=None) | Q(person=None), name="delivery_to_one_target"),
            models.CheckConstraint(condition=Q(state__in=State.values), name="delivery_state_known"),
            models.CheckConstraint(
                condition=Q(state=State.PENDING, finished_at=None)
                | (~Q(state=State.PENDING) & Q(finished_at__isnull=False, attempt_id=None)),
                name="delivery_times_fit_state",
            ),
        ]
        indexes = [
            # What the claim walks: all of it partial, so that a million delivered ones weigh nothing.
            models.Index(fields=["endpoint", "priority", "due_at"], name="delivery_due", condition=Q(state="PENDING")),
            models.Index(
                fields=["person", "priority", "due_at"],
                name="delivery_person_due",
                condition=Q(state="PENDING", person__isnull=False),
            ),
            models.Index(fields=["incident_id", "finished_at", "sequence"], name="delivery_unfinished"),
            models.Index(
                fields=["endpoint"],
                name="delivery_in_flight",
                condition=Q(state="PENDING", attempt_id__isnull=False),
            ),
            models.Index(fields=["person", "claimed_at"], name="delivery_told_lately"),
            models.Index(fields=["incident_id", "-id"], name="delivery_of_incident"),
            models.Index(fields=["endpoint", "-id"], name="delivery_of_endpoint"),
            models.Index(fields=["state", "-id"], name="delivery_in_state"),
            models.Index(fields=["type", "-id"], name="delivery_of_type"),
            models.Index(fields=["kind", "-id"], name="delivery_of_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.type} to {self.target}"


class Happening(models.TextChoices):
    ATTEMPTED = "ATTEMPTED"
    LATE = "LATE"  # an attempt that was recorded after its lease: somebody else may have sent it again
    REDELIVERED = "REDELIVERED"
    CANCELLED = "CANCELLED"
    SKIPPED = "SKIPPED"
    PARKED = "PARKED"
    RELEASED = "RELEASED"
    FOLDED = "FOLDED"
    BOUNCED = "BOUNCED"  # the mail provider took it, and told later that it did not arrive


class Entry(models.Model):
    """What happened to a delivery: each attempt, and whatever else changed its state."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    delivery = models.ForeignKey(Delivery, models.CASCADE, related_name="entries", db_index=False)
    type = models.CharField(max_length=12, choices=Happening)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False)
    note = models.CharField(max_length=300, blank=True)
    # Of an attempt.
    number = models.IntegerField(null=True)
    status = models.IntegerField(null=True)
    duration_ms = models.IntegerField(null=True)
    answer = models.TextField(blank=True)
    created_at = models.DateTimeField(db_default=app_now())

    class Meta:
        db_table = "notifications_entry"
        default_permissions = ("view",)
        verbose_name_plural = "entries"
        indexes = [models.Index(fields=["delivery", "id"], name="entry_of_delivery")]

    def __str__(self) -> str:
        return f"{self.type} {self.note}"


class MailPreference(models.Model):
    """Which mails somebody wants. Without a person: what holds for all who have no row of their own."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="mail_preferences", db_index=False
    )
    # The severities whose new incidents are told.
    created_severities = ArrayField(models.CharField(max_length=2), blank=True)
    # The severities that are told to whom they are assigned.
    assigned_severities = ArrayField(models.CharField(max_length=2), blank=True)
    wants_summary = models.BooleanField()
    updated_at = models.DateTimeField(db_default=app_now())

    class Meta:
        db_table = "notifications_mail_preference"
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(fields=["user"], name="mail_preference_once", nulls_distinct=False),
        ]

    def __str__(self) -> str:
        return f"Mails to {self.user or 'everybody else'}"
