"""The reactions to events: a delivery for each endpoint that wants the event. config/subscriptions.py names them."""

from functools import partial

from django.db import transaction

from incidents import reactions
from incidents.history import Moment
from notifications import payload, queue, sending
from notifications.models import Delivery, Endpoint, Priority


@reactions.when("EXISTS (SELECT FROM notifications_endpoint)")
def tell_endpoints(moment: Moment) -> None:
    text = payload.of(moment).decode()
    severity = moment.incident["severity"]
    queue.add(
        payload.delivery(
            moment,
            text,
            type=payload.NAMES[moment.type],
            kind=endpoint.kind,
            endpoint=endpoint,
            target=endpoint.target,
            priority=Priority.P1 if severity == "P1" else Priority.NORMAL,
        )
        for endpoint in Endpoint.objects.wanting(payload.NAMES[moment.type], severity)
    )
    transaction.on_commit(partial(sending.wake, sending.WEBHOOKS))


def cancel_of_deleted(moment: Moment) -> None:
    """What was still to be told of it is of no use any more; that it is gone is told beside this."""
    queue.cancel(Delivery.objects.filter(incident_id=moment.incident_id), note="The incident was deleted.")
