"""The incident and its audit log. What must always be true of them is written into the database too."""

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models
from django.db.models import Q
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Now
from uuid_utils.compat import uuid7

from incidents.querysets import EventQuerySet, IncidentQuerySet

# A literal in the generated columns: `manage.py` must rewrite them for another language.
SEARCH_CONFIG = "simple"


def sequence(name: str) -> models.Func:
    return models.Func(models.Value(name), function="nextval", output_field=models.BigIntegerField())


class Severity(models.TextChoices):
    P1 = "P1"
    P2 = "P2"
    P3 = "P3"


class Status(models.TextChoices):
    OPEN = "OPEN"
    ACK = "ACK"
    RESOLVED = "RESOLVED"


class EventType(models.TextChoices):
    CREATED = "CREATED"
    STATUS_CHANGED = "STATUS_CHANGED"
    COMMENTED = "COMMENTED"
    UPDATED = "UPDATED"
    ASSIGNED = "ASSIGNED"


DELETED = "DELETED"  # no type of the event log, whose rows go with their incident: the stream's own


class Incident(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    # Beside the key, not in place of it: what people say to each other.
    number = models.BigIntegerField(unique=True, editable=False, db_default=sequence("incidents_number"))
    title = models.CharField(max_length=200)
    description = models.TextField(default="", blank=True, db_default="")
    severity = models.CharField(max_length=2, choices=Severity)
    status = models.CharField(max_length=8, choices=Status, default=Status.OPEN, db_default=Status.OPEN)
    metadata = models.JSONField(default=dict, blank=True, db_default=models.Value({}, models.JSONField()))
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False
    )
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    version = models.BigIntegerField(default=1, db_default=1, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    updated_at = models.DateTimeField(db_default=Now(), editable=False)
    acknowledged_at = models.DateTimeField(null=True, blank=True, editable=False)
    resolved_at = models.DateTimeField(null=True, blank=True, editable=False)
    search = models.GeneratedField(
        expression=SearchVector("title", weight="A", config=SEARCH_CONFIG)
        + SearchVector("description", weight="B", config=SEARCH_CONFIG),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    objects = IncidentQuerySet.as_manager()

    class Meta:
        db_table = "incidents_incident"
        default_permissions = ("add", "change", "delete", "view")
        constraints = [
            models.CheckConstraint(condition=Q(status__in=Status.values), name="incident_status_known"),
            models.CheckConstraint(condition=Q(severity__in=Severity.values), name="incident_severity_known"),
            models.CheckConstraint(condition=~Q(title__regex=r"^\s*$"), name="incident_title_not_blank"),
            models.CheckConstraint(
                condition=Q(status="OPEN", acknowledged_at=None, resolved_at=None)
                | Q(status="ACK", acknowledged_at__isnull=False, resolved_at=None)
                | Q(status="RESOLVED", resolved_at__isnull=False),
                name="incident_times_fit_status",
            ),
        ]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="incident_newest"),
            models.Index(fields=["-updated_at", "-id"], name="incident_updated"),
            models.Index(fields=["status", "-created_at", "-id"], name="incident_status_newest"),
            models.Index(fields=["severity", "-created_at", "-id"], name="incident_severity_newest"),
            models.Index(fields=["status", "severity", "-created_at", "-id"], name="incident_status_severity"),
            models.Index(fields=["assignee", "-created_at", "-id"], name="incident_assignee_newest"),
            models.Index(fields=["created_by", "-created_at", "-id"], name="incident_created_by_newest"),
            GinIndex(fields=["search"], name="incident_search"),
        ]

    def __str__(self) -> str:
        return f"#{self.number} {self.title}"


class IncidentEvent(models.Model):
    """One row for each change. The database refuses to edit a row, or to delete one apart from its incident."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    sequence = models.BigIntegerField(unique=True, editable=False, db_default=sequence("incidents_sequence"))
    # DO_NOTHING here, ON DELETE CASCADE in the database (0002): Django's own cascade would meet the trigger.
    incident = models.ForeignKey(
        Incident, models.DO_NOTHING, related_name="events", db_index=False, db_constraint=False
    )
    type = models.CharField(max_length=20, choices=EventType)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False)
    data = models.JSONField(default=dict)
    request_id = models.CharField(max_length=128, default="", blank=True)
    created_at = models.DateTimeField(db_default=Now())
    search = models.GeneratedField(
        expression=SearchVector(
            models.Case(models.When(type="COMMENTED", then=KeyTextTransform("body", "data"))), config=SEARCH_CONFIG
        ),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    objects = EventQuerySet.as_manager()

    class Meta:
        db_table = "incidents_event"
        default_permissions = ("view",)
        indexes = [
            models.Index(fields=["incident", "sequence"], name="event_incident_sequence"),
            GinIndex(fields=["search"], name="event_search", condition=Q(type="COMMENTED")),
        ]

    def __str__(self) -> str:
        return f"{self.type} of {self.incident_id}"


class Deletion(models.Model):
    """What the stream tells of an incident that is gone with its events. Like theirs, the columns of its position in
    the stream (epoch and xid, migration 0005) are the database's own business and no fields."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    sequence = models.BigIntegerField(unique=True, editable=False, db_default=sequence("incidents_sequence"))
    incident_id = models.UUIDField()
    number = models.BigIntegerField()
    title = models.CharField(max_length=200)
    severity = models.CharField(max_length=2)
    status = models.CharField(max_length=8)
    version = models.BigIntegerField()
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False)
    request_id = models.CharField(max_length=128, default="", blank=True)
    created_at = models.DateTimeField(db_default=Now())
    opened_at = models.DateTimeField(null=True)  # of the incident; analytics count anew what it was counted among

    class Meta:
        db_table = "incidents_deletion"
        default_permissions = ()

    def __str__(self) -> str:
        return f"#{self.number} {self.title}"


class Day(models.Model):
    """What `times` has counted of a day (UTC) that is over. No truth of its own: the worker counts it anew."""

    date = models.DateField(primary_key=True)
    acknowledged = models.IntegerField(default=0)
    seconds_to_acknowledge = models.FloatField(null=True)  # the median
    resolved = models.IntegerField(default=0)
    seconds_to_resolve = models.FloatField(null=True)

    class Meta:
        db_table = "incidents_day"
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.date)


class Tally(models.Model):
    """What analytics have counted of the incidents that were created within a quarter of an hour, or within a day
    (UTC). No truth of its own: the worker counts it anew from the incidents, and from quarters the days."""

    class Kind(models.IntegerChoices):
        EVERYBODY = 0
        CREATOR = 1
        ASSIGNEE = 2

    pk = models.CompositePrimaryKey("is_day", "kind", "at", "person", "severity")
    is_day = models.BooleanField()
    kind = models.SmallIntegerField(choices=Kind)
    at = models.DateTimeField()
    person = models.UUIDField()  # whoever created them or has them; all zeros for everybody, and for nobody
    severity = models.CharField(max_length=2)
    open = models.IntegerField()
    acknowledged = models.IntegerField()
    resolved = models.IntegerField()
    unacknowledged = models.IntegerField()  # of the resolved
    acknowledgements = models.IntegerField()
    to_acknowledge = models.BigIntegerField()  # microseconds, summed up
    acknowledge_bins = models.BinaryField()  # two bytes each, as analytics.figures has them
    acknowledge_times = models.BinaryField()  # microseconds, eight bytes each
    resolutions = models.IntegerField()
    to_resolve = models.BigIntegerField()
    resolve_bins = models.BinaryField()
    resolve_times = models.BinaryField()

    class Meta:
        db_table = "incidents_tally"
        default_permissions = ()
        indexes = [
            models.Index(fields=["kind", "person", "is_day", "at"], name="tally_person", condition=~Q(kind=0)),
        ]

    def __str__(self) -> str:
        return f"{self.severity} of {self.at}"


class TallyState(models.Model):
    """One row, once everything has been counted: up to which place in the event log the tallies know of changes."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    epoch = models.IntegerField()
    xid = models.BigIntegerField()
    sequence = models.BigIntegerField()
    counted_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "incidents_tally_state"
        default_permissions = ()
        constraints = [models.CheckConstraint(condition=Q(id=1), name="tally_state_one_row")]

    def __str__(self) -> str:
        return f"counted at {self.counted_at}"


class Word(models.Model):
    """A word that people wrote in incidents: what a misspelt one may have meant. No truth of its own, either."""

    text = models.CharField(primary_key=True, max_length=30)

    class Meta:
        db_table = "incidents_word"
        default_permissions = ()

    def __str__(self) -> str:
        return self.text


class WordState(models.Model):
    """One row, once words have been learnt: up to which incident, in the order in which they were changed last."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    updated_at = models.DateTimeField()
    incident_id = models.UUIDField()

    class Meta:
        db_table = "incidents_word_state"
        default_permissions = ()
        constraints = [models.CheckConstraint(condition=Q(id=1), name="word_state_one_row")]

    def __str__(self) -> str:
        return f"learnt until {self.updated_at}"
