"""Rate limits, counted by the library `limits`: in this process, or in Redis for several."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from limits import RateLimitItemPerSecond
from limits.aio.storage import MemoryStorage, Storage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from limits.errors import ConfigurationError, StorageError
from limits.storage import storage_from_string

from application.ports import RateLimiter
from domain.limits import Allowance, Policy

IN_MEMORY = "memory://"
SWEEP_SECONDS = 30
QUIET_SECONDS = 60
PATIENCE_SECONDS = 0.5

log = structlog.get_logger("remit.limits")


class SweptMemory(MemoryStorage):
    """Forgets expired counters twice a minute: with every count, it would cost by how many there are."""

    STORAGE_SCHEME = ["async+sweptmemory"]  # noqa: RUF012 - the library reads it from the class

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._sweep_at = 0.0

    async def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """Count. Nothing is awaited between reading and writing, so it needs no lock."""
        now = time.time()
        if now >= self._sweep_at:
            self._sweep_at = now + SWEEP_SECONDS
            for stale in [name for name, end in self.expirations.items() if end <= now]:
                await self.clear(stale)
        count = await self.get(key) + amount
        self.storage[key] = count
        self.expirations.setdefault(key, now + expiry)
        return count


class CountingRateLimiter(RateLimiter):
    """A sliding window: no burst of twice the limit where two windows meet, and two numbers a key.

    Raises ValueError for a storage that cannot be used. One that does not answer lets everything pass:
    its outage must not become the service's.
    """

    def __init__(self, storage: str) -> None:
        self._storage = _storage(storage)
        self._limiter = SlidingWindowCounterRateLimiter(self._storage)
        self._complain_at = 0.0

    async def hit(self, policy: Policy, key: str) -> Allowance:
        return await self._ask(self._limiter.hit, policy, key)

    async def look(self, policy: Policy, key: str) -> Allowance:
        return await self._ask(self._limiter.test, policy, key)

    async def _ask(self, ask: Callable[..., Awaitable[bool]], policy: Policy, key: str) -> Allowance:
        item = RateLimitItemPerSecond(policy.amount, policy.seconds)
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                allowed = await ask(item, policy.name, key)
                window = await self._limiter.get_window_stats(item, policy.name, key)
        except (StorageError, OSError) as error:  # TimeoutError is one of the latter
            self._complain(error)
            return Allowance(policy, allowed=True, remaining=policy.amount, reset=policy.seconds)
        reset = max(1, min(policy.seconds, round(window.reset_time - time.time() + 0.5)))
        return Allowance(policy, allowed=allowed, remaining=max(0, window.remaining), reset=reset)

    def _complain(self, error: Exception) -> None:
        now = time.monotonic()
        if now >= self._complain_at:
            self._complain_at = now + QUIET_SECONDS
            log.warning("rate limits are not counted", error=type(error).__name__)


def _storage(uri: str) -> Storage:
    if uri == IN_MEMORY:
        return SweptMemory()
    try:
        made = storage_from_string(f"async+{uri}", wrap_exceptions=True)
    except ConfigurationError:
        raise ValueError("needs the extra remit[redis], or is no storage") from None
    if not isinstance(made, Storage):
        raise ValueError("is no storage for this server")  # noqa: TRY004 - of a value from outside
    return made
