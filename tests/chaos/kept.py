"""What clients were told is so, exactly once (RELIABILITY, I1 to I3), and what is cached is what is so (I7)."""

import json
import uuid
from collections import Counter, defaultdict
from functools import partial
from typing import Any

from redis import Redis

from core.cache import OPEN_SECONDS
from core.models import IdempotencyKey
from incidents import cache, detail
from incidents.models import Deletion, EventType, Incident, IncidentEvent, Status
from tests.chaos.bench import Bench
from tests.chaos.journal import WRITES, Journal, Request
from tests.chaos.web import Web
from users.models import AuditEntry

Effect = tuple[str, str, str]  # of a write of the load: its kind, its incident (but of a creation) and what it said


def judge(journal: Journal) -> dict[str, Any]:
    """Asserts I1 to I3; the figures."""
    done = effects()
    gone = {str(id) for id in Deletion.objects.values_list("incident_id", flat=True)}
    every_acknowledged_write_is_there(journal, done, gone)
    none_is_there_twice(journal, done)
    answers_under_a_key_agree(journal)
    keys_and_what_they_did_belong_together(journal, done)
    every_history_leads_to_what_is()
    return journal.figures() | {"incidents": Incident.objects.count(), "ambiguous": len(journal.unsettled())}


def effects() -> Counter[Effect]:
    """What the load has done, told by the log of events, and by deletions for what was deleted with it."""
    found: Counter[Effect] = Counter()
    for type, incident, data in IncidentEvent.objects.values_list("type", "incident_id", "data"):
        found[effect(type, str(incident), data)] += 1
    for title, incident in Deletion.objects.values_list("title", "incident_id"):
        found["create", "", title] += 1
        found["delete", str(incident), ""] += 1
    return found


def effect(type: str, incident: str, data: dict[str, Any]) -> Effect:
    if type == EventType.CREATED:
        return "create", "", data["title"]
    if type == EventType.COMMENTED:
        return "comment", incident, data["body"]
    if type == EventType.STATUS_CHANGED:
        return "status", incident, data["to"]
    return "edit", incident, data["changes"]["title"]["to"]


def expected(request: Request) -> Effect:
    incident = request.path.split("/")[3] if request.kind != "create" else ""
    said = next(iter(request.body.values())) if request.body else ""
    return request.kind, incident, said


def every_acknowledged_write_is_there(journal: Journal, done: Counter[Effect], gone: set[str]) -> None:
    lost = {each.request for each in journal.acknowledged(*WRITES) if not done[expected(each.request)]}
    assert not lost
    there = {str(id) for id in Incident.objects.values_list("pk", flat=True)}
    assert {each.id for each in journal.acknowledged("create")} <= there | gone
    audited = set(AuditEntry.objects.filter(action="incident.deleted").values_list("target_id", flat=True))
    assert {str(id) for id in audited} == gone


def none_is_there_twice(journal: Journal, done: Counter[Effect]) -> None:
    assert {expected(each): done[expected(each)] for each in journal.sent(*WRITES) if done[expected(each)] > 1} == {}


def answers_under_a_key_agree(journal: Journal) -> None:
    told = defaultdict(set)
    for each in journal.acknowledged("create", "comment"):
        told[each.request.key].add(each.id)
    assert all(len(ids) == 1 for ids in told.values())


def keys_and_what_they_did_belong_together(journal: Journal, done: Counter[Effect]) -> None:
    sent = journal.sent("create", "comment")
    stored = dict(IdempotencyKey.objects.filter(key__in=[each.key for each in sent]).values_list("key", "response"))
    assert {each.key for each in sent if done[expected(each)]} == set(stored)
    told = {each.request.key: each.id for each in journal.acknowledged("create", "comment")}
    kept = {key: json.loads(response)["id"] for key, response in stored.items()}
    assert told.items() <= kept.items()


def every_history_leads_to_what_is() -> None:
    events = defaultdict(list)
    for incident, type, data in IncidentEvent.objects.order_by("sequence").values_list("incident_id", "type", "data"):
        events[incident].append((type, data))
    for incident in Incident.objects.all():
        assert incident.version == len(events[incident.pk])
        assert replayed(events[incident.pk]) == (incident.status, incident.title)


def replayed(events: list[tuple[str, dict[str, Any]]]) -> tuple[str, str]:
    (type, data), *later = events
    assert type == EventType.CREATED
    status, title = str(Status.OPEN), data["title"]
    for type, data in later:
        assert type != EventType.CREATED
        if type == EventType.STATUS_CHANGED:
            assert data["from"] == status
            status = data["to"]
        if type == EventType.UPDATED and "title" in data["changes"]:
            assert data["changes"]["title"]["from"] == title
            title = data["changes"]["title"]["to"]
    return status, title


def what_is_cached_is_so(bench: Bench, web: Web) -> int:
    """What clients get of every incident, and what Redis then holds, is what a fresh look gives; how many there are."""
    with Redis.from_url(bench.valkey.url) as redis:
        ids = list(Incident.objects.values_list("pk", flat=True))
        for incident in ids:
            built = detail.build(incident)
            assert built is not None
            # What is read is kept, but by a process that lately found no Redis: it asks again within seconds.
            assert bench.becomes(partial(is_kept, redis, web, incident, *built), OPEN_SECONDS + 1)
            assert cache.current(incident) == built[0]
    return len(ids)


def is_kept(redis: Redis, web: Web, incident: uuid.UUID, stamp: cache.Stamp, body: bytes) -> bool:
    """False while Redis holds nothing of it, though it was read."""
    answer = web.get(f"/v1/incidents/{incident}")
    assert (answer.status, answer.body) == (200, json.loads(body))
    held = redis.get(stamp.key(incident))
    assert held in (None, body)
    return held is not None
