"""Saved views: a filter under a name, with an order and perhaps groups."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, TypedDict
from uuid import UUID

from domain.errors import Invalid, Violation
from domain.filters import canonical, from_sent
from domain.folding import folded
from domain.ids import AccountId, ViewId
from domain.text import text_violations
from domain.thing import revised

NAME_MAX = 100
KEY_MAX = 100
"""How many characters of a folded name are looked at, so that a cursor stays short."""
SORT_MAX = 100


class Grouping(StrEnum):
    """What the tasks of a view are told apart by. The day is the one that they are due."""

    PROJECT = "project"
    DAY = "day"
    LABEL = "label"
    PRIORITY = "priority"
    STATUS = "status"


class ViewChanges(TypedDict, total=False):
    """A merge patch (RFC 7396): an absent field stays, None clears.

    `filter` is in the filter language, as text or as a tree in JSON; `sort` as a list of tasks takes it.
    """

    name: str | None
    filter: str | Mapping[str, Any] | None
    sort: str | None
    grouping: Grouping | None


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A saved view. `filter` is canonical text, None for all tasks; `sort` None is the newest first.

    `key` is how its name is compared with others: folded, and no longer than KEY_MAX.
    """

    account_id: AccountId
    id: ViewId
    name: str
    key: str
    filter: str | None = None
    sort: str | None = None
    grouping: Grouping | None = None
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None = None
    deleted_with: UUID | None = None
    version: int = 1

    @property
    def builtin(self) -> bool:
        """Whether every account has it."""
        return False

    @classmethod
    def create(cls, account_id: AccountId, view_id: ViewId, values: ViewChanges, now: datetime) -> "View":
        """A new view. Raises Invalid, FilterInvalid."""
        checked = _checked({"name": None, **values})
        return cls(account_id=account_id, id=view_id, created_at=now, updated_at=now, **checked)

    def edit(self, changes: ViewChanges, now: datetime) -> "View":
        """The view with the changes; the very same where nothing differs. Raises Invalid, FilterInvalid."""
        return revised(self, now, **_checked(changes))


def key_of(name: str) -> str:
    """How a name is compared with others."""
    return folded(name)[:KEY_MAX]


_PLAIN = frozenset({"sort", "grouping"})


def _checked(changes: ViewChanges) -> dict[str, Any]:
    values: dict[str, Any] = {name: value for name, value in changes.items() if name in _PLAIN}
    found: list[Violation] = []
    if "name" in changes:
        values["name"] = (changes["name"] or "").strip()
        values["key"] = key_of(values["name"])
        found += text_violations("/name", values["name"], at_least=1, at_most=NAME_MAX)
    if found:
        raise Invalid(found)
    if "filter" in changes:
        sent = changes["filter"]
        values["filter"] = None if sent is None else canonical(from_sent(sent))
    return values
