"""Denied subjects."""

from datetime import datetime

from application.ports import (
    Denials,
)


class MemoryDenials(Denials):
    """Nobody is denied but whom `deny` names."""

    def __init__(self) -> None:
        self._before: dict[tuple[str, str], datetime] = {}

    def deny(self, issuer: str, subject: str, before: datetime) -> None:
        """Refuse the subject's tokens issued until then."""
        self._before[issuer, subject] = before

    async def revoked_before(self, issuer: str, subject: str) -> datetime | None:
        return self._before.get((issuer, subject))
