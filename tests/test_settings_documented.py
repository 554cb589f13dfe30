"""House rule: what the code reads from the environment, .env.example explains, with the default that the code has."""

import ast
import functools
import itertools
import os
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import global_settings

from tests import starts

ROOT = Path(__file__).resolve().parents[1]
NONE = "(none)"
VARIABLE = re.compile(r"^# ([A-Z][A-Z0-9_]*)=(.*)$")

# Not for people to set: the shell's own, and what manage.py tells Django.
OF_THE_SYSTEM = {"PATH", "HOME", "DJANGO_SETTINGS_MODULE"}
APART = {"tests", "benchmarks"}  # of no part in the service
HAVE_DEFAULTS = {"integer", "flag", "choice", "http_url", "window_seconds", "text", "networks"}
READ_BY_COMPOSE_ALONE = {"POSTGRES_PASSWORD", "GRAFANA_PASSWORD"}
# Settings that Django or a library reads, and Django's defaults do not list.
OF_LIBRARIES = {
    "CONTENT_SECURITY_POLICY",
    "MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN",
    "PROCRASTINATE_AUTODISCOVER_MODULE_NAME",
    "RATELIMIT_USE_CACHE",
    "REST_FRAMEWORK",
    "ROOT_URLCONF",
    "SPECTACULAR_SETTINGS",
    "WHITENOISE_SKIP_COMPRESS_EXTENSIONS",
    "WHITENOISE_USE_FINDERS",
}


@functools.cache
def sources() -> list[tuple[Path, ast.Module]]:
    paths = [path for top in ROOT.iterdir() if top.name[0] != "." for path in [top, *top.rglob("*")]]
    return [
        (path, ast.parse(path.read_text()))
        for path in sorted(paths)
        if path.suffix == ".py" and path.name != "conftest.py" and not APART.intersection(path.relative_to(ROOT).parts)
    ]


def calls() -> Iterator[tuple[str, ast.Call]]:
    """Each call that reads a variable, and the name of the function that does."""
    for _, tree in sources():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and names_a_variable(node):
                of = ast.unparse(node.func.value)
                if of in ("env", "os.environ", "os"):
                    yield node.func.attr, node


def names_a_variable(call: ast.Call) -> bool:
    return bool(call.args) and re.fullmatch("[A-Z][A-Z0-9_]*", str(literal(call.args[0]))) is not None


def literal(node: ast.expr) -> object:
    """The value of a literal; of `x if … else <literal>` that literal; None when it is made at run time."""
    if isinstance(node, ast.IfExp):
        node = node.orelse
    return node.value if isinstance(node, ast.Constant) else None


def variables_read() -> set[str]:
    read = set()
    for function, call in calls():
        name = str(literal(call.args[0]))
        read |= {name, f"{name}_FILE"} if function == "secret" else {name} if function != "setdefault" else set()
    for _, tree in sources():
        for node in ast.walk(tree):
            if isinstance(node, ast.Subscript) and ast.unparse(node.value) == "os.environ":
                read.add(str(literal(node.slice)))
    return read - OF_THE_SYSTEM


def defaults_read() -> dict[str, set[str]]:
    """Variable -> the defaults that the readers of config/env.py give it, spelt as one would set them."""
    found: dict[str, set[str]] = {}
    for function, call in calls():
        if function in HAVE_DEFAULTS and len(call.args) > 1:
            value = literal(call.args[1])
            if value not in (None, ""):
                spelt = str(int(value)) if isinstance(value, bool) else str(value)
                found.setdefault(str(literal(call.args[0])), set()).add(spelt)
    return found


def variables_documented() -> dict[str, str]:
    matches = filter(None, map(VARIABLE.match, (ROOT / ".env.example").read_text().splitlines()))
    return {match[1]: match[2] for match in matches}


def test_env_example_names_each_variable_that_the_code_reads_and_no_other() -> None:
    assert set(variables_documented()) == variables_read() | READ_BY_COMPOSE_ALONE


def test_env_example_shows_the_default_that_the_code_has() -> None:
    documented, read = variables_documented(), defaults_read()

    assert len(read) > 15
    assert {name: {documented[name]} for name in read} == read
    shown_as_default = {name for name, default in documented.items() if default != NONE}
    assert shown_as_default - set(read) <= {"ADMIN_EMAIL"}  # which the supervisor reads


def test_env_example_explains_each_variable_in_the_lines_above_it() -> None:
    lines = (ROOT / ".env.example").read_text().splitlines()
    unexplained = [
        line
        for above, line in itertools.pairwise(lines)
        if VARIABLE.match(line) and (not above.startswith("# ") or VARIABLE.match(above) or above.endswith("---"))
    ]

    assert unexplained == []


def test_env_example_can_be_copied_as_it_is_and_sets_nothing() -> None:
    assert [line for line in (ROOT / ".env.example").read_text().splitlines() if line and line[0] != "#"] == []


def names_assigned(tree: ast.Module) -> set[str]:
    targets = [
        target
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign | ast.AnnAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
    ]
    return {target.id for target in targets if isinstance(target, ast.Name) and target.id.isupper()}


def test_every_setting_of_our_own_is_used() -> None:
    everything = dict(sources())
    settings = everything.pop(ROOT / "config" / "settings.py")
    names = names_assigned(settings) | names_assigned(everything[ROOT / "config" / "limits.py"])
    own = names - set(dir(global_settings)) - OF_LIBRARIES
    used = {node.id for node in ast.walk(settings) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)} | {
        node.attr
        for tree in everything.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) in ("settings", "django_settings")
    }

    assert own - used == set()
    assert names >= OF_LIBRARIES


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of what gunicorn's configuration needs, which may have a .env of its own."""
    for name in ("config", "core"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("tests", "__pycache__"))
    return tmp_path


CONFIGURED = """
from gunicorn.app.wsgiapp import WSGIApplication
cfg = WSGIApplication().cfg
print(cfg.bind, cfg.workers, cfg.loglevel)
"""


def configured(folder: Path, **environment: str) -> str:
    """What gunicorn makes of its configuration file in this folder."""
    done = starts.run(
        [sys.executable, "-c", CONFIGURED, "-c", "config/gunicorn.conf.py"],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(folder), **environment},
    )
    return done.stdout.strip() or done.stderr.strip()


def test_the_web_process_reads_its_own_variables_from_the_env_file_too(folder: Path) -> None:
    (folder / ".env").write_text("PORT=3999\nWEB_WORKERS=1\nLOG_LEVEL=WARNING\n")

    assert configured(folder) == "['127.0.0.1:3999'] 1 warning"
    assert configured(folder, PORT="4001") == "['127.0.0.1:4001'] 1 warning"


def test_a_wrong_value_stops_the_web_process_with_a_sentence_that_names_it(folder: Path) -> None:
    (folder / ".env").write_text("WEB_WORKERS=many\n")

    assert configured(folder) == "WEB_WORKERS='many' is not valid: it must be a whole number from 1 to 64."
