"""What processes write for each other, and what stays of those that have ended."""

import json
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from core import metric_files
from core.metric_files import Folder
from tests.prometheus import Found, read

own = CollectorRegistry()
calls = Counter("test_calls_total", "For these tests.", ("kind",), registry=own)
seconds = Histogram("test_seconds", "The same.", buckets=(1, 2), registry=own)
open_now = Gauge("test_open", "The same.", registry=own, multiprocess_mode="livesum")
COUNTED = ('test_calls_total{kind="a"}', 'test_seconds_bucket{le="2.0"}', "test_seconds_sum", "test_seconds_count")


def joined(path: Path) -> Folder:
    folder = Folder(path)
    folder.join()
    folder.write()
    return folder


def told(path: Path) -> Found:
    found = read(generate_latest(MultiProcessCollector(None, str(path))))
    return {series: value for series, value in found.items() if series.startswith("test_")}


def test_counts_of_the_dead_stay_and_their_files_go(tmp_path: Path) -> None:
    calls.labels("a").inc(2)
    seconds.observe(1.5)
    open_now.set(4)
    survivor, first = joined(tmp_path), joined(tmp_path)
    both = told(tmp_path)

    first.leave()
    for _ in range(3):
        joined(tmp_path).leave()
    with survivor.alone():
        survivor.bury()

    found = told(tmp_path)
    assert both["test_open"] == 8
    assert found["test_open"] == 4  # nobody's who is dead
    for series in COUNTED:
        assert found[series] == 5 * both[series] / 2
    assert len(list(tmp_path.iterdir())) < 10


def test_a_burial_that_was_cut_off_is_done_once(tmp_path: Path) -> None:
    calls.labels("a").inc()
    survivor, dead = joined(tmp_path), joined(tmp_path)
    before = told(tmp_path)
    content = metric_files.sums([tmp_path / f"counter_{dead.name}.db"])
    dead.leave()

    # Killed after its decision, and with a part of it done.
    (tmp_path / "counter_dead.db").write_bytes(content)
    (tmp_path / "burial.json").write_text(json.dumps([file.name for file in tmp_path.glob(f"*{dead.name}*")]))
    with survivor.alone():
        survivor.bury()

    assert told(tmp_path)['test_calls_total{kind="a"}'] == before['test_calls_total{kind="a"}']
    assert not list(tmp_path.glob(f"*{dead.name}*"))


def test_a_file_that_was_cut_off_with_its_host_stops_nobody(tmp_path: Path) -> None:
    (tmp_path / "counter_gone-1-aa.db").write_bytes(b"\xff\x00\x00\x00 nonsense")

    joined(tmp_path)

    assert told(tmp_path)


def test_a_folder_that_somebody_emptied_is_filled_again(tmp_path: Path) -> None:
    folder = joined(tmp_path)
    for file in tmp_path.iterdir():
        file.unlink()

    folder.write()

    assert told(tmp_path)


def test_a_folder_of_somebody_elses_is_refused(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path)

    with pytest.raises(PermissionError):
        Folder(tmp_path / "link").join()
