"""`metadata`: any JSON object of up to 16 KiB, kept as it is, and compared as JSON compares."""

import orjson
import pytest

from incidents.models import EventType, IncidentEvent
from incidents.tests.conftest import named

URL = "/v1/incidents"
LEAST = {"title": "Disk full", "severity": "P1"}


def bottomless(depth: int) -> dict:
    value: dict = {}
    for _ in range(depth - 1):
        value = {"a": value}
    return value


def filler(size: int) -> dict:
    """Metadata that takes exactly `size` bytes as compact JSON."""
    return {"k": "x" * (size - len(orjson.dumps({"k": ""})))}


KEPT = [
    {},
    {"": ""},
    {"z": 1, "a": {"ä": "😀", "\u202e": "\r\n"}, "__proto__": [], "constructor": None},
    {"n": [0, -1, 2**53 - 1, -(2**53 - 1), 0.1, 1e-300, 1.5e14, 1e14, 5e-324]},
    {"b": [True, False, None], "1": {"": [[], {}]}},
    filler(16 * 1024),
    bottomless(31),
]


@pytest.mark.parametrize("metadata", KEPT)
def test_an_object_comes_back_as_sent_from_everywhere(as_user, rui, metadata):
    api = as_user(rui)

    created = api.post(URL, {**LEAST, "metadata": metadata})

    assert created.status_code == 201
    assert created.json()["metadata"] == metadata
    assert api.get(created["Location"]).json()["metadata"] == metadata
    assert api.get(URL).json()["results"][0]["metadata"] == metadata


REFUSED = [
    *[None, [], "{}", "", 1, True],
    filler(16 * 1024 + 1),
    {"k": "é" * 8 * 1024},  # characters would fit, bytes do not
    bottomless(32),
    {"n": 2**53},
    {"n": -(2**53)},
    {"n": [1e15]},
]


@pytest.mark.parametrize("metadata", REFUSED)
def test_what_is_no_object_or_too_much_is_named(as_user, rui, incident, metadata):
    assert named(as_user(rui).post(URL, {**LEAST, "metadata": metadata}), "metadata")
    assert named(as_user(rui).patch(f"{URL}/{incident.pk}", {"metadata": metadata}), "metadata")


ALIKE_IN_PYTHON = [(1, True), (0, False), (1, 1.0), ([1], [True]), ({"x": 0}, {"x": False})]


@pytest.mark.parametrize(("before", "after"), ALIKE_IN_PYTHON)
def test_values_that_only_python_takes_for_equal_are_a_change(as_user, rui, opened, before, after):
    incident = opened(metadata={"k": before})

    body = as_user(rui).patch(f"{URL}/{incident.pk}", {"metadata": {"k": after}}).json()

    assert orjson.dumps(body["metadata"]) == orjson.dumps({"k": after})
    assert body["version"] == 2
    assert IncidentEvent.objects.get(type=EventType.UPDATED).data["changes"]["metadata"]["to"] == {"k": after}


def test_the_same_object_with_its_keys_in_another_order_is_no_change(as_user, rui, opened):
    incident = opened(metadata={"a": 1, "bb": {"y": [1, 2], "x": 0}})

    response = as_user(rui).patch(f"{URL}/{incident.pk}", '{"metadata": {"bb": {"x": 0, "y": [1, 2]}, "a": 1}}')

    assert response.json()["version"] == 1
    assert not IncidentEvent.objects.filter(type=EventType.UPDATED).exists()


def test_metadata_is_replaced_and_not_merged(as_user, rui, opened):
    incident = opened(metadata={"a": 1, "b": 2})

    body = as_user(rui).patch(f"{URL}/{incident.pk}", {"metadata": {"b": 3}}).json()

    assert body["metadata"] == {"b": 3}
    changes = body["events"][-1]["data"]["changes"]
    assert changes == {"metadata": {"from": {"a": 1, "b": 2}, "to": {"b": 3}}}
