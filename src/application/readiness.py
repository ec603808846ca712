"""Whether this process can serve, and what stands in its way."""

import asyncio
import time
from collections.abc import Mapping, Sequence

from application.ports import Check

FRESH_SECONDS = 1.0


class Readiness:
    """Runs checks. Anyone may ask, so an answer serves everybody for a second."""

    def __init__(self, checks: Sequence[Check]) -> None:
        self._checks = checks
        self._lock = asyncio.Lock()
        self._until = 0.0
        self._last: Mapping[str, str | None] = {}

    async def problems(self) -> Mapping[str, str | None]:
        """Each check's name with what is wrong, None where all is well."""
        async with self._lock:
            if time.monotonic() >= self._until:
                self._last = {check.name: await _outcome(check) for check in self._checks}
                self._until = time.monotonic() + FRESH_SECONDS
        return self._last


async def _outcome(check: Check) -> str | None:
    try:
        return await check.problem()
    except Exception as error:  # noqa: BLE001 - a check that breaks has found something wrong
        return f"could not be checked ({type(error).__name__})"
