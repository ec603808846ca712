"""Everything the use cases ask of the world. Each port has one contract suite in tests/contract."""

from application.ports.data import (
    ChangeReads,
    EntityReads,
    EntitySource,
    Notes,
    ReadUnit,
    TaskArrangements,
    TaskReads,
    UnitsOfWork,
    WriteUnit,
)
from application.ports.places import PlaceReads
from application.ports.search import TaskSearch
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
    "Authenticator",
    "ChangeReads",
    "Check",
    "Clock",
    "Denials",
    "EntityReads",
    "EntitySource",
    "Ids",
    "Notes",
    "Notifier",
    "PlaceReads",
    "RateLimiter",
    "ReadUnit",
    "Seal",
    "Step",
    "Subscription",
    "TaskArrangements",
    "TaskReads",
    "TaskSearch",
    "UnitsOfWork",
    "Upkeep",
    "WriteUnit",
]
