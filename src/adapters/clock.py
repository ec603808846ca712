"""The system's clock and random ids."""

import os
import threading
import time
from datetime import UTC, datetime
from uuid import UUID

from application.ports import Clock, Ids


class SystemClock(Clock):
    """The wall clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class UuidV7(Ids):
    """RFC 9562, 5.7 with the monotonic random method of 6.2: ids of one process sort as they were made."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = 0

    def secret(self, size: int) -> bytes:
        return os.urandom(size)

    def new(self) -> UUID:
        random = int.from_bytes(os.urandom(10)) & (1 << 74) - 1
        value = (time.time_ns() // 1_000_000) << 74 | random
        with self._lock:
            if value <= self._last:
                value = self._last + 1 + (random & 0xFFFF_FFFF)
            self._last = value
        milliseconds, high, low = value >> 74, value >> 62 & 0xFFF, value & (1 << 62) - 1
        return UUID(int=milliseconds << 80 | 0x7 << 76 | high << 64 | 0b10 << 62 | low)
