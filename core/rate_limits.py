"""The budgets: each class of calls has one for each caller; without Redis everything passes."""

import logging
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from core import budgets, cache, callers, client_address, metrics
from core.budgets import Account, Budget, Usage
from core.callers import Caller
from core.errors import DomainError
from core.exception_handler import is_api, respond

logger = logging.getLogger(__name__)

WRITES = frozenset({"POST", "PATCH", "PUT", "DELETE"})
ADDRESS = "address"  # what all callers of one address write together
USAGE = "limits.usage"  # in the environ of a request that was counted


class RateLimitExceeded(DomainError):
    status = 429
    code = "RATE_LIMIT_EXCEEDED"
    message = "Too many requests of this kind. Wait as long as Retry-After says."

    def __init__(self, seconds: int, policy: str = "writes") -> None:
        self.seconds = seconds
        self.policy = policy
        super().__init__(details={"violated_policies": [policy]})
        self.headers = {"Retry-After": str(seconds)}


class RateLimitMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        for name, value in headers(request.META).items():
            response.headers[name] = value
        return response

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        if not is_api(request.path) or USAGE in request.META:
            return None
        try:
            spend(request, policy_of(request, view))
        except RateLimitExceeded as error:
            return respond(request, error)
        return None


def policy_of(request: HttpRequest, view: Any) -> str:
    """As the viewset says of its action; else by method, where a list that is searched is a search."""
    method = "get" if request.method == "HEAD" else (request.method or "").lower()
    said: str | None = getattr(getattr(view, "cls", None), "limits", {}).get(getattr(view, "actions", {}).get(method))
    if said is not None:
        return said
    if request.method in WRITES:
        return "writes"
    return "search" if "q=" in request.META.get("QUERY_STRING", "") and "q" in request.GET else "reads"


def spend(request: HttpRequest, policy: str) -> None:
    """Count one call of this class. Raises RateLimitExceeded."""
    if not settings.RATE_LIMITS_ENABLED:
        return
    usages = budgets.spend(list(accounts_for(policy, callers.of(request))))
    if usages is None:
        logger.info("rate_limit_not_counted")
        metrics.limits.labels(policy, "uncounted").inc()
        return
    refusal = noted(request.META, usages)
    if refusal is not None:
        raise refusal


def spend_reads(
    calls: Sequence[tuple[dict[str, Any], Caller]], keys: Sequence[str]
) -> list[tuple[RateLimitExceeded | None, bytes | None]]:
    """Of reads that are answered together: to each who may not read now, and what is stored under its key. They are
    counted in the trip that fetches; where Redis is away there is neither."""
    if not settings.RATE_LIMITS_ENABLED:
        found = cache.get_many(list(keys))
        return [(None, found.get(key)) for key in keys]
    counted = budgets.spend_together([account_of("reads", caller) for _, caller in calls], keys) if calls else None
    if counted is None:
        return [(None, None)] * len(keys)
    usages, bodies = counted
    return [(noted(environ, [usage]), body) for (environ, _), usage, body in zip(calls, usages, bodies, strict=True)]


def noted(environ: dict[str, Any], usages: Sequence[Usage]) -> RateLimitExceeded | None:
    """Of the accounts that were asked the one that refused is the last; else the caller's own is of interest."""
    shown = usages[-1] if usages[-1].is_refused else usages[0]
    environ[USAGE] = shown
    policy = shown.account.policy
    metrics.limits.labels(policy, "refused" if shown.is_refused else "allowed").inc()
    return RateLimitExceeded(shown.seconds, policy) if shown.is_refused else None


def account_at(policy: str, whose: str, quota: int | None) -> Account:
    """Of somebody who was counted before."""
    limit, window, burst = settings.RATE_LIMITS["writes" if policy == ADDRESS else policy]
    if policy == ADDRESS:
        return Account(policy, whose, Budget(limit * settings.RATE_LIMIT_CALLERS_PER_ADDRESS, window))
    return Account(policy, whose, Budget(quota or limit, window, burst))


def accounts_for(policy: str, caller: Caller | None) -> list[Account]:
    """Whoever has a quota spends nothing of what their neighbours share."""
    own = account_of(policy, caller)
    is_shared = policy == "writes" and own.budget == Budget(*settings.RATE_LIMITS[policy])
    if not is_shared or not settings.RATE_LIMIT_CALLERS_PER_ADDRESS or caller is None or caller.user is None:
        return [own]
    return [own, account_at(ADDRESS, address(), None)]


def account_of(policy: str, caller: Caller | None) -> Account:
    """A token with a quota of its own spends nothing of its owner's budget."""
    limit, window, burst = settings.RATE_LIMITS[policy]
    if caller is None or caller.user is None:
        return Account(policy, f"ip:{address()}", Budget(limit, window, burst))
    if (of_token := (caller.token_quotas or {}).get(policy)) is not None:
        return Account(policy, f"token:{caller.token_id}", Budget(of_token, window, burst))
    own = (caller.user.quotas or {}).get(policy, limit)
    return Account(policy, f"user:{caller.user.pk}", Budget(own, window, burst))


def standing_of(caller: Caller) -> tuple[list[Account], list[Usage] | None]:
    """The budgets of a caller, and what is spent of them; None while nothing is counted."""
    accounts = [account_of(policy, caller) for policy in budgets.CLASSES]
    return accounts, budgets.look(accounts) if settings.RATE_LIMITS_ENABLED else None


def address() -> str:
    return client_address.bucket(client_address.current())


def headers(environ: dict[str, Any]) -> dict[str, str]:
    """What the answer tells of the budget that the request was counted in."""
    usage: Usage | None = environ.get(USAGE)
    if usage is None:
        return {}
    policy = usage.account.policy
    return {
        "RateLimit-Policy": written(policy, usage.account.budget),
        "RateLimit": f'"{policy}";r={usage.left};t={usage.seconds}',
    }


@lru_cache(maxsize=64)
def written(policy: str, budget: Budget) -> str:
    burst = f";b={budget.burst}" if budget.burst else ""
    return f'"{policy}";q={budget.limit};w={budget.window}{burst}'
