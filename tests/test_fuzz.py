"""schemathesis calls a live service as its document allows, and as it does not; all of its checks must hold."""

import os
import re
import subprocess

import pytest

from core.openapi import document
from tests import published
from tests.live_server import BARE, ROOT, engines, web
from users import tokens

pytestmark = pytest.mark.fuzz
CONFIG = ROOT / "tests" / "fuzz" / "schemathesis.toml"
HAVE_NO_END = 1  # GET /v1/stream, which the configuration leaves out
SUMMARY = re.compile(r"Tested: (\d+).*?Test cases:\s+(\d+) generated", re.DOTALL)


@pytest.fixture
def service(transactional_db, ada):
    """A live service without limits, and what schemathesis needs to call it as an administrator."""
    token, secret = tokens.issue_token(ada, name="fuzz", scope="admin", actor=None)
    calls = {"TOKEN": secret, "FUZZ_KEEP": f"{ada.pk},{token.pk}"}
    with web({**engines(), "RATE_LIMITS_ENABLED": "0", "WEB_WORKERS": "1"}) as address:
        yield calls | {"ADDRESS": address}


def fuzzed(service, folder, *options):
    """How many operations were called, and how often in all. Fails with what schemathesis found."""
    env = BARE | {"PYTHONPATH": str(ROOT), "FUZZ_KEEP": service["FUZZ_KEEP"], "HOME": os.environ.get("HOME", "")}
    bearer = f"Authorization: Bearer {service['TOKEN']}"
    (folder / "openapi.json").write_bytes(document.as_bytes())
    command = ["st", "--config-file", str(CONFIG), "run", "openapi.json", "--url", service["ADDRESS"]]
    done = subprocess.run(
        [*command, "-c", "all", "-H", bearer, *options],
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    operations, calls = SUMMARY.search(done.stdout).groups()
    return int(operations), int(calls)


def test_the_edges_of_every_schema_meet_no_fault_and_no_surprise(service, tmp_path):
    operations, calls = fuzzed(service, tmp_path, "--phases", "coverage")

    assert operations == len(published.operations()) - HAVE_NO_END
    assert calls >= 800


def test_ten_thousand_calls_meet_no_fault_and_no_surprise(service, tmp_path):
    operations, calls = fuzzed(service, tmp_path, "-n", "500")

    assert operations == len(published.operations()) - HAVE_NO_END
    assert calls >= 10_000
