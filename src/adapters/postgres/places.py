"""What was at a place of the journal in PostgreSQL: the present, and what changes since tell of before.

The first change since then that changed a field says what the field was.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    Table,
    TableValuedAlias,
    Text,
    Uuid,
    all_,
    and_,
    any_,
    case,
    cast,
    column,
    exists,
    func,
    literal,
    select,
    union,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, aggregate_order_by, distinct_on
from sqlalchemy.sql.base import ReadOnlyColumnCollection
from sqlalchemy.sql.selectable import FromClause, Join, ScalarSelect
from sqlalchemy.types import TypeEngine

from adapters.postgres.changes import CHANGES
from adapters.postgres.entities import MAPPERS, fitting
from adapters.postgres.mapping import table_of
from adapters.postgres.shapes import among
from adapters.postgres.snapshot import Runs
from adapters.postgres.tables import BlockerRow
from adapters.postgres.tasks import TASKS
from application.ports import PlaceReads
from application.views import Criteria
from domain.access import Actor, own
from domain.change import JOURNALED, EntityKind
from domain.revert import without as rolled_back
from domain.task import CLOSED, OPEN

_T = TASKS.table.c
# Told in parts, a thing has many that are tied to it. A plan for whatever thing is made for few, so that it
# sorts all of them for each part: a hundred times as dear as a plan for this very one.
_PLAN_ANEW = select(func.set_config("plan_cache_mode", "force_custom_plan", literal(True)))
_GONE: ColumnElement[bool] = literal(False)


class PostgresPlaces(PlaceReads):
    """The actor's things at a place, over one transaction."""

    def __init__(self, connection: Runs, actor: Actor) -> None:
        self._connection = connection
        self._actor = actor

    async def some(self, seq: int, kind: EntityKind, ids: Collection[UUID]) -> Sequence[Any]:
        place = _Place(self._actor, seq, kind, _each(ids))
        rows = await self._rows(place.things(MAPPERS[kind].table))
        things = (_at_place(self._actor, kind, row) for row in rows)
        return [own(self._actor, thing, JOURNALED[kind].missing) for thing in things if thing is not None]

    async def tied(
        self, seq: int, kind: EntityKind, ties: Criteria, after: UUID | None, limit: int
    ) -> Sequence[UUID]:
        columns, change = MAPPERS[kind].table.c, CHANGES.table.c
        parts: list[Select[Any]] = []
        for name, ids in ties.items():
            mine = (columns.account_id == self._actor.account_id, *fitting(kind, self._actor, {name: ids}))
            had = change.before[name].has_any(cast(sorted(map(str, ids)), ARRAY(Text)))
            parts.append(_first_ids(select(columns.id).where(*mine), columns.id, after, limit))
            told = select(change.entity_id).where(*_since(self._actor, seq, kind, change), had)
            parts.append(_first_ids(told.distinct(), change.entity_id, after, limit))
        if after is not None and kind is EntityKind.TASK:
            await self._connection.execute(_PLAN_ANEW)
        key = union(*(select(part.subquery()) for part in parts)).subquery().c[0]
        chosen = select(key).order_by(key).limit(limit)
        return list((await self._connection.execute(chosen)).scalars())

    async def subtasks(
        self, seq: int, ids: Collection[UUID], without: Collection[UUID]
    ) -> Mapping[UUID, tuple[int, int]]:
        place = self._elsewhere(seq, without)
        parent = place.was("parent_id")
        then = place.there(cast(parent, Uuid), place.was("status").in_(sorted(CLOSED)))
        now = select(_T.parent_id, among(_T.status, CLOSED)).where(
            *self._untouched(seq, without), _T.parent_id == any_(_array(ids, Uuid))
        )
        rows = union_all(now, then.where(parent == any_(_array(map(str, ids), Text)))).subquery()
        of, closed = list(rows.c)
        counts = [func.count(), func.count().filter(closed)]
        counted = select(of, *counts).group_by(of)
        return {task_id: (total, done) for task_id, total, done in await self._rows(counted)}

    async def blocking(
        self, seq: int, ids: Collection[UUID], named: Collection[UUID], without: Collection[UUID]
    ) -> Mapping[UUID, Collection[UUID]]:
        place, ties = self._elsewhere(seq, without), table_of(BlockerRow)
        was = place.there(place.ids.c.id, place.value("blocked_by").label("blockers")).subquery()
        blockers = func.jsonb_array_elements_text(was.c.blockers).table_valued(column("value", Text))
        then = select(cast(blockers.c.value, Uuid), was.c.id).select_from(was.join(blockers, literal(True)))
        then = then.where(blockers.c.value == any_(_array(map(str, ids), Text)))
        tied = (ties.c.account_id == self._actor.account_id, ties.c.blocker_id == any_(_array(ids, Uuid)))
        now = select(ties.c.blocker_id, _T.id).join_from(ties, TASKS.table, _T.id == ties.c.task_id)
        rows = union_all(now.where(*tied, *self._untouched(seq, without)), then).subquery()
        blocker, waiting = edge = list(rows.c)
        told_apart = case((waiting == any_(_array(named, Uuid)), waiting))
        found: dict[UUID, list[UUID]] = {}
        chosen = select(*edge).ext(distinct_on(blocker, told_apart))
        for blocker_id, task_id in await self._rows(chosen):
            found.setdefault(blocker_id, []).append(task_id)
        return found

    async def _rows(self, statement: Select[Any]) -> Sequence[Sequence[Any]]:
        return (await self._connection.execute(statement)).all()

    def _untouched(self, seq: int, without: Collection[UUID]) -> list[ColumnElement[bool]]:
        """What tasks fulfil that no change tells of since, apart from some."""
        change = _changes()
        since = _since(self._actor, seq, EntityKind.TASK, change)
        untouched = ~exists(select(1).where(*since, change.entity_id == _T.id))
        mine = (_T.account_id == self._actor.account_id, _T.deleted_at.is_(None))
        return [*mine, _T.id != all_(_array(without, Uuid)), untouched]

    def _elsewhere(self, seq: int, without: Collection[UUID]) -> "_Place":
        """The other tasks, apart from some."""
        change = _changes()
        since = _since(self._actor, seq, EntityKind.TASK, change)
        others = change.entity_id != all_(_array(without, Uuid))
        touched = select(change.entity_id.label("id")).where(*since, others).distinct()
        return _Place(self._actor, seq, EntityKind.TASK, touched.subquery())

    async def open(self, seq: int, ids: Collection[UUID]) -> Collection[UUID]:
        place = _Place(self._actor, seq, EntityKind.TASK, _each(ids))
        chosen = place.there(place.ids.c.id).where(place.was("status").in_(sorted(OPEN)))
        return set((await self._connection.execute(chosen)).scalars())


Columns = ReadOnlyColumnCollection[str, Any]


class _Place:
    """Expressions over a table of ids: what the things of a kind were."""

    def __init__(self, actor: Actor, seq: int, kind: EntityKind, ids: FromClause) -> None:
        self._actor = actor
        self._seq = seq
        self._kind = kind
        self.ids = ids

    def joined(self, table: Table) -> Join:
        """The ids, each with what there is of it now."""
        mine = and_(table.c.account_id == self._actor.account_id, table.c.id == self.ids.c.id)
        return self.ids.outerjoin(table, mine)

    def things(self, table: Table) -> Any:
        """Each id; whether it was made since, and the version after its first change since then; what its
        changed fields were; and its columns now.
        """
        change = _changes()
        field = func.jsonb_each(change.before).table_valued(column("key", Text), column("value", JSONB))
        # Of values with the same key the last one stays.
        fields = func.jsonb_object_agg(field.c.key, aggregate_order_by(field.c.value, change.seq.desc()))
        was = select(fields).select_from(change.seq.table.join(field, literal(True)))
        told = was.where(*self._told(change)).scalar_subquery()
        change = _changes()
        version = self._first(change, change.version)
        columns = [table.c[name] for name in MAPPERS[self._kind].names]
        return select(self.ids.c.id, self.made, version, told, *columns).select_from(self.joined(table))

    @property
    def made(self) -> ColumnElement[bool]:
        """Whether it was not there at the place, and is told of since."""
        change = _changes()
        return func.coalesce(self._first(change, change.before.is_(None)), _GONE)

    def there(self, *chosen: ColumnElement[Any]) -> Select[Any]:
        """Of the tasks that were there, and not in the trash."""
        joined = select(*chosen).select_from(self.joined(TASKS.table))
        return joined.where(self.was("deleted_at").is_(None), ~self.made)

    def was(self, name: str) -> ColumnElement[str]:
        """A field of a task as text, null where it was null, and of a task that is not known."""
        return self.value(name).op("#>>", return_type=Text())(cast([], ARRAY(Text)))

    def value(self, name: str) -> ColumnElement[Any]:
        """The same as JSON."""
        change = _changes()
        told = self._first(change, change.before[name], change.before.has_key(name))
        return func.coalesce(told, func.to_jsonb(_T[name]))

    def _first(
        self, change: Columns, value: ColumnElement[Any], *conditions: ColumnElement[bool]
    ) -> ScalarSelect[Any]:
        """Of the first change since, of those that fulfil the conditions."""
        chosen = select(value).where(*self._told(change), *conditions)
        return chosen.order_by(change.seq).limit(1).scalar_subquery()

    def _told(self, change: Columns) -> list[ColumnElement[bool]]:
        return [*_since(self._actor, self._seq, self._kind, change), change.entity_id == self.ids.c.id]


def _first_ids(chosen: Select[Any], key: ColumnElement[UUID], after: UUID | None, limit: int) -> Select[Any]:
    beyond = chosen if after is None else chosen.where(key > after)
    return beyond.order_by(key).limit(limit)


def _at_place(actor: Actor, kind: EntityKind, row: Sequence[Any]) -> Any | None:
    """What a row of `_Place.things` says that there was."""
    thing_id, made, version, was = row[:4]
    mapper, columns = MAPPERS[kind], row[4:]
    known = columns[mapper.names.index("id")] is not None
    if made or not (known or was):
        return None
    thing = mapper.load(columns) if known else None
    key = (actor.account_id, thing_id)
    return thing if version is None else rolled_back(kind, key, thing, was or {}, version - 1)


def _changes() -> Columns:
    """The journal, under a name of its own."""
    return CHANGES.table.alias().c


def _since(actor: Actor, seq: int, kind: EntityKind, change: Columns) -> list[ColumnElement[bool]]:
    """What changes of the kind after the place fulfil."""
    return [change.account_id == actor.account_id, change.entity == kind, change.seq > seq]


def _each(ids: Collection[UUID]) -> TableValuedAlias:
    """The ids as a table."""
    return func.unnest(_array(ids, Uuid)).table_valued(column("id", Uuid)).render_derived()


def _array(values: Iterable[Any], type_: type[TypeEngine[Any]]) -> ColumnElement[Any]:
    """The values as one parameter."""
    return cast(sorted(values), ARRAY(type_))
