"""The settings of what the service calls and sends, for which settings.py has no room."""

from config import env

# What secrets are sealed with in the database: the first seals, each opens. None: SECRET_KEY.
SEALING_KEYS = env.secret("SEALING_KEYS", "").replace(",", " ").split()

# Where webhooks may lead ----------------------------------------------------------------------------------------------
WEBHOOK_ALLOW_HTTP = env.flag("WEBHOOK_ALLOW_HTTP", False)
WEBHOOK_ALLOW_CIDRS = env.networks("WEBHOOK_ALLOW_CIDRS")
WEBHOOK_ALLOW_PORTS = env.ports("WEBHOOK_ALLOW_PORTS")
WEBHOOK_DENY_CIDRS = env.networks("WEBHOOK_DENY_CIDRS")
