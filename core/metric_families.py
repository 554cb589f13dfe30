"""Metrics made of rows, at the moment of a scrape."""

from collections.abc import Callable
from typing import Any, LiteralString

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric

Ask = Callable[[LiteralString], list[tuple[Any, ...]]]


def gauge(name: str, about: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, about, labels=labels)


def gauges(ask: Ask, question: LiteralString, labels: tuple[str, ...], **told: str) -> list[Metric]:
    """The answer's rows hold the labels' values first, and then one number for each metric; NULL for none."""
    found = [gauge(name, about, *labels) for name, about in told.items()]
    for row in ask(question):
        texts = [str(text) for text in row[: len(labels)]]
        for metric, value in zip(found, row[len(labels) :], strict=True):
            if value is not None:
                metric.add_metric(texts, float(value))
    return list(found)
