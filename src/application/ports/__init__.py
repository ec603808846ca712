"""Everything the use cases ask of the world. Each port has one contract suite in tests/contract."""

from application.ports.data import (
    ApiTokenReads,
    ApiTokenRepository,
    ChangeReads,
    EntityReads,
    Notes,
    ReadUnit,
    TaskReads,
    TaskRepository,
    UnitsOfWork,
    WriteUnit,
)
from application.ports.upkeep import Step, Upkeep
from application.ports.world import (
    ApiTokenLookup,
    Authenticator,
    Check,
    Clock,
    Denials,
    Ids,
    Notifier,
    RateLimiter,
    Seal,
    Subscription,
)

__all__ = [
    "ApiTokenLookup",
    "ApiTokenReads",
    "ApiTokenRepository",
    "Authenticator",
    "ChangeReads",
    "Check",
    "Clock",
    "Denials",
    "EntityReads",
    "Ids",
    "Notes",
    "Notifier",
    "RateLimiter",
    "ReadUnit",
    "Seal",
    "Step",
    "Subscription",
    "TaskReads",
    "TaskRepository",
    "UnitsOfWork",
    "Upkeep",
    "WriteUnit",
]
