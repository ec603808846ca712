"""Pages of tasks: chosen by a filter, in any order, none twice and none left out."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from types import SimpleNamespace
from typing import Any, cast
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
from domain.filters import Resolved, Tree, canonical, from_sent, resolve
from domain.lens import asks_of_projects
from domain.preferences import Preferences
from domain.state import moment
from domain.task import Status

_PURPOSE = "tasks"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which tasks, in which order. `filter` is in the filter language; all that is asked holds at once.

    `view` is the id of the view that asks for them, if one does.
    """

    statuses: frozenset[Status] = frozenset()
    where: Criteria = field(default_factory=dict[str, Collection[Any]])
    filter: str | None = None
    sort: tuple[SortKey, ...] = NEWEST_FIRST
    limit: int = PAGE_DEFAULT
    cursor: str | None = None
    counted: bool = False
    fields: tuple[str, ...] = FIELDS
    include: frozenset[Include] = frozenset()
    view: str | None = None


ALL = Asked()
"""The newest of all tasks."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How a reader sees dates: as of when, in which zone, and on which day a week begins."""

    at: datetime
    zone: str
    first_day_of_week: int

    @property
    def today(self) -> date:
        """The day."""
        return self.at.astimezone(ZoneInfo(self.zone)).date()

    def resolve(self, tree: Tree) -> Resolved:
        """The filter for this reader. Raises FilterInvalid."""
        return resolve(tree, self.at, ZoneInfo(self.zone), self.first_day_of_week)

    def dumped(self) -> list[Any]:
        """As a cursor keeps it."""
        return [moment(self.at), self.zone, self.first_day_of_week]

    @classmethod
    def loaded(cls, dumped: Sequence[Any]) -> "Reading | None":
        """The same from a cursor; None of nothing."""
        return cls(datetime.fromisoformat(dumped[0]), *dumped[1:]) if dumped else None


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
        begun = self._begun(actor, asked)
        async with self._units.reading(actor, Scope.TASKS_READ) as unit:
            return await self._page(unit, actor, asked, *begun)

    async def page_in(self, unit: ReadUnit, actor: Actor, asked: Asked) -> TaskPage:
        """The same, of a unit that is open."""
        return await self._page(unit, actor, asked, *self._begun(actor, asked))

    def _begun(self, actor: Actor, asked: Asked) -> tuple[Tree | None, bytes, _Start | None]:
        check_limit(asked.limit)
        tree = tree_of(asked)
        context = context_of(actor, asked, tree)
        return tree, context, None if asked.cursor is None else self._open(context, asked.sort, asked.cursor)

    async def _page(
        self,
        unit: ReadUnit,
        actor: Actor,
        asked: Asked,
        tree: Tree | None,
        context: bytes,
        start: _Start | None,
    ) -> TaskPage:
        reading = start.reading if start else await self._reading(unit, actor, tree)
        resolved = None if tree is None or reading is None else reading.resolve(tree)
        query = query_of(asked, resolved)
        if start is not None:
            query = replace(query, beyond=start.place)
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
        how = [] if reading is None else reading.dumped()
        value = json.dumps([str(place[-1]), dumped(place, sort), *how], ensure_ascii=False)
        return self._seal.close(_PURPOSE, context, value.encode())

    def _open(self, context: bytes, sort: Sequence[SortKey], cursor: str) -> _Start:
        value = self._seal.open(_PURPOSE, context, cursor)
        if value is None:
            raise InvalidCursor
        last_id, values, *how = json.loads(value)
        return _Start((*loaded(values, sort), UUID(last_id)), Reading.loaded(how))


def _read(asked: Asked) -> tuple[str, ...]:
    """The fields, what tells where a page ends, and what says what is to be brought along."""
    places = (key.name for key in asked.sort)
    wanted = {*asked.fields, *places, *needed(asked.include), "id"}
    return FIELDS if len(wanted) == len(FIELDS) else tuple(name for name in FIELDS if name in wanted)


def _only(items: Sequence[TaskShown], fields: tuple[str, ...]) -> Sequence[TaskShown]:
    if not items or len(items[0]) == len(fields):
        return items
    return [cast(TaskShown, {name: item[name] for name in fields}) for item in items]  # type: ignore[literal-required]


def tree_of(asked: Asked) -> Tree | None:
    """Its filter. Raises FilterInvalid."""
    return None if asked.filter is None else from_sent(asked.filter)


def query_of(asked: Asked, resolved: Resolved | None) -> TaskQuery:
    """From the begin, and one more than was asked for, which tells whether there are more."""
    return TaskQuery(
        statuses=asked.statuses,
        where=asked.where,
        filter=resolved,
        everywhere=asks_of_projects(resolved),
        sort=asked.sort,
        limit=asked.limit + 1,
    )


def context_of(actor: Actor, asked: Asked, tree: Tree | None, *more: str) -> bytes:
    """What a cursor is bound to: whose list it is, and which."""
    where = {name: sorted(map(str, values)) for name, values in asked.where.items()}
    which = [sorted(asked.statuses), where, None if tree is None else canonical(tree), written(asked.sort)]
    which += [] if asked.view is None else [asked.view]
    return json.dumps([str(actor.account_id), *which, *more], sort_keys=True).encode()
