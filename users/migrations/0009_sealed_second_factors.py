from collections.abc import Callable
from typing import Any

from allauth.mfa.utils import decrypt, encrypt
from django.db import migrations

SECRETS = {"totp": "secret", "recovery_codes": "seed"}


def change_all(apps: Any, change: Callable[[str], str]) -> None:
    """Locked, since a code that is used at this moment is noted in the same column."""
    rows = apps.get_model("mfa", "Authenticator").objects.filter(type__in=SECRETS)
    for row in rows.select_for_update(no_key=True).order_by("pk").iterator():
        name = SECRETS[row.type]
        row.data[name] = change(row.data[name])
        row.save(update_fields=["data"])


def seal(apps: Any, editor: Any) -> None:
    change_all(apps, lambda secret: encrypt(decrypt(secret)))


def unseal(apps: Any, editor: Any) -> None:
    change_all(apps, decrypt)


class Migration(migrations.Migration):
    dependencies = [
        ("users", "0008_quotas"),
        ("mfa", "0003_authenticator_type_uniq"),
    ]

    operations = [migrations.RunPython(seal, unseal)]
