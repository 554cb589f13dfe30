"""Settings of the servers that the front's tests start: our front and middleware around the views of front_urls."""

from config import env

ENVIRONMENT = env.text("ENVIRONMENT", "development")
SECRET_KEY = "of the tests"
ALLOWED_HOSTS = ["127.0.0.1"]
BASE_URL = "https://127.0.0.1"
IS_HTTPS = True
TRUSTED_PROXIES: list[object] = []
RATE_LIMITS_ENABLED = True
ROOT_URLCONF = "core.tests.front_urls"
MIDDLEWARE = ["core.request_id.RequestIDMiddleware"]
WEB_THREADS = 4
WEB_GROUP = ""
MAX_BODY_BYTES = 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = MAX_BODY_BYTES
DATABASE_WATCHDOG_SECONDS = env.integer("DATABASE_WATCHDOG_SECONDS", 12)
DATABASES = {
    "default": {
        **env.database(env.text("DATABASE_URL", "postgresql://postgres@127.0.0.1:1/postgres")),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"connect_timeout": 3},
    }
}
ON_START: list[str] = []
ON_SERVE: list[str] = []
AROUND_STATEMENTS: list[str] = []
IS_TRACED = False
LOG_LEVEL = "INFO"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"short": {"format": "%(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "short"}},
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
}
