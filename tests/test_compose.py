"""docker-compose.yml: that it fits .env.example and the settings, and that what it starts starts."""

import re
from ipaddress import ip_network
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
import yaml
from django.core.management import get_commands

from tests import starts
from tests.live_server import BARE, ROOT, becomes_true, engines, process, status, web
from tests.test_settings_documented import variables_documented, variables_read

TEXT = (ROOT / "docker-compose.yml").read_text()
COMPOSE = yaml.safe_load(TEXT)
EVERYTHING: dict[str, Any] = COMPOSE["services"]
SERVICES = {name: service for name, service in EVERYTHING.items() if "profiles" not in service}
WATCHERS = {name: service for name, service in EVERYTHING.items() if "profiles" in service}
OURS = ("migrate", "web", "worker")

# What a container must not be told: by whom it is stopped, started or reached is for compose to say.
LEFT_OUT = {
    "ADMIN_EMAIL",
    "ADMIN_PASSWORD",
    "BIND",
    "DATA_DIR",
    "DEBUG",
    "REDIS_HOST",
    "REDIS_PORT",
    "SEALING_KEYS_FILE",
    "SECRET_KEY_FILE",
    "OIDC_CLIENT_SECRET_FILE",
    "EMAIL_HOST_PASSWORD_FILE",
    "EMAIL_URL_FILE",
    "ANYMAIL_WEBHOOK_SECRET_FILE",
    "SENTRY_DSN_FILE",
    "OTEL_EXPORTER_OTLP_HEADERS_FILE",
    "DEADMAN_URL_FILE",
}
VARIABLE = re.compile(r"\$\{(\w+)(?:(:\?|:-)([^}]*))?\}")
GIVEN = {"SECRET_KEY": "0123456789abcdef" * 4, "POSTGRES_PASSWORD": "fedcba9876543210" * 4}


class Missing(Exception):
    """What compose itself would stop with."""


def interpolated(text: str, variables: dict[str, str]) -> str:
    def value(match: re.Match[str]) -> str:
        name, kind, rest = match.groups()
        if variables.get(name):
            return variables[name]
        if kind == ":?":
            raise Missing(rest)
        return rest or ""

    return VARIABLE.sub(value, text)


def environment(service: str, **variables: str) -> dict[str, str]:
    """What the containers of this service see, given these variables in .env."""
    return {
        name: interpolated(str(value), GIVEN | variables) for name, value in SERVICES[service]["environment"].items()
    }


def seconds(text: str) -> int:
    return int(text.removesuffix("s"))


def run(words: list[str], env: dict[str, str]) -> "CompletedProcess[str]":
    return starts.run(words, env=BARE | env)


def test_it_starts_the_engines_the_migration_the_web_and_the_worker_and_publishes_two_ports() -> None:
    assert set(SERVICES) == {"postgres", "redis", *OURS}
    assert SERVICES["web"]["ports"] == ["3000:3000", "3002:3000"]
    assert [name for name in SERVICES if "ports" in SERVICES[name]] == ["web"]
    assert SERVICES["postgres"]["volumes"] == ["postgres:/var/lib/postgresql"]
    volumes = {volume.split(":")[0] for service in EVERYTHING.values() for volume in service.get("volumes", [])}
    assert {volume for volume in volumes if volume[0] != "."} == set(COMPOSE["volumes"])


def test_prometheus_and_grafana_start_when_asked_for_find_their_files_and_are_for_this_machine_alone() -> None:
    mounted = {volume.split(":")[0] for service in WATCHERS.values() for volume in service["volumes"]}
    prometheus = WATCHERS["prometheus"]["networks"]["monitoring"]["ipv4_address"]
    allowed = [ip_network(word.strip()) for word in environment("web")["METRICS_ALLOWED_CIDRS"].split(",")]

    assert {name: service["profiles"] for name, service in WATCHERS.items()} == {
        "prometheus": ["monitoring"],
        "grafana": ["monitoring"],
    }
    assert all((ROOT / file).is_dir() for file in mounted - set(COMPOSE["volumes"]))
    assert all(port.startswith("127.0.0.1:") for service in WATCHERS.values() for port in service["ports"])
    assert ip_network(prometheus) in allowed
    assert "monitoring" in SERVICES["web"]["networks"]


def test_each_waits_for_what_it_needs() -> None:
    conditions = {
        name: {other: wait["condition"] for other, wait in SERVICES[name].get("depends_on", {}).items()}
        for name in SERVICES
    }

    assert conditions["migrate"] == {"postgres": "service_healthy"}
    assert conditions["web"]["migrate"] == conditions["worker"]["migrate"] == "service_completed_successfully"
    assert conditions["web"]["redis"] == "service_started"  # not healthy: the service works without Redis


def test_what_ends_is_started_again_but_for_the_migration() -> None:
    assert {name: SERVICES[name]["restart"] for name in SERVICES} == {
        "postgres": "unless-stopped",
        "redis": "unless-stopped",
        "migrate": "no",
        "web": "unless-stopped",
        "worker": "unless-stopped",
    }


def test_a_stop_waits_longer_than_the_web_and_the_worker_take() -> None:
    graceful = int(re.search(r"^graceful_timeout = (\d+)", (ROOT / "config/gunicorn.conf.py").read_text(), re.M)[1])
    worker = (ROOT / "core/management/commands/worker.py").read_text()
    grace = float(re.search(r"^GRACE_SECONDS = ([\d.]+)", worker, re.M)[1])

    assert seconds(SERVICES["web"]["stop_grace_period"]) > graceful
    assert seconds(SERVICES["worker"]["stop_grace_period"]) > grace


@pytest.mark.parametrize("name", sorted(GIVEN))
def test_without_a_secret_it_stops_with_a_sentence_that_names_it(name: str) -> None:
    with pytest.raises(Missing, match=rf"^Set {name} in \.env"):
        environment("web", **{name: ""})


def test_no_secret_stands_in_it() -> None:
    secret = re.compile(r"KEY$|PASSWORD|SECRET|TOKEN")
    values = {
        value
        for service in EVERYTHING.values()
        for key, value in service.get("environment", {}).items()
        if secret.search(key)
    }

    assert values
    # Empty unless .env says otherwise: what needs none works without.
    assert all(value.startswith("${") and (":?" in value or value.endswith(":-}")) for value in values)
    assert not re.search(r"://\w+:[^$]+@", TEXT)


def test_it_knows_the_variables_that_env_example_and_the_settings_know() -> None:
    named_in_env = {match[1] for match in VARIABLE.finditer(TEXT)}
    told = set(SERVICES["web"]["environment"])

    assert named_in_env <= set(variables_documented())
    assert told == variables_read() - LEFT_OUT
    assert variables_read() >= LEFT_OUT
    assert all(SERVICES[name]["environment"] == SERVICES["web"]["environment"] for name in OURS)


def test_its_commands_are_commands_of_manage_py() -> None:
    commands = {name: SERVICES[name]["command"] for name in OURS if "command" in SERVICES[name]}

    assert set(commands) == {"migrate", "worker"}
    assert all(words[:2] == ["python", "manage.py"] and words[2] in get_commands() for words in commands.values())


def test_its_settings_pass_the_deployment_checks_when_the_address_is_https() -> None:
    env = environment("web", BASE_URL="https://incidents.example.com")

    done = run(["python", "manage.py", "check", "--deploy", "--fail-level", "WARNING"], env)

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"SECRET_KEY": "short"}, "SECRET_KEY must be set to at least 32 random characters in production."),
        ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS=* is refused in production: name the hosts that you serve."),
        ({"CACHE_TTL": "long"}, "CACHE_TTL='long' is not valid: it must be a whole number from 1 to 2147483648."),
    ],
)
def test_a_wrong_value_stops_the_start_with_its_name(variables: dict[str, str], sentence: str) -> None:
    done = run(["python", "manage.py", "check"], environment("web", **variables))

    assert done.returncode == 1
    assert done.stderr.strip() == sentence


@pytest.mark.django_db(transaction=True)
def test_web_and_worker_start_with_its_settings_and_the_workers_health_check_tells_whether_one_runs(
    tmp_path: Path,
) -> None:
    env = environment("web") | engines() | {"METRICS_DIR": str(tmp_path)}
    check = SERVICES["worker"]["healthcheck"]["test"]

    def is_healthy() -> bool:
        words = [word.replace("http://web:3000", address) for word in check[1:]]
        return run(words, {}).returncode == 0

    with web(env) as address:
        assert status(f"{address}/ready") == 200
        assert not is_healthy()
        with process(SERVICES["worker"]["command"], ROOT, env) as worker:
            # Each web process remembers its last answer for a second: another one may still have the older.
            assert becomes_true(is_healthy)
        assert worker.returncode == 0
        assert becomes_true(lambda: not is_healthy(), within=5)
    assert check[0] == "CMD"
