"""Things for tests, as they are kept."""

from datetime import UTC, datetime
from itertools import count
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

from domain import rank
from domain.access import Actor
from domain.ids import TaskId
from domain.task import Priority, Status, Task

NOW = datetime(2026, 3, 29, 1, 30, 0, 123456, tzinfo=UTC)
_ranks = count()


def task_of(owner: Actor, **values: Any) -> Task:
    """A task of the owner, the last one of its place."""
    basis: dict[str, Any] = {
        "account_id": owner.account_id,
        "id": TaskId(uuid4()),
        "title": "t",
        "rank": rank.at_end(next(_ranks)) + "V",  # which no account gives away by itself
        "created_at": NOW,
        "updated_at": NOW,
    }
    given = basis | values
    if given.get("deleted_at") is not None:
        given.setdefault("deleted_with", given["id"])
    return Task(**given)


def seen_task(item: Any) -> Any:
    """What has a task's fields, of an item of any list."""
    if isinstance(item, dict):
        choices = {"status": Status(item["status"]), "priority": Priority(item["priority"])}
        ids = {
            name: UUID(item[name]) for name in ("id", "project_id", "section_id", "parent_id") if item[name]
        }
        many = {name: frozenset(map(UUID, item[name])) for name in ("labels", "blocked_by")}
        return SimpleNamespace(**item | choices | ids | many)
    return getattr(item, "view", item).task
