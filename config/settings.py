"""Every setting, in Django's order; values come from the environment only (.env.example explains each)."""

import warnings
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from config import env
from core.embedded import state

BASE_DIR = Path(__file__).resolve().parent.parent
env.reader.read_env(BASE_DIR / ".env")
embedded = state.read()

# How it runs ----------------------------------------------------------------------------------------------------------
ENVIRONMENT = env.choice("ENVIRONMENT", "development", ("development", "production"))
DEBUG = env.flag("DEBUG", False)
BASE_URL = env.http_url("BASE_URL", embedded.base_url if embedded else "http://127.0.0.1:3000")
IS_HTTPS = BASE_URL.startswith("https://")
INSECURE_KEY = "insecure-development-key-that-production-refuses-to-start-with"
SECRET_KEY = env.secret("SECRET_KEY", embedded.secret_key if embedded else INSECURE_KEY)
BASE_HOST = urlsplit(BASE_URL).hostname or ""
ALLOWED_HOSTS = env.hosts("ALLOWED_HOSTS", [BASE_HOST, "127.0.0.1", "localhost", "[::1]"])
TRUSTED_PROXIES = env.networks("TRUSTED_PROXIES")
WEB_THREADS = env.integer("WEB_THREADS", 8, at_most=64)
MAX_BODY_BYTES = 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = MAX_BODY_BYTES

if ENVIRONMENT == "production":
    if DEBUG:
        env.stop("DEBUG=1 is refused in production: it shows internals to strangers.")
    if SECRET_KEY == INSECURE_KEY or len(SECRET_KEY) < 32:
        env.stop("SECRET_KEY must be set to at least 32 random characters in production.")
    if "*" in ALLOWED_HOSTS:
        env.stop("ALLOWED_HOSTS=* is refused in production: name the hosts that you serve.")

# Application ----------------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "core.admin_config.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "procrastinate.contrib.django",
    "csp",
    "django_htmx",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
    "axes",
    "core",
    "users",
    "incidents",
    "notifications",
    "console",
]
MIDDLEWARE = [
    "core.request_id.RequestIDMiddleware",
    "core.access_log.AccessLogMiddleware",
    "core.health.HealthMiddleware",
    "core.metrics_page.MetricsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "core.security.HostAndPolicyMiddleware",
    "core.shortcut.Shortcut",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "users.accounts.gate.SecondFactorMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "core.shortcut.ShortcutEnd",
    "users.authentication.AuthenticationMiddleware",
    "core.rate_limits.RateLimitMiddleware",
    "core.idempotency.IdempotencyMiddleware",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
APPEND_SLASH = False
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "console.context.viewer",
            ],
        },
    },
]

# PostgreSQL -----------------------------------------------------------------------------------------------------------
DATABASE_URL = env.text("DATABASE_URL", embedded.database_url if embedded else "postgresql://127.0.0.1:5432/incidents")
DATABASE_WATCHDOG_SECONDS = env.integer("DATABASE_WATCHDOG_SECONDS", 12, at_least=0)
DATABASES: dict[str, dict[str, Any]] = {
    "default": {
        **env.database(DATABASE_URL),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    },
}
DATABASES["default"]["OPTIONS"].update(
    {
        "connect_timeout": 3,
        # Prepared: to parse and plan the few statements that make up nearly all traffic cost as much as to run them.
        "server_side_binding": True,
        "prepare_threshold": 2 if env.flag("DATABASE_PREPARED_STATEMENTS", True) else None,
        "keepalives": 1,
        "keepalives_idle": 5,
        "keepalives_interval": 3,
        "keepalives_count": 3,
        "tcp_user_timeout": 10000,
        "options": "-c statement_timeout=5s -c lock_timeout=2s -c idle_in_transaction_session_timeout=5s",
    }
)
WORKER_SESSION = "-c statement_timeout=30s -c lock_timeout=2s -c idle_in_transaction_session_timeout=60s"
# An index on a large table takes as long as it takes; a lock that is not had at once would hold up everybody.
MIGRATION_SESSION = "-c statement_timeout=0 -c lock_timeout=2s"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Redis: a cache and a counter that may vanish at any moment -----------------------------------------------------------
REDIS_URL = env.redis(
    env.text("REDIS_URL")
    or (
        f"redis://{env.text('REDIS_HOST', '127.0.0.1')}:{env.integer('REDIS_PORT', 6379, at_most=65535)}/0"
        if env.text("REDIS_HOST") or env.text("REDIS_PORT") or not embedded
        else embedded.redis_url
    )
)
CACHES = {
    "default": {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_FUNCTION": "core.cache.identity_key",
        "REVERSE_KEY_FUNCTION": "core.cache.identity_reverse_key",
        "OPTIONS": {
            "IGNORE_EXCEPTIONS": True,
            "SERIALIZER": "core.cache.RawSerializer",
            "SOCKET_CONNECT_TIMEOUT": 0.1,
            "SOCKET_TIMEOUT": 0.1,
            "CONNECTION_POOL_KWARGS": {"retry": None, "max_connections": 200},
        },
    },
    "limits": {"BACKEND": "core.budgets.Plan"},
}
CACHE_TTL = env.integer("CACHE_TTL", 300)

# People ---------------------------------------------------------------------------------------------------------------
from config.accounts import *  # noqa: E402, F403  # once .env is read; settings are used by their names

AUTH_USER_MODEL = "users.User"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not IS_HTTPS
ADMIN_PASSWORD = env.text("ADMIN_PASSWORD")  # of whom `manage.py create_admin` makes
API_ANONYMOUS_ROLE = env.choice("API_ANONYMOUS_ROLE", "", ("", "viewer", "responder", "admin"))
SESSION_COOKIE_SECURE = IS_HTTPS
CSRF_COOKIE_SECURE = IS_HTTPS
CSRF_TRUSTED_ORIGINS = [BASE_URL]
CSRF_FAILURE_VIEW = "core.exception_handler.csrf_failure"

# What it lets through, calls and sends, and how it is watched ---------------------------------------------------------
from config.limits import *  # noqa: E402, F403  # the same
from config.metering import *  # noqa: E402, F403  # the same
from config.observing import *  # noqa: E402, F403  # the same
from config.outgoing import *  # noqa: E402, F403  # the same

MIDDLEWARE[1:1] = AROUND_REQUESTS  # noqa: F405  # inside of the request id
MIDDLEWARE[:0] = AHEAD_OF_REQUESTS  # noqa: F405  # of config.observing
CACHES["default"]["OPTIONS"]["REDIS_CLIENT_CLASS"] = REDIS_CLIENT_CLASS  # type: ignore[index]  # noqa: F405  # of config.observing
from config.searching import *  # noqa: E402, F403  # the same

# Browser safety -------------------------------------------------------------------------------------------------------
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if IS_HTTPS else 0
SILENCED_SYSTEM_CHECKS = [
    "auth.E003",  # e-mail is unique, in any case, by an index that this check does not know
    "auth.W004",  # the same
    "axes.W002",  # its middleware is not used: users.accounts answers
    "security.W005",  # HSTS speaks for this host alone: the rest of the domain is not ours
    "security.W008",  # the service never redirects to https: that is the proxy's part
    "security.W021",
]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "manifest-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
    }
}

# Time and language ----------------------------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
FORMAT_MODULE_PATH = "config.formats"
USE_I18N = False

# Static files ---------------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "core.static_files.HashedStorage"},
}
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = ("png", "map")
WHITENOISE_USE_FINDERS = not STATIC_ROOT.exists()  # collected in the image, found in place elsewhere
warnings.filterwarnings("ignore", message="No directory at", category=UserWarning)

# API and its document -------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["users.authentication.CallerAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_PARSER_CLASSES": [],  # core.idempotency reads the body, once
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "core.openapi.inspector.Schema",
    "EXCEPTION_HANDLER": "core.exception_handler.handle",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Incidents",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": "/v1",
    "POSTPROCESSING_HOOKS": ["core.openapi.document.finish"],
    "TAGS": [
        {"name": "incidents", "description": "What is wrong, since when, and who has it."},
        {"name": "analytics", "description": "What became of the incidents of a period."},
        {"name": "stream", "description": "What happens, while it happens."},
        {"name": "users", "description": "People, and what they may do."},
        {"name": "tokens", "description": "How scripts come in."},
        {"name": "audit", "description": "Who changed what about users, tokens and webhooks."},
        {"name": "webhooks", "description": "Which machines are told."},
        {"name": "deliveries", "description": "What was told to whom, and with what result."},
        {"name": "health", "description": "For load balancers and monitors."},
        {"name": "reference", "description": "This document."},
    ],
}

# Jobs -----------------------------------------------------------------------------------------------------------------
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"
SUBSCRIPTIONS = "config.subscriptions.SUBSCRIPTIONS"

# What migrate, a web server and a worker do before they begin ---------------------------------------------------------
ON_START = ["incidents.stream.epoch.raise_if_behind", "incidents.search_language.warn_if_other"]
# And what each process of theirs does that will write.
ON_SERVE = ["core.metrics.begin", "incidents.stream.notifier.arm", *OBSERVERS]  # noqa: F405  # of config.observing
# What a worker does beside its jobs: context managers.
BESIDE_JOBS = ["notifications.sending.Dispatcher", *BESIDE_JOBS_TOO]  # noqa: F405  # of config.observing
# Queries beside its own whose yes means that no worker does its work.
ASKED_OF_WORKERS = ["notifications.lateness.PAGE_IS_LATE"]

# Logs -----------------------------------------------------------------------------------------------------------------
LOG_FORMAT = env.choice("LOG_FORMAT", "json", ("json", "console"))
LOG_LEVEL = env.choice("LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR"))
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request_id": {"()": "core.logs.RequestIDFilter"}, "job": {"()": "core.logs.JobFilter"}},
    "formatters": {
        "json": {"()": "core.logs.JSONFormatter"},
        "console": {"()": "core.logs.ConsoleFormatter"},
    },
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT, "filters": ["request_id", "job"]},
    },
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    "loggers": {
        # Our own handlers say what these would say a second time, and with a traceback for each refusal.
        "django.request": {"level": "CRITICAL"},
        "django.security": {"level": "CRITICAL"},
        "procrastinate": {"level": "WARNING"},
    },
}
