"""How long is kept what is kept for a while."""

from datetime import timedelta
from enum import StrEnum

RETENTION_MIN = timedelta(hours=24)
"""No change younger than this is purged, whoever asks."""
RETENTION_MAX = timedelta(days=36_500)
RETENTION_DEFAULT = timedelta(days=365)
EXPIRED_KEPT = timedelta(hours=1)
"""Answers and plans outlive their expiry by this: clocks differ."""


class Purgeable(StrEnum):
    """What is purged: changes by their age, answers and plans by the time since they expired."""

    CHANGES = "changes"
    ANSWERS = "answers"
    PLANS = "plans"


def least_kept(what: Purgeable) -> timedelta:
    """How long it is kept at the very least."""
    return RETENTION_MIN if what is Purgeable.CHANGES else timedelta()
