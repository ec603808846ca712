"""Tasks told apart: the first of each group, more groups by one cursor, and more of a group by its own."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import SimpleNamespace
from typing import Any, TypeVar
from uuid import UUID

from application.cursors import check_limit
from application.grouping import (
    GroupPlace,
    TaskGroup,
    dumped_key,
    dumped_place,
    groups_at_once,
    loaded_key,
    loaded_place,
    within,
)
from application.ports import Clock, ReadUnit, Seal, UnitsOfWork
from application.shown import FIELDS
from application.sorting import dumped, loaded, place_of
from application.task_lists import Asked, Reading, context_of, query_of, reading_of, tree_of
from application.views import TaskPage, TaskQuery, TaskShown, TaskView
from domain.access import Actor, Scope
from domain.errors import InvalidCursor
from domain.filters import Node, Resolved, Tree
from domain.view import Grouping

Some = TypeVar("Some", TaskView, TaskShown)
_PURPOSE = "groups of tasks"
_GROUPS, _TASKS = "groups", "tasks"


@dataclass(frozen=True, slots=True)
class Group:
    """Some tasks of one group. `next_cursor` goes on in this group, and is None at its end."""

    key: Any
    name: str | None
    items: Sequence[TaskView]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class GroupedPage:
    """Some groups. `next_cursor` is where more groups are; the rest is as of a page of tasks."""

    groups: Sequence[Group]
    next_cursor: str | None
    count: int | None = None
    resolved: Resolved | None = None


@dataclass(frozen=True, slots=True)
class _Start:
    """Where to go on, and how the filter was read: among the groups, or within the one with a key."""

    reading: Reading | None
    after: GroupPlace | None = None
    key: Any = None
    place: tuple[Any, ...] | None = None


@dataclass(frozen=True, slots=True)
class _Begun:
    """What was asked, by whom, and where it goes on."""

    asked: Asked
    by: Grouping
    tree: Tree | None
    context: bytes
    start: _Start | None


class TaskGroups:
    """A cursor is good for what a cursor of a list is good for, told apart in the same way."""

    def __init__(self, units: UnitsOfWork, clock: Clock, seal: Seal) -> None:
        self._units = units
        self._clock = clock
        self._seal = seal

    async def page(self, actor: Actor, asked: Asked, by: Grouping) -> GroupedPage | TaskPage:
        """Some groups, the first `limit` tasks of each; with the cursor of a group, more tasks of that.

        Raises Invalid, FilterInvalid, InvalidCursor.
        """
        begun = self._begun(actor, asked, by)
        async with self._units.reading(actor, Scope.TASKS_READ) as unit:
            return await self._page(unit, actor, begun)

    async def page_in(
        self, unit: ReadUnit, actor: Actor, asked: Asked, by: Grouping
    ) -> GroupedPage | TaskPage:
        """The same, of a unit that is open."""
        return await self._page(unit, actor, self._begun(actor, asked, by))

    def _begun(self, actor: Actor, asked: Asked, by: Grouping) -> _Begun:
        check_limit(asked.limit)
        tree = tree_of(asked)
        context = context_of(actor, asked, tree, by)
        begun = _Begun(asked, by, tree, context, None)
        return begun if asked.cursor is None else replace(begun, start=self._open(begun, asked.cursor))

    async def _page(self, unit: ReadUnit, actor: Actor, begun: _Begun) -> GroupedPage | TaskPage:
        reading = None
        if begun.start is not None:
            reading = begun.start.reading
        elif begun.tree is not None:
            reading = await reading_of(unit, actor, self._clock.now())
        resolved = None if begun.tree is None or reading is None else reading.resolve(begun.tree)
        query = query_of(begun.asked, resolved)
        count = await unit.tasks.count(query) if begun.asked.counted else None
        if begun.start is not None and begun.start.place is not None:
            items, cursor = await self._more(unit, begun, begun.start, query)
            return TaskPage(items, cursor, count, resolved)
        most = groups_at_once(begun.asked.limit)
        after = begun.start.after if begun.start else None
        found = await unit.arranged.groups(query, begun.by, after, most + 1)
        groups = [self._group(begun, one, reading) for one in found[:most]]
        more = None
        if len(found) > most:
            more = self._close(begun, [_GROUPS, *dumped_place(found[most - 1].place)], reading)
        return GroupedPage(groups, more, count, resolved)

    async def _more(
        self, unit: ReadUnit, begun: _Begun, start: _Start, query: TaskQuery
    ) -> tuple[Sequence[TaskShown], str | None]:
        """A page of the tasks of one group."""
        root = within(begun.by, start.key, None if query.filter is None else query.filter.root)
        one = replace(query, filter=_of(query.filter, root, self._clock.now()), beyond=start.place)
        return self._cut(begun, start.key, await unit.tasks.shown(one, FIELDS), start.reading)

    def _group(self, begun: _Begun, found: TaskGroup, reading: Reading | None) -> Group:
        key = found.place.key
        return Group(key, found.name, *self._cut(begun, key, found.items, reading))

    def _cut(
        self, begun: _Begun, key: Any, found: Sequence[Some], reading: Reading | None
    ) -> tuple[Sequence[Some], str | None]:
        limit, sort = begun.asked.limit, begun.asked.sort
        items = found[:limit]
        if len(found) <= limit:
            return items, None
        end = items[-1]
        last = place_of(end.task if isinstance(end, TaskView) else SimpleNamespace(**end), sort)
        value = [_TASKS, dumped_key(key), str(last[-1]), dumped(last, sort)]
        return items, self._close(begun, value, reading)

    def _close(self, begun: _Begun, value: Sequence[Any], reading: Reading | None) -> str:
        how = [] if reading is None else reading.dumped()
        kept = json.dumps([how, *value], ensure_ascii=False)
        return self._seal.close(_PURPOSE, begun.context, kept.encode())

    def _open(self, begun: _Begun, cursor: str) -> _Start:
        value = self._seal.open(_PURPOSE, begun.context, cursor)
        if value is None:
            raise InvalidCursor
        how, what, *rest = json.loads(value)
        reading = Reading.loaded(how)
        if what == _GROUPS:
            return _Start(reading, after=loaded_place(begun.by, rest))
        key, last_id, values = rest
        place = (*loaded(values, begun.asked.sort), UUID(last_id))
        return _Start(reading, key=loaded_key(begun.by, key), place=place)


def _of(resolved: Resolved | None, root: Node, now: datetime) -> Resolved:
    """The filter with another root, which is all that a query looks at: a key is relative to nothing."""
    return replace(resolved, root=root) if resolved else Resolved(root, (), now, "UTC")
