"""Tells those who follow an account, in this process, that something has changed."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from application.ports import Notifier, Subscription
from domain.ids import AccountId


class LocalSubscription(Subscription):
    """One event, set by whoever notifies; so a thousand notifications weigh as much as one."""

    def __init__(self, notifier: "LocalNotifier") -> None:
        self._notifier = notifier
        self.event = asyncio.Event()

    async def wait(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(min(seconds, self._notifier.patience)):
                await self.event.wait()
        except TimeoutError:
            pass
        self.event.clear()
        return not self._notifier.closed


class LocalNotifier(Notifier):
    """Knows only of what is written in this process."""

    def __init__(self) -> None:
        self._subscriptions: defaultdict[AccountId, set[LocalSubscription]] = defaultdict(set)
        self.closed = False

    @property
    def patience(self) -> float:
        """Seconds after which a subscriber should look for itself."""
        return float("inf")

    def notify(self, account_id: AccountId) -> None:
        for subscription in self._subscriptions.get(account_id, ()):
            subscription.event.set()

    def subscribers(self, account_id: AccountId) -> int:
        return len(self._subscriptions.get(account_id, ()))

    @asynccontextmanager
    async def subscribe(self, account_id: AccountId) -> AsyncGenerator[Subscription]:
        subscription = LocalSubscription(self)
        self._subscriptions[account_id].add(subscription)
        try:
            yield subscription
        finally:
            self._subscriptions[account_id].discard(subscription)
            if not self._subscriptions[account_id]:
                del self._subscriptions[account_id]

    def close(self) -> None:
        """Wake everybody, to leave."""
        self.closed = True
        for account_id in self._subscriptions:
            self.notify(account_id)
