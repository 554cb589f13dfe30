from django.apps import AppConfig

from users import checks  # noqa: F401  registers itself


class UsersConfig(AppConfig):
    name = "users"
