"""What each caller has spent: the windows of django-ratelimit, counted in Redis by one script in one trip."""

import contextlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha1
from typing import Any, NamedTuple

from django.conf import settings
from django.core.cache import caches
from django.core.cache.backends.base import BaseCache
from django_ratelimit.core import get_usage  # type: ignore[import-untyped]  # django-ratelimit has no types
from redis.exceptions import NoScriptError, RedisError

from core import cache

CLASSES = ("writes", "reads", "search", "exports")
# Whom an administrator may want to hear of: who came to four fifths of a budget, and who was refused.
NEAR, REFUSED = "limits:near", "limits:refused"
NEAR_PERCENT = 80
REMEMBERED_SECONDS = 3600
MOST_REMEMBERED = 1000
# A burst is there again after so many windows: what it adds is a tenth of itself to the rate.
BURST_WINDOWS = 10

# INCR and EXPIRE are one step, so that no counter stays for ever. Asked in turn, an account after one that is spent is
# not touched: who is refused must not use up what is shared with others.
SPEND = f"""
local near, refused, now, accounts, in_turn = KEYS[1], KEYS[2], ARGV[1], tonumber(ARGV[2]), ARGV[3] == '1'
local function remember(set, member)
    redis.call('ZADD', set, now, member)
    redis.call('ZREMRANGEBYRANK', set, 0, {-1 - MOST_REMEMBERED})
    redis.call('EXPIRE', set, {REMEMBERED_SECONDS})
end
local found = {{}}
for i = 1, accounts do
    local counter, pool, at = KEYS[2 * i + 1], KEYS[2 * i + 2], 6 * i - 2
    local cost, limit, burst = tonumber(ARGV[at]), tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2])
    local count, spent = redis.call('INCRBY', counter, cost), 0
    if count == cost then redis.call('EXPIRE', counter, ARGV[at + 3]) end
    local short = math.max(0, math.min(cost, count - limit))
    if burst > 0 then
        spent = redis.call('INCRBY', pool, short)
        redis.call('EXPIRE', pool, ARGV[at + 4])
        short = math.max(0, math.min(short, spent - burst))
    end
    local mark = math.ceil(limit * {NEAR_PERCENT} / 100)
    if count >= mark and count - cost < mark then remember(near, ARGV[at + 5]) end
    if short > 0 then
        redis.call('EXPIRE', counter, ARGV[at + 3])
        remember(refused, ARGV[at + 5])
    end
    found[i] = {{count, spent}}
    if in_turn and short > 0 then break end
end
if #KEYS > 2 * accounts + 2 then found[accounts + 1] = redis.call('MGET', unpack(KEYS, 2 * accounts + 3)) end
return found
"""
SPEND_SHA = sha1(SPEND.encode(), usedforsecurity=False).hexdigest()


class Budget(NamedTuple):
    limit: int
    window: int
    burst: int = 0


class Account(NamedTuple):
    """What is counted together: the calls of one class, and whose."""

    policy: str
    whose: str
    budget: Budget

    @property
    def member(self) -> str:
        return f"{self.policy}|{self.whose}"

    @property
    def pool(self) -> "Account":
        return Account(
            f"{self.policy}:burst", self.whose, Budget(self.budget.burst, self.budget.window * BURST_WINDOWS)
        )


class Window(NamedTuple):
    """The one that an account is in: under which key it is counted, and the seconds until it is over."""

    key: str
    seconds: int


NO_POOL = Window("", 0)


class Plan(BaseCache):
    """What django-ratelimit finds in the place of a cache: it says which counter it would raise, and that is all. The
    counters of a call, or of many calls, are then raised together, in one trip, and none is left without its end."""

    key = ""

    def __init__(self, location: str, params: dict[str, Any]) -> None:
        super().__init__(params)

    def add(self, key: str, value: Any, timeout: Any = None, version: int | None = None) -> bool:
        self.key = key
        return True


def window_of(account: Account) -> Window:
    budget = account.budget
    usage = get_usage(
        None,
        group=account.policy,
        key=lambda group, request: account.whose,
        rate=(budget.limit, budget.window),
        increment=True,
    )
    plan: Any = caches[settings.RATELIMIT_USE_CACHE]
    # It counts to the last second of a window; a retry must wait until that is over, too.
    return Window(plan.key, int(usage["time_left"]) + 1)


@dataclass(frozen=True, slots=True)
class Usage:
    """An account after a call of its own, or as it stands."""

    account: Account
    count: int
    burst_spent: int
    seconds: int  # until the window is over

    @property
    def is_refused(self) -> bool:
        """A call past the rate is let through by the burst, while that lasts."""
        budget = self.account.budget
        return self.count > budget.limit and (not budget.burst or self.burst_spent > budget.burst)

    @property
    def left(self) -> int:
        budget = self.account.budget
        return max(0, budget.limit - self.count) + max(0, budget.burst - self.burst_spent)


def spend(accounts: Sequence[Account]) -> list[Usage] | None:
    """One call on each account, up to the first that refuses. None: Redis is away, and nothing was counted."""
    windows = [window_of(account) for account in accounts]
    found = run([(account, 1) for account in accounts], windows, [], in_turn=True)
    if found is None:
        return None
    asked = zip(accounts, windows, found, strict=False)
    return [Usage(account, count, spent, window.seconds) for account, window, (count, spent) in asked]


def spend_together(calls: Sequence[Account], keys: Sequence[str]) -> tuple[list[Usage], list[bytes | None]] | None:
    """One call on each account, of several callers, in the trip that also fetches what is stored under these keys."""
    costs = dict.fromkeys(calls, 0)
    for account in calls:
        costs[account] += 1
    windows = [window_of(account) for account in costs]
    found = run(list(costs.items()), windows, keys, in_turn=False)
    if found is None:
        return None
    values = found.pop() if keys else []
    totals = {
        account: Usage(account, count, spent, window.seconds)
        for account, window, (count, spent) in zip(costs, windows, found, strict=True)
    }
    return one_by_one(calls, costs, totals), values


def one_by_one(calls: Sequence[Account], costs: dict[Account, int], totals: dict[Account, Usage]) -> list[Usage]:
    """What each call would have met, had they come one after the other."""
    usages = []
    for account in calls:
        costs[account] -= 1
        later, total = costs[account], totals[account]
        past = min(later, max(0, total.count - account.budget.limit))
        usages.append(Usage(account, total.count - later, max(0, total.burst_spent - past), total.seconds))
    return usages


def run(
    costs: Sequence[tuple[Account, int]], windows: Sequence[Window], keys: Sequence[str], *, in_turn: bool
) -> list[Any] | None:
    named = [NEAR, REFUSED]
    arguments: list[Any] = [int(time.time()), len(costs), int(in_turn)]
    for (account, cost), window in zip(costs, windows, strict=True):
        budget = account.budget
        pool = window_of(account.pool) if budget.burst else NO_POOL
        named += (window.key, pool.key)
        arguments += (cost, budget.limit, budget.burst, window.seconds, pool.seconds, account.member)
    named += keys
    with contextlib.suppress(RedisError):
        client = cache.client()
        try:
            found: list[Any] = client.evalsha(SPEND_SHA, len(named), *named, *arguments)
        except NoScriptError:
            found = client.eval(SPEND, len(named), *named, *arguments)
        return found
    return None


def look(accounts: Sequence[Account]) -> list[Usage] | None:
    """As they stand, without spending. None: Redis is away."""
    windows = [window_of(account) for account in accounts]
    pools = [window_of(account.pool) for account in accounts]
    with contextlib.suppress(RedisError):
        keys = [window.key for window in (*windows, *pools)]
        counts = [int(value or 0) for value in cache.client().mget(keys)] if keys else []
        triples = zip(accounts, windows, counts, counts[len(accounts) :], strict=False)
        return [Usage(account, count, spent, window.seconds) for account, window, count, spent in triples]
    return None


def remembered(most: int) -> dict[tuple[str, str], tuple[float, float]] | None:
    """(class, whose) -> when they last came near their budget and when they were refused, 0 for never within the hour;
    the latest first, at most so many of each. None: Redis is away."""
    with contextlib.suppress(RedisError):
        client = cache.client()
        near, refused = (dict(client.zrevrange(name, 0, most - 1, withscores=True)) for name in (NEAR, REFUSED))
        latest = sorted(near | refused, key=lambda each: max(near.get(each, 0), refused.get(each, 0)), reverse=True)
        since = time.time() - REMEMBERED_SECONDS
        return {
            split(each): (near.get(each, 0), refused.get(each, 0))
            for each in latest
            if max(near.get(each, 0), refused.get(each, 0)) > since
        }
    return None


def split(member: bytes) -> tuple[str, str]:
    policy, _, whose = member.decode().partition("|")
    return policy, whose
