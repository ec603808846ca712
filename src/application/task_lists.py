"""Pages of tasks: chosen by a filter, in any order, none twice and none left out."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from types import SimpleNamespace
from typing import Any, TypedDict, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from application.cursors import check_limit
from application.including import Include, included_with, needed
from application.ports import Clock, ReadUnit, Seal, UnitsOfWork
from application.shown import FIELDS
from application.sorting import dumped, loaded, place_of, written
from application.views import (
    NEWEST_FIRST,
    PAGE_DEFAULT,
    Criteria,
    SortKey,
    TaskPage,
    TaskQuery,
    TaskShown,
)
from domain.access import Actor, Scope
from domain.change import EntityKind
from domain.errors import InvalidCursor
from domain.filters import Resolved, Tree, attributes, canonical, parse, resolve
from domain.preferences import Preferences
from domain.state import moment
from domain.task import Status

_PURPOSE = "tasks"
_OF_PROJECTS = frozenset({"project_id", "project_name", "project_archived"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which tasks, in which order. `filter` is in the filter language; all that is asked holds at once."""

    statuses: frozenset[Status] = frozenset()
    where: Criteria
    filter: str | None = None
    sort: tuple[SortKey, ...] = NEWEST_FIRST
    limit: int = PAGE_DEFAULT
    cursor: str | None = None
    counted: bool = False
    fields: tuple[str, ...] = FIELDS
    include: frozenset[Include] = frozenset()


class Listing(TypedDict, total=False):
    """What of it need not be said."""

    filter: str | None
    sort: tuple[SortKey, ...]
    counted: bool
    fields: tuple[str, ...]
    include: frozenset[Include]


@dataclass(frozen=True, slots=True)
class Reading:
    """How a reader sees dates: as of when, in which zone, and on which day a week begins."""

    at: datetime
    zone: str
    first_day_of_week: int

    def resolve(self, tree: Tree) -> Resolved:
        """The filter for this reader. Raises FilterInvalid."""
        return resolve(tree, self.at, ZoneInfo(self.zone), self.first_day_of_week)


async def reading_of(unit: ReadUnit, actor: Actor, now: datetime) -> Reading:
    """By the account's preferences."""
    kept: Preferences | None = await unit.entities.find(EntityKind.PREFERENCES, actor.account_id)
    likes = kept or Preferences.of(actor.account_id)
    return Reading(now, likes.time_zone, likes.first_day_of_week)


@dataclass(frozen=True, slots=True)
class _Start:
    """Where a page begins, and how its filter was read on the first one."""

    place: tuple[Any, ...]
    reading: Reading | None


class TaskLists:
    """A cursor is good for the account and for what was asked, and keeps how dates were read.

    So the pages of `today` are those of one day, though midnight passes or the preferences change.
    """

    def __init__(self, units: UnitsOfWork, clock: Clock, seal: Seal) -> None:
        self._units = units
        self._clock = clock
        self._seal = seal

    async def page(self, actor: Actor, asked: Asked) -> TaskPage:
        """Some of them. Raises Invalid, FilterInvalid, InvalidCursor."""
        check_limit(asked.limit)
        tree = None if asked.filter is None else parse(asked.filter)
        context = _context(actor, asked, tree)
        start = None if asked.cursor is None else self._open(context, asked.sort, asked.cursor)
        async with self._units.reading(actor, Scope.TASKS_READ) as unit:
            reading = start.reading if start else await self._reading(unit, actor, tree)
            resolved = None if tree is None or reading is None else reading.resolve(tree)
            query = TaskQuery(
                statuses=asked.statuses,
                where=asked.where,
                filter=resolved,
                everywhere=resolved is not None and not _OF_PROJECTS.isdisjoint(attributes(resolved.root)),
                sort=asked.sort,
                beyond=start.place if start else None,
                limit=asked.limit + 1,
            )
            found = await unit.tasks.shown(query, _read(asked))
            items = found[: asked.limit]
            included = await included_with(unit, items, asked.include)
            count = await unit.tasks.count(query) if asked.counted else None
        cursor = None
        if len(found) > asked.limit:
            place = place_of(SimpleNamespace(**items[-1]), asked.sort)
            cursor = self._close(context, place, asked.sort, reading)
        return TaskPage(_only(items, asked.fields), cursor, count, resolved, included)

    async def _reading(self, unit: ReadUnit, actor: Actor, tree: Tree | None) -> Reading | None:
        return None if tree is None else await reading_of(unit, actor, self._clock.now())

    def _close(
        self, context: bytes, place: Sequence[Any], sort: Sequence[SortKey], reading: Reading | None
    ) -> str:
        how = [] if reading is None else [moment(reading.at), reading.zone, reading.first_day_of_week]
        value = json.dumps([str(place[-1]), dumped(place, sort), *how], ensure_ascii=False)
        return self._seal.close(_PURPOSE, context, value.encode())

    def _open(self, context: bytes, sort: Sequence[SortKey], cursor: str) -> _Start:
        value = self._seal.open(_PURPOSE, context, cursor)
        if value is None:
            raise InvalidCursor
        last_id, values, *how = json.loads(value)
        reading = Reading(datetime.fromisoformat(how[0]), how[1], how[2]) if how else None
        return _Start((*loaded(values, sort), UUID(last_id)), reading)


def _read(asked: Asked) -> tuple[str, ...]:
    """The fields, what tells where a page ends, and what says what is to be brought along."""
    places = (key.name for key in asked.sort)
    wanted = {*asked.fields, *places, *needed(asked.include), "id"}
    return FIELDS if len(wanted) == len(FIELDS) else tuple(name for name in FIELDS if name in wanted)


def _only(items: Sequence[TaskShown], fields: tuple[str, ...]) -> Sequence[TaskShown]:
    if not items or len(items[0]) == len(fields):
        return items
    return [cast(TaskShown, {name: item[name] for name in fields}) for item in items]  # type: ignore[literal-required]


def _context(actor: Actor, asked: Asked, tree: Tree | None) -> bytes:
    """What a cursor is bound to: whose list it is, and which."""
    where = {name: sorted(map(str, values)) for name, values in asked.where.items()}
    which = [sorted(asked.statuses), where, None if tree is None else canonical(tree), written(asked.sort)]
    return json.dumps([str(actor.account_id), *which], sort_keys=True).encode()
