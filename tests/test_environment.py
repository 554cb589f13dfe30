"""What the environment may say, as a table: a wrong value stops the start with one sentence that names it."""

import json
import secrets
import sys
from subprocess import CompletedProcess

import pytest

from tests import starts

KEY = secrets.token_urlsafe(48)
PRODUCTION = {"ENVIRONMENT": "production", "SECRET_KEY": KEY, "BASE_URL": "https://incidents.example.com"}
ASK = """
import json, sys
from django.conf import settings
print(json.dumps([getattr(settings, name) for name in sys.argv[1:]]))
"""


def run(*command: str, given: str = "", **variables: str) -> "CompletedProcess[str]":
    env = starts.BARE | {"DATA_DIR": "/nonexistent"} | variables  # no engines of a `make run` beside the suite
    return starts.run(command, env=env, given=given)


def setting(*names: str, **variables: str) -> list:
    done = run(sys.executable, "-c", ASK, *names, DJANGO_SETTINGS_MODULE="config.settings", **variables)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


WRONG = [
    ("ENVIRONMENT", "prod"),
    ("DEBUG", "maybe"),
    ("BASE_URL", "incidents.example.com"),
    ("BASE_URL", "ftp://incidents.example.com"),
    ("BASE_URL", "https://incidents.example.com/app"),
    ("BASE_URL", "https://incidents.example.com:port"),
    ("BASE_URL", "https://incidents.example.com:99999"),
    ("BASE_URL", "https://me:pw@incidents.example.com"),
    ("BASE_URL", "https://[::1"),
    ("ALLOWED_HOSTS", "https://incidents.example.com"),
    ("ALLOWED_HOSTS", "incidents.example.com:3000"),
    ("TRUSTED_PROXIES", "10.0.0.0/33"),
    ("TRUSTED_PROXIES", "proxy.example.com"),
    ("TRUSTED_PROXIES", "10.0.0.1/8"),
    ("WEB_THREADS", "0"),
    ("WEB_THREADS", "65"),
    ("DATABASE_URL", "sqlite:///db.sqlite3"),
    ("DATABASE_URL", "mysql://me:s3cret@db/incidents"),
    ("DATABASE_URL", "postgresql://me:s3cret@db:port/incidents"),
    ("DATABASE_URL", "postgresql://me:s3cret@db"),
    ("DATABASE_URL", "incidents"),
    ("DATABASE_WATCHDOG_SECONDS", "-1"),
    ("REDIS_URL", "http://:s3cret@cache:6379"),
    ("REDIS_URL", "cache:6379"),
    ("REDIS_URL", "redis://:s3cret@cache:port/0"),
    ("REDIS_PORT", "99999"),
    ("CACHE_TTL", "0"),
    ("CACHE_TTL", "5m"),
    ("API_ANONYMOUS_ROLE", "owner"),
    ("REQUIRE_SECOND_FACTOR", "admin,owner"),
    ("LOGIN_FAILURES_ALLOWED", "0"),
    ("LOGIN_LOCKOUT_SECONDS", "forever"),
    ("WEBHOOK_ALLOW_HTTP", "https"),
    ("WEBHOOK_ALLOW_CIDRS", "10.0.0.1/8"),
    ("WEBHOOK_ALLOW_CIDRS", "intranet"),
    ("WEBHOOK_ALLOW_PORTS", "0"),
    ("WEBHOOK_ALLOW_PORTS", "8443,65536"),
    ("WEBHOOK_ALLOW_PORTS", "https"),
    ("WEBHOOK_DENY_CIDRS", "8.8.8.8/33"),
    ("OIDC_ISSUER", "login.example.com"),
    ("OIDC_ROLES", "oncall"),
    ("OIDC_ROLES", "oncall=owner"),
    ("EMAIL_SECURITY", "ssl"),
    ("EMAIL_URL", "mail.example.com"),
    ("EMAIL_URL", "smtp://"),
    ("EMAIL_URL", "smtp://kim:secret@mail.example.com"),
    ("EMAIL_URL", "anymail+nobody://"),
    ("MAIL_PER_MINUTE", "0"),
    ("RATE_LIMITS_ENABLED", "2"),
    ("DATABASE_PREPARED_STATEMENTS", "no way"),
    ("RATE_LIMIT_MAX_REQUESTS", "0"),
    ("RATE_LIMIT_MAX_REQUESTS", "1.5"),
    ("RATE_LIMIT_WINDOW_MS", "1500"),
    ("RATE_LIMIT_WINDOW_MS", "0"),
    ("RATE_LIMIT_WINDOW_MS", "1e3"),
    ("RATE_LIMIT_WINDOW_MS", "9" * 30),
    ("IDEMPOTENCY_KEY_EXPIRY_HOURS", "0"),
    ("IDEMPOTENCY_KEY_EXPIRY_HOURS", "9000"),
    ("LOG_FORMAT", "xml"),
    ("LOG_LEVEL", "loud"),
    ("SECRET_KEY_FILE", "/nonexistent/key"),
    ("SECRET_KEY_FILE", "/dev/null"),
    ("SECRET_KEY_FILE", sys.executable),
]


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_a_wrong_value_stops_the_start_with_a_sentence_that_names_it(name, value):
    done = run(sys.executable, "-c", "import config.settings", **{name: value})

    assert done.returncode == 1
    assert done.stderr.startswith(name)
    assert done.stderr.endswith(".\n")
    assert done.stderr.count("\n") == 1
    assert "s3cret" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("command", "variables"),
    [
        (["manage.py", "check"], {"CACHE_TTL": "long"}),
        (["manage.py", "worker"], {"CACHE_TTL": "long"}),
        (["-m", "gunicorn", "-c", "config/gunicorn.conf.py"], {"CACHE_TTL": "long"}),
        (["-m", "gunicorn", "-c", "config/gunicorn.conf.py"], {"PORT": "70000"}),
        (["-m", "gunicorn", "-c", "config/gunicorn.conf.py"], {"WEB_WORKERS": "none"}),
    ],
)
def test_every_way_to_start_stops_so(command, variables):
    done = run(sys.executable, *command, **variables)

    assert done.returncode == 1
    assert done.stderr.startswith(next(iter(variables)))
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("variables", "name"),
    [
        ({"DEBUG": "1"}, "DEBUG=1"),
        ({"SECRET_KEY": ""}, "SECRET_KEY"),
        ({"SECRET_KEY": "insecure-development-key-that-production-refuses-to-start-with"}, "SECRET_KEY"),
        ({"SECRET_KEY": "x" * 31}, "SECRET_KEY"),
        ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS=*"),
        ({"ALLOWED_HOSTS": "incidents.example.com,*"}, "ALLOWED_HOSTS=*"),
    ],
)
def test_production_refuses_what_is_for_development(variables, name):
    done = run(sys.executable, "-c", "import config.settings", **PRODUCTION | variables)

    assert done.returncode == 1
    assert done.stderr.startswith(name)
    assert done.stderr.count("\n") == 1


def test_what_is_empty_counts_as_not_set():
    names = ["DEBUG", "BASE_URL", "TRUSTED_PROXIES", "CACHE_TTL", "REDIS_URL", "API_ANONYMOUS_ROLE", "LOG_FORMAT"]

    assert setting(*names, **dict.fromkeys(names, " ")) == setting(*names)


def test_the_redis_variables_lead_to_one_address():
    assert setting("REDIS_URL") == ["redis://127.0.0.1:6379/0"]
    assert setting("REDIS_URL", REDIS_HOST="cache") == ["redis://cache:6379/0"]
    assert setting("REDIS_URL", REDIS_PORT="6380") == ["redis://127.0.0.1:6380/0"]
    assert setting("REDIS_URL", REDIS_HOST="cache", REDIS_URL="unix:///run/v.sock?db=1") == ["unix:///run/v.sock?db=1"]


@pytest.mark.parametrize(("value", "threshold"), [("1", 2), ("0", None)])
def test_statements_are_prepared_unless_a_pooler_cannot(value, threshold):
    (databases,) = setting("DATABASES", DATABASE_PREPARED_STATEMENTS=value)

    assert databases["default"]["OPTIONS"]["prepare_threshold"] == threshold


def test_base_url_decides_what_a_browser_is_told():
    names = ["SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_HSTS_SECONDS", "SECURE_SSL_REDIRECT"]
    more = ["CSRF_TRUSTED_ORIGINS", "ALLOWED_HOSTS"]

    assert setting(*names, BASE_URL="http://10.0.0.5:3000") == [False, False, 0, False]
    *flags, origins, hosts = setting(*names, *more, BASE_URL="https://incidents.example.com/")
    assert flags == [True, True, 365 * 24 * 3600, False]
    assert origins == ["https://incidents.example.com"]
    assert hosts == ["incidents.example.com", "127.0.0.1", "localhost", "[::1]"]


def test_a_secret_may_stand_in_a_file(tmp_path):
    (tmp_path / "key").write_text(f"{KEY}\n")

    assert setting("SECRET_KEY", SECRET_KEY="other", SECRET_KEY_FILE=str(tmp_path / "key")) == [KEY]


DEPLOY = (sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING")


def test_the_deploy_check_of_production_settings_is_clean():
    done = run(*DEPLOY, **PRODUCTION)

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("System check identified no issues")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("RATE_LIMITS_ENABLED", "0"),
        ("API_ANONYMOUS_ROLE", "admin"),
        ("TRUSTED_PROXIES", "10.0.0.0/8, 0.0.0.0/0"),
        ("TRUSTED_PROXIES", "::/0"),
    ],
)
def test_the_deploy_check_warns_of(name, value):
    done = run(*DEPLOY, **PRODUCTION | {name: value})

    assert done.returncode == 1
    assert name in done.stderr
    assert "identified 1 issue" in done.stderr
