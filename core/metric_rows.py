"""Metrics that are rows: each app's collector asks the database a few bounded questions when somebody scrapes, and
none holds up what is known without a database."""

import logging
import time
from collections.abc import Iterable
from concurrent.futures import TimeoutError as FutureTimeout

import psycopg
from django.conf import settings
from django.utils.module_loading import import_string
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from core.health import Check, Database
from core.metric_families import Ask, gauge

logger = logging.getLogger(__name__)

PATIENCE_SECONDS = 2.0
CACHED_SECONDS = 5.0


class Rows(Collector):
    def __init__(self) -> None:
        self.check = Check(self.read, fresh_for=CACHED_SECONDS)
        self.found: list[Metric] = []

    def read(self) -> None:
        """On a connection of its own, which nobody else has to wait for."""
        database = Database()
        try:
            found = {path: asked(path, database.rows) for path in settings.METRICS_COLLECTORS}
        finally:
            database.forget()
        well = well_or_not({path: metrics is not None for path, metrics in found.items()})
        self.found = [well, *(metric for metrics in found.values() for metric in metrics or ())]

    def collect(self) -> Iterable[Metric]:
        answer, asked_at = self.check.ask()
        try:
            answer.result(timeout=max(0, asked_at + PATIENCE_SECONDS - time.monotonic()))
        except FutureTimeout:
            logger.warning("metrics_of_rows_late")
            return [well_or_not(dict.fromkeys(settings.METRICS_COLLECTORS, False))]
        return self.found


def well_or_not(known: dict[str, bool]) -> Metric:
    well = gauge("incidents_collector_up", "1 where the rows behind an app's metrics could be asked.", "collector")
    for path, is_well in known.items():
        well.add_metric([path.partition(".")[0]], float(is_well))
    return well


def asked(path: str, ask: Ask) -> list[Metric] | None:
    try:
        return list(import_string(path)(ask))
    except psycopg.Error as error:
        logger.warning("metrics_of_rows_failed", extra={"collector": path, "error": type(error).__name__})
        return None


rows = Rows()
