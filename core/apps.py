from django.apps import AppConfig

from core import checks  # noqa: F401  registers itself, as the next does
from core.postgres import checks as postgres_checks  # noqa: F401  registers itself


class CoreConfig(AppConfig):
    name = "core"
