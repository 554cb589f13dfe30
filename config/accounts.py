"""The settings of log-in, for which settings.py has no room. allauth and axes read most of them."""

from datetime import timedelta

from config import env

# Log-in ---------------------------------------------------------------------------------------------------------------
AUTHENTICATION_BACKENDS = ["users.lockout.Backend", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("name", "email")},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "/account/login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGOUT_REDIRECT_URL = "/account/login"
ACCOUNT_ADAPTER = "users.accounts.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"  # an administrator has named the address
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_FORMS = {"login": "users.accounts.forms.LoginForm"}
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_RATE_LIMITS = False  # counted in the cache, which may vanish: users.lockout counts in PostgreSQL
MFA_RATE_LIMITS = False

# Lock-out -------------------------------------------------------------------------------------------------------------
AXES_FAILURE_LIMIT = env.integer("LOGIN_FAILURES_ALLOWED", 10)
AXES_COOLOFF_TIME = timedelta(seconds=env.integer("LOGIN_LOCKOUT_SECONDS", 60, at_most=24 * 3600))
AXES_HANDLER = "users.lockout.Handler"
AXES_LOCKOUT_PARAMETERS = "users.lockout.parameters"
AXES_USERNAME_CALLABLE = "users.lockout.account"
AXES_CLIENT_IP_CALLABLE = "users.lockout.address"
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False

# Second factors -------------------------------------------------------------------------------------------------------
REQUIRE_SECOND_FACTOR = env.choices("REQUIRE_SECOND_FACTOR", ("viewer", "responder", "admin"))
MFA_ADAPTER = "users.accounts.adapters.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_FORMS = {
    "authenticate": "users.accounts.forms.CodeForm",
    "reauthenticate": "users.accounts.forms.ConfirmForm",
    "edit_webauthn": "users.accounts.forms.RenameForm",
    "add_webauthn": "users.accounts.passkey_forms.AddForm",
    "authenticate_webauthn": "users.accounts.passkey_forms.CodeForm",
    "login_webauthn": "users.accounts.passkey_forms.LoginForm",
    "reauthenticate_webauthn": "users.accounts.passkey_forms.ConfirmForm",
}
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_TOLERANCE = 1  # a code of the minute's other half: telephones' clocks are off

# Single sign-on -------------------------------------------------------------------------------------------------------
OIDC_ISSUER = env.issuer("OIDC_ISSUER")
OIDC_CLIENT_ID = env.text("OIDC_CLIENT_ID")
OIDC_CLIENT_SECRET = env.secret("OIDC_CLIENT_SECRET", "")
if OIDC_ISSUER and not (OIDC_CLIENT_ID and OIDC_CLIENT_SECRET):
    env.stop("OIDC_ISSUER needs OIDC_CLIENT_ID and OIDC_CLIENT_SECRET beside it.")
OIDC_NAME = env.text("OIDC_NAME", "Single sign-on")
OIDC_ROLE_CLAIM = env.text("OIDC_ROLE_CLAIM", "groups")
OIDC_ROLES = env.pairs("OIDC_ROLES", ("viewer", "responder", "admin"))
OIDC_TRUST_EMAIL = env.flag("OIDC_TRUST_EMAIL", False)
SOCIALACCOUNT_ADAPTER = "users.accounts.adapters.SocialAccountAdapter"
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [
            {
                "provider_id": "oidc",
                "name": OIDC_NAME,
                "client_id": OIDC_CLIENT_ID,
                "secret": OIDC_CLIENT_SECRET,
                "settings": {"server_url": OIDC_ISSUER},
            }
        ]
        if OIDC_ISSUER
        else [],
    }
}
