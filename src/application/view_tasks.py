"""The tasks of a view, whether it was saved or is built in."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import Any
from uuid import UUID

from application.cursors import check_limit
from application.grouping import RankedTask
from application.including import Include
from application.ports import Clock, ReadUnit, Seal, UnitsOfWork
from application.saved_views import AnyView, view_in
from application.shown import FIELDS
from application.sorting import parsed
from application.task_groups import GroupedPage, TaskGroups
from application.task_lists import Asked, Reading, TaskLists, context_of, query_of, reading_of, tree_of
from application.views import PAGE_DEFAULT, Page, TaskPage
from domain.access import Actor, Scope
from domain.builtin_views import Builtin, BuiltinView
from domain.errors import Invalid, InvalidCursor, Violation
from domain.filters import Resolved
from domain.view import Grouping

_PURPOSE = "tasks by score"


class Own(Enum):
    """Instead of a grouping: the one that the view has."""

    OWN = auto()


OWN = Own.OWN


@dataclass(frozen=True, slots=True)
class RankedPage(Page[RankedTask]):
    """Some tasks by score; the rest is as of a page of tasks."""

    count: int | None = None
    resolved: Resolved | None = None


class ViewTasks:
    """A cursor is good for the view as it was: its filter, its order, and how its tasks were told apart."""

    def __init__(self, units: UnitsOfWork, clock: Clock, seal: Seal) -> None:
        self._units = units
        self._clock = clock
        self._seal = seal
        self._lists = TaskLists(units, clock, seal)
        self._groups = TaskGroups(units, clock, seal)

    async def page(
        self,
        actor: Actor,
        view_id: UUID | Builtin,
        limit: int = PAGE_DEFAULT,
        cursor: str | None = None,
        by: Grouping | Own | None = OWN,
        *,
        counted: bool = False,
        fields: tuple[str, ...] | None = None,
        include: frozenset[Include] = frozenset(),
    ) -> TaskPage | GroupedPage | RankedPage:
        """Some of them, told apart by `by`, None for not at all.

        `fields` (None: all) and `include` are taken where that is a plain list by the view's order.
        Raises ViewNotFound, Invalid, FilterInvalid, InvalidCursor.
        """
        check_limit(limit)
        async with self._units.reading(actor, Scope.TASKS_READ) as unit:
            view = await view_in(unit, view_id)
            grouping = view.grouping if isinstance(by, Own) else by
            if grouping is not None or _is_ranked(view):
                _refuse_parts(fields, include)
            asked = replace(
                _asked(view, limit, cursor, counted=counted), fields=fields or FIELDS, include=include
            )
            if _is_ranked(view):
                if grouping is not None:
                    raise Invalid([Violation("/group", "not_grouped", NOT_GROUPED)])
                return await self._ranked(unit, actor, asked)
            if grouping is not None:
                return await self._groups.page_in(unit, actor, asked, grouping)
            return await self._lists.page_in(unit, actor, asked)

    async def _ranked(self, unit: ReadUnit, actor: Actor, asked: Asked) -> RankedPage:
        tree = tree_of(asked)
        context = context_of(actor, asked, tree)
        start = None if asked.cursor is None else self._open(context, asked.cursor)
        reading, beyond = start or (await reading_of(unit, actor, self._clock.now()), None)
        resolved = None if tree is None else reading.resolve(tree)
        query = query_of(asked, resolved)
        found = await unit.arranged.ranked(query, reading.today, reading.at, beyond)
        count = await unit.tasks.count(query) if asked.counted else None
        items = found[: asked.limit]
        more = self._close(context, items[-1], reading) if len(found) > asked.limit else None
        return RankedPage(items, more, count, resolved)

    def _close(self, context: bytes, last: RankedTask, reading: Reading) -> str:
        value: Sequence[Any] = [reading.dumped(), last.score.total, str(last.view.task.id)]
        return self._seal.close(_PURPOSE, context, json.dumps(value).encode())

    def _open(self, context: bytes, cursor: str) -> tuple[Reading, tuple[int, UUID]]:
        value = self._seal.open(_PURPOSE, context, cursor)
        if value is None:
            raise InvalidCursor
        how, total, last_id = json.loads(value)
        reading = Reading.loaded(how)
        if reading is None:
            raise InvalidCursor
        return reading, (total, UUID(last_id))


NOT_GROUPED = "What is ranked is not told apart."


WHOLE = "Cannot be sent together with groups or with an order by score; group=none is without groups."


def _refuse_parts(fields: tuple[str, ...] | None, include: frozenset[Include]) -> None:
    """Raises Invalid where one of them is asked for."""
    sent = [name for name, value in (("fields", fields), ("include", include)) if value]
    if sent:
        raise Invalid([Violation(f"/{name}", "not_together", WHOLE) for name in sent])


def _is_ranked(view: AnyView) -> bool:
    return isinstance(view, BuiltinView) and view.ranked


def _asked(view: AnyView, limit: int, cursor: str | None, *, counted: bool) -> Asked:
    return Asked(
        filter=view.filter,
        sort=parsed(None if _is_ranked(view) else view.sort),
        limit=limit,
        cursor=cursor,
        counted=counted,
        view=str(view.id),
    )
