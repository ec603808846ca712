"""Labels: words that tasks of any project can have."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypedDict
from uuid import UUID

from domain.errors import Invalid, Violation
from domain.folding import folded
from domain.ids import AccountId, LabelId, TaskId
from domain.text import color_violations, text_violations
from domain.thing import revised

NAME_MAX = 100


class LabelChanges(TypedDict, total=False):
    """A merge patch (RFC 7396): an absent field stays, None clears."""

    name: str | None
    color: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A label. `key` is its name without case and accents: no two labels that are in use have the same.

    `taken_from` are the tasks that had it when it went to the trash, and get it back when it comes back.
    """

    account_id: AccountId
    id: LabelId
    name: str
    key: str
    color: str | None = None
    taken_from: frozenset[TaskId] = frozenset()
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None = None
    deleted_with: UUID | None = None
    version: int = 1

    @classmethod
    def create(cls, account_id: AccountId, label_id: LabelId, values: LabelChanges, now: datetime) -> "Label":
        """A new label. Raises Invalid."""
        checked = _checked({"name": None, **values})
        return cls(account_id=account_id, id=label_id, created_at=now, updated_at=now, **checked)

    def edit(self, changes: LabelChanges, now: datetime) -> "Label":
        """The label with the changes; the very same where nothing differs. Raises Invalid."""
        return revised(self, now, **_checked(changes))


def _checked(changes: LabelChanges) -> dict[str, Any]:
    values: dict[str, Any] = {}
    found: list[Violation] = []
    if "name" in changes:
        values["name"] = (changes["name"] or "").strip()
        values["key"] = folded(values["name"])
        found += text_violations("/name", values["name"], at_least=1, at_most=NAME_MAX)
    if "color" in changes:
        values["color"] = changes["color"]
        found += color_violations("/color", changes["color"])
    if found:
        raise Invalid(found)
    return values
