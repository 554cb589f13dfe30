"""Thirty days of incidents as they might have been: pure invention, the same for the same seed and the same end."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from incidents.demo import scenarios
from incidents.demo.scenarios import PEOPLE, REGIONS, SCENARIOS, Scenario
from incidents.models import EventType, Status

DAYS = 30
# How much happens in each hour of a day in UTC: people deploy, customers buy, and both sleep.
BY_HOUR = (2, 1, 1, 1, 1, 2, 4, 7, 9, 10, 10, 9, 8, 9, 10, 9, 8, 7, 6, 6, 5, 4, 3, 2)
WEEKEND = 0.4
# So many of the newest come within the last two hours, or hardly anything would still be open.
LATELY = 14
# Minutes until half of the incidents of a severity are acknowledged, and from there resolved.
ACKNOWLEDGED_AFTER = {"P1": 4, "P2": 15, "P3": 70}
RESOLVED_AFTER = {"P1": 50, "P2": 240, "P3": 1100}
RESPONDERS = [place for place, (_, _, role) in enumerate(PEOPLE) if role == "responder"]


@dataclass(frozen=True, slots=True)
class Happening:
    """One event of the log. People are places in PEOPLE."""

    at: datetime
    type: EventType
    actor: int
    data: dict[str, Any]


@dataclass(slots=True)
class Story:
    """An incident as its events tell it."""

    description: str
    metadata: dict[str, Any]
    events: list[Happening] = field(default_factory=list)


def month(count: int, end: datetime, seed: str) -> list[Story]:
    """`count` incidents of the thirty days before `end`, by the time they were opened; nothing happens after `end`."""
    chance = random.Random(seed)  # noqa: S311  no secret hangs on it
    lately = [end - timedelta(minutes=chance.uniform(2, 120)) for _ in range(LATELY)]
    openings = sorted(lately + [opening(chance, end) for _ in range(count - LATELY)])
    return [story(chance, at, end) for at in openings]


def opening(chance: random.Random, end: datetime) -> datetime:
    while True:
        at = end - timedelta(seconds=chance.uniform(60, DAYS * 24 * 3600))
        weight = BY_HOUR[at.hour] * (WEEKEND if at.weekday() >= 5 else 1)
        if chance.uniform(0, max(BY_HOUR)) < weight:
            return at


def story(chance: random.Random, at: datetime, end: datetime) -> Story:
    scenario = chance.choice(SCENARIOS)
    words = {
        "host": f"{scenario.service}-{chance.randint(1, 12)}",
        "region": chance.choice(REGIONS),
        "percent": chance.randint(6, 94),
        "minutes": chance.randint(11, 58),
    }
    told = Story(
        scenario.description.format(**words),
        {"demo": True, "service": scenario.service, "region": words["region"]},
    )
    happenings = course(chance, at, scenario, words)
    told.events = [happening for happening in happenings if happening.at <= end]
    return told


def course(chance: random.Random, at: datetime, scenario: Scenario, words: dict[str, Any]) -> Iterator[Happening]:
    """From the alarm to the last word, as if there were always time for it."""
    severity = f"P{chance.choice(scenario.severities)}"
    reporter, responder = chance.choice(RESPONDERS), chance.choice(RESPONDERS)
    created = {"title": scenario.title.format(**words), "severity": severity}
    yield Happening(at, EventType.CREATED, reporter, created)
    if chance.random() < 0.07:
        at += minutes(chance, 8)
        yield status(at, responder, Status.OPEN, Status.RESOLVED, chance.choice(scenarios.RECOVERED))
        return
    if severity == "P3" and chance.random() < 0.04:
        return  # nobody ever had the time
    at += minutes(chance, ACKNOWLEDGED_AFTER[severity] * (1 if at.hour in range(6, 20) else 2))
    yield status(at, responder, Status.OPEN, Status.ACK, chance.choice(scenarios.ACKNOWLEDGED))
    yield from work(chance, at, scenario, words, severity, responder)


def work(
    chance: random.Random,
    at: datetime,
    scenario: Scenario,
    words: dict[str, Any],
    severity: str,
    responder: int,
) -> Iterator[Happening]:
    """What is done between the acknowledgement and the end, in equal steps that vary a little."""
    steps = [*hand_over(chance, responder), *change_of_severity(chance, severity), *findings(chance, scenario, words)]
    total = minutes(chance, RESOLVED_AFTER[severity])
    moments = sorted(at + total * chance.random() for _ in steps)
    for moment, (type_, data) in zip(moments, steps, strict=True):
        yield Happening(moment, type_, responder, data)
    at += total
    yield status(at, responder, Status.ACK, Status.RESOLVED, scenario.fix.format(**words))
    if chance.random() < 0.15:
        body = {"body": chance.choice(scenarios.FOLLOW_UPS)}
        yield Happening(at + minutes(chance, 300), EventType.COMMENTED, chance.choice(RESPONDERS), body)


Step = tuple[EventType, dict[str, Any]]


def hand_over(chance: random.Random, responder: int) -> list[Step]:
    """Most take it themselves; some then give it to somebody who knows more."""
    if chance.random() > 0.75:
        return []
    taken = (EventType.ASSIGNED, {"from": None, "to": responder})
    other = chance.choice([place for place in RESPONDERS if place != responder])
    given = (EventType.ASSIGNED, {"from": responder, "to": other})
    return [taken, given] if chance.random() < 0.2 else [taken]


def change_of_severity(chance: random.Random, severity: str) -> list[Step]:
    if chance.random() > 0.1:
        return []
    other = {"P1": "P2", "P2": chance.choice(["P1", "P3"]), "P3": "P2"}[severity]
    word = scenarios.RAISED if other < severity else scenarios.LOWERED
    changes = {"severity": {"from": severity, "to": other}}
    return [(EventType.UPDATED, {"changes": changes}), (EventType.COMMENTED, {"body": word})]


def findings(chance: random.Random, scenario: Scenario, words: dict[str, Any]) -> list[Step]:
    told = scenario.findings[: chance.randint(0, len(scenario.findings))]
    return [(EventType.COMMENTED, {"body": finding.format(**words)}) for finding in told]


def status(at: datetime, actor: int, before: Status, after: Status, note: str) -> Happening:
    return Happening(at, EventType.STATUS_CHANGED, actor, {"from": before.value, "to": after.value, "note": note})


def minutes(chance: random.Random, median: float) -> timedelta:
    """Half of the waits are shorter than the median, and a few are very long."""
    return timedelta(minutes=median * chance.lognormvariate(0, 0.8))
