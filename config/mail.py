"""How mail goes out, read from one address: a server, a provider, or the worker's own output."""

import importlib.util
import ipaddress
import os
from typing import Any
from urllib.parse import SplitResult, unquote

from config import env

SECURITY = {"smtp": "none", "smtp+tls": "starttls", "smtps": "tls"}
PORTS = {"none": 25, "starttls": 587, "tls": 465}
SMTP = "notifications.smtp.EmailBackend"
PLAIN = {"consolemail": "django.core.mail.backends.console.EmailBackend"}
PROVIDER = "anymail+"


def settings(url: str) -> dict[str, Any]:
    """Django's settings of an EMAIL_URL."""
    scheme = url.partition("://")[0]
    if scheme.startswith(PROVIDER):
        return {"EMAIL_BACKEND": provider(scheme.removeprefix(PROVIDER).replace("-", "_"))}
    parts = env.engine("EMAIL_URL", url, (*SECURITY, *PLAIN, f"{PROVIDER}<provider>"))
    if parts.scheme in PLAIN:
        return {"EMAIL_BACKEND": PLAIN[parts.scheme]}
    return server(parts, SECURITY[parts.scheme])


def provider(name: str) -> str:
    if not name.isidentifier() or importlib.util.find_spec(f"anymail.backends.{name}") is None:
        env.stop(f"EMAIL_URL names the provider {name!r}, which django-anymail does not know.")
    return f"anymail.backends.{name}.EmailBackend"


def server(parts: SplitResult, security: str) -> dict[str, Any]:
    if not parts.hostname:
        env.stop(f"EMAIL_URL names no host: write {parts.scheme}://user:password@host:port.")
    if parts.password and security == "none" and not is_loopback(parts.hostname):
        env.stop("EMAIL_URL would send the password in clear: write smtp+tls:// or smtps://.")
    return {
        "EMAIL_BACKEND": SMTP,
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or PORTS[security],
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        **use(security),
    }


def use(security: str) -> dict[str, bool]:
    return {"EMAIL_USE_TLS": security == "starttls", "EMAIL_USE_SSL": security == "tls"}


def is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def of_provider() -> dict[str, Any]:
    """What anymail is told: every variable that begins with ANYMAIL_, without that, as it is."""
    names = {name.removesuffix("_FILE") for name in os.environ if name.startswith("ANYMAIL_")}
    told = {name.removeprefix("ANYMAIL_"): env.secret(name, "") for name in sorted(names)}
    told["WEBHOOK_SECRET"] = env.secret("ANYMAIL_WEBHOOK_SECRET", "")
    return {"REQUESTS_TIMEOUT": (5, 20), "IGNORE_UNSUPPORTED_FEATURES": True, **told}
