"""A change that was rehearsed and may be made later, exactly as it was shown, if nothing has moved."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from domain.access import Scope
from domain.ids import AccountId, PlanId

PLAN_KEPT = timedelta(minutes=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """`steps` and `seen` are JSON: what would be done, and the version of each thing that was looked at."""

    account_id: AccountId
    id: PlanId
    scopes: frozenset[Scope]
    steps: Sequence[Mapping[str, Any]]
    seen: Sequence[Mapping[str, Any]]
    expires_at: datetime
    applied_at: datetime | None = None
