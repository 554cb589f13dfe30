"""Failed log-ins, counted by account and by address in PostgreSQL, so that guessing is slow whatever Redis does.

django-axes decides; what people typed is kept nowhere: an account is the hash of its e-mail address, known or not.
A try counts as failed before it is looked at, and is forgiven if it was right: of many at the same moment, too, no more
are looked at than one after the other.
"""

import uuid
from datetime import timedelta
from typing import Any

from axes.backends import AxesStandaloneBackend
from axes.exceptions import AxesBackendPermissionDenied
from axes.handlers.database import AxesDatabaseHandler
from axes.handlers.proxy import AxesProxyHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.db import transaction
from django.db.models import F, Max, Sum
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

from core import client_address, clock
from core.postgres import rows
from users import audit
from users.models import User

NOBODY = uuid.UUID(int=0)
# A browser that this account was logged in with keeps a count of its own: strangers who guess cannot lock it out.
KNOWN_BROWSER = "known_browser"
KNOWN_BROWSER_SECONDS = 90 * 24 * 3600
COUNT = """
INSERT INTO axes_accessattempt AS known
    (username, ip_address, user_agent, http_accept, path_info, get_data, post_data, attempt_time, failures_since_start)
VALUES (%(account)s, %(address)s, '', '', '', '', '', now(), 1)
ON CONFLICT (username, ip_address, user_agent) DO UPDATE SET attempt_time = now(), failures_since_start = 1 +
    CASE WHEN known.attempt_time < now() - make_interval(secs => %(seconds)s) THEN 0 ELSE known.failures_since_start END
"""
# Whoever counts on an account, and then on an address, waits until the last one has: each sees all that came before.
IN_TURN = """
SELECT pg_advisory_xact_lock(hashtext('lockout.account'), hashtext(%s)),
       pg_advisory_xact_lock(hashtext('lockout.address'), hashtext(%s))
"""


class Backend(AxesStandaloneBackend):  # type: ignore[misc]  # axes has no types
    """Refuses whoever is locked out, ahead of the backend that looks at the password."""

    def authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        super().authenticate(request, **credentials)
        if not begin(request, credentials):
            request.axes_locked_out = True  # type: ignore[attr-defined]  # as axes has it
            raise AxesBackendPermissionDenied


class Handler(AxesDatabaseHandler):  # type: ignore[misc]  # axes has no types
    def user_login_failed(
        self, sender: Any, credentials: dict[str, Any], request: HttpRequest | None = None, **kwargs: Any
    ) -> None:
        """Also Django's word for a log-in that was refused without a look at the password."""
        if request is not None and not request.axes_locked_out:  # type: ignore[attr-defined]  # set by axes
            fail(request, credentials)

    def user_logged_in(self, sender: Any, request: HttpRequest, user: User, **kwargs: Any) -> None:
        """Forgets this account's failures from this address; the address's others stay, or anybody with an account
        could wash an address clean."""
        AccessAttempt.objects.filter(username=hashed(user.email), ip_address=address(request)).delete()

    def user_logged_out(self, *args: Any, **kwargs: Any) -> None:
        """Nothing to note."""


@transaction.atomic
def begin(request: HttpRequest, credentials: dict[str, Any]) -> bool:
    """Count a try that is about to be looked at; False, and nothing, for one too many."""
    rows.run(IN_TURN, [account(request, credentials), address(request) or ""])
    before = AxesProxyHandler.get_failures(request, credentials)
    if before >= settings.AXES_FAILURE_LIMIT:
        return False
    count(request, credentials)
    request.axes_failures_since_start = before + 1  # type: ignore[attr-defined]  # as axes has it
    return True


def count(request: HttpRequest, credentials: dict[str, Any]) -> None:
    key = {"account": account(request, credentials), "address": address(request), "seconds": window().total_seconds()}
    rows.run(COUNT, key)


def forgive(request: HttpRequest, email: str) -> None:
    """It was right after all. The failures before it stay until the log-in is complete."""
    tries = AccessAttempt.objects.filter(username=hashed(email), ip_address=address(request))
    tries.filter(failures_since_start__gt=0).update(failures_since_start=F("failures_since_start") - 1)


def fail(request: HttpRequest, credentials: dict[str, Any]) -> None:
    """It was wrong, which is counted already. Of those at the same moment the last one that was let in tells of it."""
    if request.axes_failures_since_start >= settings.AXES_FAILURE_LIMIT:  # type: ignore[attr-defined]  # as axes has it
        request.axes_locked_out = True  # type: ignore[attr-defined]  # as axes has it
        record(credentials)


def record(credentials: dict[str, Any]) -> None:
    """Whom it concerns, if it is somebody; never the name that was typed, which may be a password."""
    user = User.objects.with_email(str(credentials.get("email") or "")).first()
    audit.record(
        "login.locked",
        actor=None,
        target_type="user" if user else "address",
        target_id=user.pk if user else NOBODY,
        after={"seconds": int(window().total_seconds())},
    )


@transaction.atomic
def note_failure(request: HttpRequest, email: str) -> None:
    """A mail that was asked for: what is no password, and may be had as often."""
    credentials = {"email": email}
    AxesProxyHandler.update_request(request)
    count(request, credentials)
    request.axes_failures_since_start = AxesProxyHandler.get_failures(request, credentials)  # type: ignore[attr-defined]  # as axes has it
    fail(request, credentials)


def is_locked(request: HttpRequest, email: str) -> bool:
    return bool(AxesProxyHandler.is_locked(request, {"email": email}))


def seconds_left(request: HttpRequest, email: str) -> int:
    """Until a retry can succeed: until enough of the failures are old."""
    until = now = clock.now()
    for attempts in AxesProxyHandler.get_implementation().get_user_attempts(request, {"email": email}):
        total = attempts.aggregate(total=Sum("failures_since_start"))["total"] or 0
        for at, failures in attempts.order_by("attempt_time").values_list("attempt_time", "failures_since_start"):
            if total < settings.AXES_FAILURE_LIMIT:
                break
            total -= failures
            until = max(until, at + window())
    return max(1, int((until - now).total_seconds()) + 1)


def failures_of(user: User) -> tuple[int, int]:
    """How many log-ins to this account have failed of late, and in how many seconds all of them will be old."""
    recent = AccessAttempt.objects.filter(username=hashed(user.email), attempt_time__gt=clock.now() - window())
    found = recent.aggregate(failures=Sum("failures_since_start"), newest=Max("attempt_time"))
    if not found["failures"]:
        return 0, 0
    return found["failures"], max(1, int((found["newest"] + window() - clock.now()).total_seconds()) + 1)


def window() -> timedelta:
    found: timedelta = settings.AXES_COOLOFF_TIME
    return found


@transaction.atomic
def unlock(user: User, *, actor: User | None) -> int:
    """How many counts were forgotten: those of this account, from every address."""
    forgotten: int = AccessAttempt.objects.filter(username=hashed(user.email)).delete()[0]
    audit.record("login.unlocked", actor=actor, target_type="user", target_id=user.pk)
    return forgotten


def forget_old() -> int:
    forgotten: int = AccessAttempt.objects.filter(attempt_time__lt=clock.now() - window()).delete()[0]
    return forgotten


def hashed(email: str) -> str:
    return salted_hmac("users.lockout.account", email.strip().lower(), algorithm="sha256").hexdigest()


def account(request: HttpRequest, credentials: dict[str, Any] | None) -> str:
    """For axes: whose failures these are."""
    given = credentials or {}
    return hashed(str(given.get("email") or given.get("username") or ""))


def address(request: HttpRequest) -> str | None:
    """For axes: the client's, or the first of its /64."""
    return client_address.bucket(client_address.of(request.META)).partition("/")[0] or None


def parameters(request: HttpRequest, credentials: dict[str, Any] | None) -> list[Any]:
    """For axes: what is counted together."""
    if is_known_browser(request, account(request, credentials)):
        return [["username", "ip_address"]]
    return ["username", "ip_address"]


def is_known_browser(request: HttpRequest, name: str) -> bool:
    """By a signed cookie, without a look at the account: there may be none."""
    known = request.get_signed_cookie(KNOWN_BROWSER, "", salt=KNOWN_BROWSER, max_age=KNOWN_BROWSER_SECONDS)
    return known == name


def know_browser(response: HttpResponse, user: User) -> None:
    response.set_signed_cookie(
        KNOWN_BROWSER,
        hashed(user.email),
        salt=KNOWN_BROWSER,
        max_age=KNOWN_BROWSER_SECONDS,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
