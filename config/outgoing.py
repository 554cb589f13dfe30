"""The settings of what the service calls and sends, for which settings.py has no room."""

from config import env, mail

# What secrets are sealed with in the database: the first seals, each opens. None: SECRET_KEY.
SEALING_KEYS = env.secret("SEALING_KEYS", "").replace(",", " ").split()

# Where webhooks may lead ----------------------------------------------------------------------------------------------
WEBHOOK_ALLOW_HTTP = env.flag("WEBHOOK_ALLOW_HTTP", False)
WEBHOOK_ALLOW_CIDRS = env.networks("WEBHOOK_ALLOW_CIDRS")
WEBHOOK_ALLOW_PORTS = env.ports("WEBHOOK_ALLOW_PORTS")
WEBHOOK_DENY_CIDRS = env.networks("WEBHOOK_DENY_CIDRS")

# For so long what became of a delivery is kept.
DELIVERY_RETENTION_DAYS = env.integer("DELIVERY_RETENTION_DAYS", 90, at_most=36500)

# Mail -----------------------------------------------------------------------------------------------------------------
EMAIL_URL = env.secret("EMAIL_URL", "")
EMAIL_HOST = env.text("EMAIL_HOST")
EMAIL_PORT = env.integer("EMAIL_PORT", 587, at_most=65535)
EMAIL_HOST_USER = env.text("EMAIL_HOST_USER")
EMAIL_HOST_PASSWORD = env.secret("EMAIL_HOST_PASSWORD", "")
EMAIL_SECURITY = env.choice("EMAIL_SECURITY", "starttls", ("starttls", "tls", "none"))
EMAIL_TIMEOUT = 10
WITHOUT_HOST = "dummy" if env.text("ENVIRONMENT") == "production" else "console"
EMAIL_BACKEND = mail.SMTP if EMAIL_HOST else f"django.core.mail.backends.{WITHOUT_HOST}.EmailBackend"
globals().update(mail.settings(EMAIL_URL) if EMAIL_URL else mail.use(EMAIL_SECURITY))
ANYMAIL = mail.of_provider()
DEFAULT_FROM_EMAIL = env.text("EMAIL_FROM", "incidents@localhost")
MAIL_PER_MINUTE = env.integer("MAIL_PER_MINUTE", 5, at_most=1000)
