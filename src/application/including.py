"""What a page of tasks refers to, read along with it."""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any
from uuid import UUID

from application.ports import ReadUnit
from application.shown import FIELDS
from application.views import PAGE_MAX, Included, TaskShown
from domain.change import EntityKind


class Include(StrEnum):
    """Whom to bring along."""

    LABELS = "labels"
    PROJECT = "project"
    SECTION = "section"
    PARENT = "parent"
    BLOCKED_BY = "blocked_by"
    SUBTASKS = "subtasks"


_FIELDS: Mapping[Include, str] = {
    Include.LABELS: "labels",
    Include.PROJECT: "project_id",
    Include.SECTION: "section_id",
    Include.PARENT: "parent_id",
    Include.BLOCKED_BY: "blocked_by",
    Include.SUBTASKS: "id",
}
_KINDS: Mapping[Include, EntityKind] = {
    Include.LABELS: EntityKind.LABEL,
    Include.PROJECT: EntityKind.PROJECT,
    Include.SECTION: EntityKind.SECTION,
}

_SEVERAL = frozenset({Include.LABELS, Include.BLOCKED_BY})


def needed(include: Iterable[Include]) -> tuple[str, ...]:
    """The fields that say what to bring."""
    return tuple(_FIELDS[one] for one in include)


async def included_with(
    unit: ReadUnit, items: Sequence[TaskShown], include: frozenset[Include]
) -> Included | None:
    """What the items refer to, by at most one statement for each; None where nothing was asked for."""
    if not include:
        return None
    found: dict[str, Sequence[Any]] = {}
    complete = True
    for one in sorted(include & _KINDS.keys()):
        kind, (ids, all_) = _KINDS[one], _referred(items, [one])
        things = await unit.entities.some(kind, {"id": ids}) if ids else ()
        found[f"{kind}s"] = sorted(things, key=lambda thing: thing.id)
        complete &= all_
    if include - _KINDS.keys():
        found["tasks"], all_ = await _tasks(unit, items, include)
        complete &= all_
    return Included(found, complete)


async def _tasks(
    unit: ReadUnit, items: Sequence[Mapping[str, Any]], include: frozenset[Include]
) -> tuple[Sequence[Mapping[str, Any]], bool]:
    """Tasks beside those of the page, by id, and whether that is all of them."""
    ids, complete = _referred(items, sorted(include & {Include.PARENT, Include.BLOCKED_BY}))
    there: list[Mapping[str, Any]] = list(await unit.tasks.some(ids, FIELDS)) if ids else []
    if Include.SUBTASKS in include and items:
        below = await unit.tasks.below([UUID(item["id"]) for item in items], PAGE_MAX + 1, FIELDS)
        there += below[:PAGE_MAX]
        complete &= len(below) <= PAGE_MAX
    return [task for _, task in sorted({task["id"]: task for task in there}.items())], complete


def _referred(items: Iterable[Mapping[str, Any]], include: Sequence[Include]) -> tuple[set[UUID], bool]:
    """What the items refer to, those of the first ones first, and whether that is all of it."""
    found: dict[str, None] = {}
    for item in items:
        for one in include:
            value = item[_FIELDS[one]]
            found |= dict.fromkeys(value if one in _SEVERAL else {value} - {None})
    return set(map(UUID, list(found)[:PAGE_MAX])), len(found) <= PAGE_MAX
