"""The reactions to events that tell people by mail, each as they chose (preferences)."""

from functools import partial

from django.db import transaction

from incidents import reactions
from incidents.history import Moment
from notifications import payload, preferences, queue, sending
from notifications.models import Delivery, EventName, Kind, Priority
from users.models import User

IS_ASSIGNED = "i.assignee_id IS NOT NULL"
MAY_HAVE_PAGED = """(i.severity = 'P1' OR EXISTS (
    SELECT FROM notifications_delivery d
    WHERE d.incident_id = i.id AND d.finished_at IS NULL AND d.person_id IS NOT NULL))"""


@reactions.when(f"{IS_ASSIGNED} OR {preferences.MAY_WANT_NEW}")
def tell_of_new(moment: Moment) -> None:
    """Those who want to know of every one of its severity, and whoever it was assigned to as it was opened."""
    people = list(preferences.wanting("created_severities", moment.incident["severity"]))
    send(moment, EventName.CREATED, people)
    tell_assignee(moment)  # one who is told already is not told twice


@reactions.when(IS_ASSIGNED)
def tell_assignee(moment: Moment) -> None:
    """Not whoever took it themselves."""
    assignee, actor = moment.incident["assignee"], moment.event["actor"]
    if assignee is None or (actor and str(actor["id"]) == str(assignee["id"])):
        return
    wanting = preferences.wanting("assigned_severities", moment.incident["severity"])
    send(moment, EventName.ASSIGNED, list(wanting.filter(pk=assignee["id"])))


def send(moment: Moment, type: str, people: list[User]) -> None:
    if not people:
        return
    text = payload.of(moment).decode()
    queue.add(
        payload.delivery(
            moment,
            text,
            type=type,
            kind=Kind.MAIL,
            person=person,
            target=person.email,
            priority=priority(type, moment.incident["severity"]),
        )
        for person in people
    )
    transaction.on_commit(partial(sending.wake, sending.URGENT_MAILS, sending.MAILS))


def priority(type: str, severity: str) -> Priority:
    if severity != "P1":
        return Priority.NORMAL
    return Priority.PAGE if type == EventName.CREATED else Priority.P1


@reactions.when(MAY_HAVE_PAGED)
def call_off_pages(moment: Moment) -> None:
    """Somebody has it: nobody else need get up. The claim makes sure of it; this shows it at once."""
    pages = Delivery.objects.filter(incident_id=moment.incident_id, person__isnull=False)
    queue.cancel(pages.filter(type=EventName.CREATED, priority=Priority.PAGE), note=queue.NO_LONGER_OPEN)
