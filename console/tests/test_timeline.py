"""The event log, told in words."""

import pytest
from django.utils.html import strip_tags

from console import timeline
from core import clock
from incidents.models import EventType

ADA, RUI, VERA = (f"01900000-0000-7000-8000-00000000000{number}" for number in range(3))
NAMES = {ADA: "Ada", RUI: "Rui", VERA: "Vera"}


def told(kind, data, actor=ADA):
    row = ("e", 1, kind, data, "req-1", clock.now(), actor, NAMES.get(actor), "a@example.com")
    return timeline.tell([row], NAMES)[0]


@pytest.mark.parametrize(
    ("kind", "data", "sentence"),
    [
        (EventType.CREATED, {"title": "t", "severity": "P1"}, "opened this as P1"),
        (EventType.STATUS_CHANGED, {"from": "OPEN", "to": "ACK", "note": ""}, "acknowledged this"),
        (EventType.STATUS_CHANGED, {"from": "ACK", "to": "RESOLVED", "note": "n"}, "resolved this"),
        (EventType.COMMENTED, {"body": "b"}, "commented"),
        (
            EventType.UPDATED,
            {"changes": {"severity": {"from": "P3", "to": "P1"}}},
            "changed the severity from P3 to P1",
        ),
        (EventType.UPDATED, {"changes": {"title": {"from": "a", "to": "b"}}}, "changed the title"),
        (
            EventType.UPDATED,
            {"changes": {"title": {"from": "a", "to": "b"}, "metadata": {"from": {}, "to": {"a": 1}}}},
            "changed the metadata and the title",
        ),
        (EventType.ASSIGNED, {"from": None, "to": RUI}, "assigned this to Rui"),
        (EventType.ASSIGNED, {"from": None, "to": ADA}, "took this"),
        (EventType.ASSIGNED, {"from": RUI, "to": ADA}, "took this over from Rui"),
        (EventType.ASSIGNED, {"from": RUI, "to": VERA}, "handed this over from Rui to Vera"),
        (EventType.ASSIGNED, {"from": RUI, "to": None}, "took this from Rui: nobody has it now"),
    ],
)
def test_an_event_reads_as_a_person_would_say_it(kind, data, sentence):
    assert strip_tags(told(kind, data).sentence) == sentence


@pytest.mark.parametrize("kind", EventType)
def test_every_event_type_has_a_sentence(kind):
    assert callable(timeline.SENTENCES[kind])


def test_values_that_do_not_fit_a_sentence_are_told_apart():
    data = {"changes": {"title": {"from": "a", "to": "b"}, "metadata": {"from": {}, "to": {"z": 1, "a": [2]}}}}
    metadata, title = told(EventType.UPDATED, data).changes

    assert (title.before, title.after, title.is_long) == ("a", "b", False)
    assert (metadata.before, metadata.is_long) == ("{}", True)
    assert metadata.after == '{\n  "a": [\n    2\n  ],\n  "z": 1\n}'


def test_names_are_isolated_and_escaped():
    names = {RUI: "<b>\u202eRui"}
    row = ("e", 1, EventType.ASSIGNED, {"from": None, "to": RUI}, "", clock.now(), ADA, "Ada", "a@example.com")

    assert timeline.tell([row], names)[0].sentence == "assigned this to <bdi>&lt;b&gt;\u202eRui</bdi>"


def test_nobody_is_asked_for_whom_no_event_names():
    rows = [("e", 1, EventType.ASSIGNED, {"from": None, "to": RUI}), ("e", 2, EventType.COMMENTED, {"body": "b"})]

    assert timeline.mentioned(rows) == {RUI}


def test_what_is_beyond_the_budget_of_a_page_stays_as_it_was_typed():
    body = "**x** " + "word " * 3_000
    rows = [("e", n, EventType.COMMENTED, {"body": body}, "", clock.now(), ADA, "Ada", "a@b.org") for n in range(6)]
    bodies = [entry.body for entry in timeline.tell(rows, {})]

    assert [body.startswith("<p><strong>x</strong>") for body in bodies] == [True] * 3 + [False] * 3
    assert bodies[-1].startswith('<pre tabindex="0">**x** word')
