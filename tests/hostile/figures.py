"""A line for each run of a scenario, for whoever publishes them."""

import json
import os
import subprocess
from datetime import UTC, datetime
from typing import Any

from tests.live_server import ROOT

RESULTS = ROOT / "bench" / "results" / "hostile.jsonl"


def write(scenario: str, **figures: Any) -> None:
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    line = {"scenario": scenario, "at": datetime.now(UTC).isoformat(), "commit": commit.stdout.strip()}
    line |= {"load": os.getloadavg()[0], **figures}
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    with RESULTS.open("a") as file:
        file.write(f"{json.dumps(line)}\n")
