"""config/monitoring: what its dashboards and rules name is what /metrics tells of."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.utils.module_loading import import_string

from core import metrics
from tests.starts import ROOT

FOLDER = ROOT / "config/monitoring"
DASHBOARDS = sorted((FOLDER / "grafana/dashboards").glob("*.json"))
RULES = yaml.safe_load((FOLDER / "alerts.yml").read_text())["groups"][0]["rules"]
NAME = re.compile(r"\bincidents_[a-z_]+[a-z]\b(?=[{\[) ]|$)")
ENDINGS = re.compile(r"_(total|bucket|sum|count)$")


def expressions() -> Iterator[tuple[str, str]]:
    """(where, expression), as they stand there."""
    for rule in RULES:
        yield rule["alert"], rule["expr"]
    for file in DASHBOARDS:
        for panel in json.loads(file.read_text())["panels"]:
            yield from ((f"{file.stem}: {panel['title']}", target["expr"]) for target in panel["targets"])


def told() -> set[str]:
    """The metrics of the processes, and those of rows: what they are called does not hang on there being any."""
    for name in (
        "incidents.stream.hub.hub",
        "core.wsgi_bridge.WSGIBridge",
    ):
        import_string(name)
    of_rows = [metric for path in settings.METRICS_COLLECTORS for metric in import_string(path)(lambda question: [])]
    return {metric.name for metric in (*metrics.registry.collect(), *of_rows)} | {"incidents_collector_up"}


def named(expression: str) -> set[str]:
    return {ENDINGS.sub("", name) for name in NAME.findall(re.sub(r'"[^"]*"', '""', expression))}


def test_every_metric_that_a_dashboard_or_a_rule_names_exists_and_each_is_shown_somewhere() -> None:
    known = told()
    unknown = {where: missing for where, expression in expressions() if (missing := named(expression) - known)}
    shown = {name for _, expression in expressions() for name in named(expression)}

    assert len(DASHBOARDS) == 3
    assert len(RULES) > 10
    assert unknown == {}
    assert known - shown == set()


@pytest.mark.parametrize("file", DASHBOARDS, ids=lambda file: file.stem)
def test_a_dashboard_is_one_that_grafana_can_provision(file: Any) -> None:
    found = json.loads(file.read_text())
    datasource = yaml.safe_load((FOLDER / "grafana/provisioning/datasources/prometheus.yml").read_text())
    ids = [panel["id"] for panel in found["panels"]]

    assert found["uid"] == file.stem
    assert len(set(ids)) == len(ids) > 10
    assert {panel["datasource"]["uid"] for panel in found["panels"]} == {datasource["datasources"][0]["uid"]}
    assert all(panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24 for panel in found["panels"])
