"""Writes: endpoints, and what people do to deliveries. Each is one transaction and leaves its row in a log."""

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from core import lookups, outbound
from core.clock import app_now
from core.clock import now as current_time
from core.errors import Conflict, Invalid, NotFound
from core.sealing import seal
from notifications import payload, queue, signing, trial
from notifications.models import Delivery, Endpoint, Entry, Happening, Kind, Priority, State
from users import audit
from users.models import User

EDITABLE = ("url", "description", "events", "severities", "is_active")
STORED = (
    *EDITABLE,
    *("disabled_reason", "failing_since", "secret", "previous_secret", "previous_secret_until", "updated_at"),
)
BOTH_SIGN = timedelta(hours=24)


def create_webhook(*, url: str, actor: User | None, is_checked: bool = False, **fields: Any) -> tuple[Endpoint, str]:
    """With its signing secret, shown this once. Who calls within a transaction calls `check` before, and says so."""
    if not is_checked:
        check(url)
    secret = signing.new_secret()
    return create_endpoint(kind=Kind.WEBHOOK, url=url, secret=secret, actor=actor, **fields), secret


@transaction.atomic
def create_endpoint(*, kind: str, secret: str, actor: User | None, **fields: Any) -> Endpoint:
    endpoint = Endpoint.objects.create(kind=kind, secret=seal(secret), owner=actor, **fields)
    endpoint.refresh_from_db(fields=["created_at", "updated_at"])
    tell(endpoint, "created", actor, after=shown(endpoint))
    return endpoint


def check(url: str) -> None:
    """Asks the name's address, so: before a transaction."""
    try:
        outbound.check_url(url)
    except outbound.Refused as refusal:
        raise Invalid.field("url", str(refusal)) from None


def edit_endpoint(endpoint_id: uuid.UUID, *, actor: User | None, secret: str | None = None, **changes: Any) -> Endpoint:
    """Any of EDITABLE, and a channel's secret settings. To switch it on again releases what was parked."""
    if "url" in changes:
        check(changes["url"])
    return store_changes(endpoint_id, changes, secret, actor)


@transaction.atomic
def store_changes(endpoint_id: uuid.UUID, changes: dict[str, Any], secret: str | None, actor: User | None) -> Endpoint:
    endpoint = lock(endpoint_id)
    before = {name: value for name, value in shown(endpoint).items() if name in changes and value != changes[name]}
    if not before and secret is None:
        return endpoint
    for name in before:
        setattr(endpoint, name, changes[name])
    if secret is not None:
        endpoint.secret = seal(secret)
    if "is_active" in before:
        switch(endpoint, changes["is_active"], "", actor)
    store(endpoint)
    tell(endpoint, "changed", actor, before=before, after={name: changes[name] for name in before})
    return endpoint


@transaction.atomic
def disable_endpoint(endpoint_id: uuid.UUID, reason: str) -> None:
    """By itself, for what it answered. Its owner is told by mail; nothing that waits is dropped."""
    endpoint = Endpoint.objects.select_for_update(no_key=True).filter(pk=endpoint_id, is_active=True).first()
    if endpoint is None:
        return
    switch(endpoint, False, reason, None)
    store(endpoint)
    tell(endpoint, "disabled", None, after={"reason": reason})
    queue.add(notice(endpoint, reason, person) for person in keepers(endpoint))


def switch(endpoint: Endpoint, is_active: bool, reason: str, actor: User | None) -> None:
    endpoint.is_active, endpoint.disabled_reason, endpoint.failing_since = is_active, reason, None
    waiting = Delivery.objects.pending().filter(endpoint=endpoint)
    type = Happening.RELEASED if is_active else Happening.PARKED
    Entry.objects.bulk_create(
        (Entry(delivery_id=id, type=type, actor=actor, note=reason) for id in waiting.values_list("pk", flat=True)),
        batch_size=1000,
    )
    if is_active:
        waiting.idle().update(due_at=app_now())


def keepers(endpoint: Endpoint) -> list[User]:
    """Its owner; every administrator where there is none any more."""
    return list(User.objects.active().filter(pk=endpoint.owner_id)) or list(User.objects.active_admins())


def notice(endpoint: Endpoint, reason: str, person: User) -> Delivery:
    data = {"endpoint": {"id": endpoint.pk, "name": str(endpoint), "kind": endpoint.kind}, "reason": reason}
    to: dict[str, Any] = {"kind": Kind.MAIL, "person": person, "target": person.email}
    return payload.apart("endpoint.disabled", data, priority=Priority.PAGE, **to)


@transaction.atomic
def rotate_secret(endpoint_id: uuid.UUID, *, actor: User | None) -> tuple[Endpoint, str]:
    """A new secret; the one before signs beside it for a day."""
    endpoint = lock(endpoint_id)
    secret = signing.new_secret()
    endpoint.previous_secret, endpoint.secret = endpoint.secret, seal(secret)
    endpoint.previous_secret_until = current_time() + BOTH_SIGN
    store(endpoint)
    tell(endpoint, "secret_rotated", actor)
    return endpoint, secret


@transaction.atomic
def delete_endpoint(endpoint_id: uuid.UUID, *, actor: User | None) -> None:
    """What waits for it is cancelled; what was sent stays on record, without it."""
    endpoint = lock(endpoint_id, for_delete=True)
    queue.cancel(Delivery.objects.filter(endpoint=endpoint), note="The endpoint was deleted.")
    Delivery.objects.filter(endpoint=endpoint).pending().finish(State.CANCELLED)
    for part in queue.parts(list(endpoint.deliveries.values_list("pk", flat=True))):
        Delivery.objects.filter(pk__in=part).update(endpoint=None)
    tell(endpoint, "deleted", actor, before=shown(endpoint))
    endpoint.delete()


@transaction.atomic
def ping(endpoint_id: uuid.UUID, *, actor: User | None) -> Delivery:
    """A test, first in line."""
    endpoint = lock(endpoint_id)
    return trial.send(actor=actor, kind=endpoint.kind, endpoint=endpoint, target=endpoint.target)


@transaction.atomic
def redeliver(delivery_id: uuid.UUID, *, actor: User | None) -> Delivery:
    """Once more, from the first of its tries, and at once. Conflict: its endpoint is gone, or it is on its way."""
    delivery = lock_delivery(delivery_id)
    if delivery.endpoint_id is None and delivery.person_id is None:
        raise Conflict("Its endpoint was deleted.")
    if not Delivery.objects.filter(pk=delivery_id).idle().exists():
        raise Conflict("It is on its way at this moment.")
    Delivery.objects.filter(pk=delivery_id).put_back()
    Entry.objects.create(delivery=delivery, type=Happening.REDELIVERED, actor=actor)
    delivery.refresh_from_db()
    return delivery


@transaction.atomic
def redeliver_since(
    endpoint_id: uuid.UUID, since: datetime, *, actor: User | None, until: datetime | None = None
) -> int:
    """All that went to an endpoint from a moment on, and is not waiting anyway. How many."""
    endpoint = lock(endpoint_id)
    chosen = Delivery.objects.filter(endpoint=endpoint, created_at__gte=since).exclude(state=State.PENDING)
    if until is not None:
        chosen = chosen.filter(created_at__lt=until)
    ids = list(chosen.select_for_update(no_key=True).values_list("pk", flat=True))
    for part in queue.parts(ids):
        Delivery.objects.filter(pk__in=part).put_back()
    Entry.objects.bulk_create(
        (Entry(delivery_id=id, type=Happening.REDELIVERED, actor=actor) for id in ids), batch_size=1000
    )
    return len(ids)


@transaction.atomic
def skip(delivery_id: uuid.UUID, *, actor: User | None) -> None:
    """Give up one that is stuck, so that the next of its incident can go. Conflict: it does not wait any more."""
    lock_delivery(delivery_id)
    if not queue.cancel(Delivery.objects.filter(pk=delivery_id), type=Happening.SKIPPED, actor=actor):
        raise Conflict("It does not wait any more.")


def lock(endpoint_id: uuid.UUID, *, for_delete: bool = False) -> Endpoint:
    endpoint: Endpoint = lookups.one(Endpoint.objects.select_for_update(no_key=not for_delete), endpoint_id, NotFound)
    return endpoint


def lock_delivery(delivery_id: uuid.UUID) -> Delivery:
    delivery: Delivery = lookups.one(Delivery.objects.select_for_update(no_key=True), delivery_id, NotFound)
    return delivery


def store(endpoint: Endpoint) -> None:
    endpoint.updated_at = app_now()
    endpoint.save(update_fields=STORED)
    endpoint.refresh_from_db(fields=["updated_at"])


def shown(endpoint: Endpoint) -> dict[str, Any]:
    return {name: getattr(endpoint, name) for name in EDITABLE}


def tell(
    endpoint: Endpoint,
    what: str,
    actor: User | None,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    group = "webhook" if endpoint.kind == Kind.WEBHOOK else "channel"
    audit.record(f"{group}.{what}", actor=actor, target_type=group, target_id=endpoint.pk, before=before, after=after)
