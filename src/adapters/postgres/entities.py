"""Every kind of entity and its table: what is read of any kind alike. They are written by flush alone."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    Text,
    Uuid,
    bindparam,
    cast,
    false,
    literal,
    or_,
    select,
    tuple_,
    union_all,
)

from adapters.postgres.api_tokens import API_TOKENS
from adapters.postgres.mapping import Mapper, table_of
from adapters.postgres.snapshot import SOMEBODY, Prepared, Runs, Snapshot, Whose
from adapters.postgres.tables import (
    AccountRow,
    BlockerRow,
    CommentRow,
    LabelRow,
    PreferencesRow,
    ProjectRow,
    SectionRow,
    TaskLabelRow,
    ViewRow,
)
from adapters.postgres.tasks import TASKS
from application.ports import EntityReads
from application.views import Criteria, Order, Position
from domain.access import Actor, own
from domain.change import JOURNALED, EntityKind
from domain.comment import Comment
from domain.label import Label
from domain.preferences import Preferences
from domain.project import Project, Section
from domain.view import View

MAPPERS: Mapping[EntityKind, Mapper[Any]] = {
    EntityKind.TASK: TASKS,
    EntityKind.PROJECT: Mapper(Project, ProjectRow),
    EntityKind.SECTION: Mapper(Section, SectionRow),
    EntityKind.LABEL: Mapper(Label, LabelRow),
    EntityKind.COMMENT: Mapper(Comment, CommentRow),
    EntityKind.VIEW: Mapper(View, ViewRow),
    EntityKind.PREFERENCES: Mapper(Preferences, PreferencesRow),
    EntityKind.API_TOKEN: API_TOKENS,
}
_TRASHES = [kind for kind in MAPPERS if JOURNALED[kind].has_trash]
_A = table_of(AccountRow).c
_HAVE = {
    "labels": (table_of(TaskLabelRow).c, "label_id"),
    "blocked_by": (table_of(BlockerRow).c, "blocker_id"),
}
"""Sets of ids, and the table that finds who has one."""


class PostgresEntities(EntityReads):
    """The actor's entities in a snapshot."""

    def __init__(self, snapshot: Snapshot, actor: Actor) -> None:
        self._snapshot = snapshot
        self._actor = actor

    async def chunk(self, kind: EntityKind, after: UUID | None, limit: int) -> Sequence[Any]:
        columns = MAPPERS[kind].table.c
        chosen = owned(kind, self._actor)
        if after is not None:
            chosen = chosen.where(columns.id > after)
        return await loaded(self._snapshot, self._actor, kind, chosen.order_by(columns.id).limit(limit))

    async def find(self, kind: EntityKind, entity_id: UUID) -> Any | None:
        values = {"account_id": self._actor.account_id, "wanted_id": entity_id}
        rows = await self._snapshot.fetch(_by_id(kind), values)
        if not rows:
            return None
        return own(self._actor, MAPPERS[kind].read(rows[0]), JOURNALED[kind].missing)

    async def some(self, kind: EntityKind, where: Criteria) -> Sequence[Any]:
        chosen = owned(kind, self._actor).where(*fitting(kind, self._actor, where))
        return await loaded(self._snapshot, self._actor, kind, chosen)

    async def page(
        self, kind: EntityKind, where: Criteria, order: Order, after: Sequence[Any] | None, limit: int
    ) -> Sequence[Any]:
        table = MAPPERS[kind].table
        keys = [table.c[name] for name in order.names]
        chosen = owned(kind, self._actor).where(*fitting(kind, self._actor, where))
        if "deleted_at" in table.c:
            chosen = chosen.where(table.c.deleted_at.is_(None))
        if after is not None:
            place = tuple_(*(literal(value, key.type) for value, key in zip(after, keys, strict=True)))
            chosen = chosen.where(tuple_(*keys) < place if order.descending else tuple_(*keys) > place)
        chosen = chosen.order_by(*(key.desc() if order.descending else key for key in keys)).limit(limit)
        return await loaded(self._snapshot, self._actor, kind, chosen)

    async def names(self, kind: EntityKind) -> Sequence[str]:
        columns = MAPPERS[kind].table.c
        mine = select(columns.name).where(
            columns.account_id == self._actor.account_id, columns.deleted_at.is_(None)
        )
        return (await self._snapshot.execute(mine)).scalars().all()

    async def trash(self, after: Position | None, limit: int) -> Sequence[Any]:
        rows = (await self._snapshot.execute(_roots(self._actor, after, limit))).all()
        found: dict[UUID, Any] = {}
        for kind in _TRASHES:
            ids = {row.id for row in rows if row.kind == kind}
            if ids:
                found |= {one.id: one for one in await self.some(kind, {"id": ids})}
        return [found[row.id] for row in rows]

    async def counts(self) -> Mapping[str, int]:
        mine = select(_A.counts).where(_A.id == self._actor.account_id)
        counts: Mapping[str, int] | None = (await self._snapshot.execute(mine)).scalar_one_or_none()
        return counts or {}


async def loaded(connection: Runs, actor: Actor, kind: EntityKind, statement: Select[Any]) -> list[Any]:
    """The entities that the statement answers."""
    mapper, missing = MAPPERS[kind], JOURNALED[kind].missing
    return [own(actor, mapper.load(row), missing) for row in await connection.execute(statement)]


def owned(kind: EntityKind, owner: Whose) -> Select[Any]:
    """All of the kind that is the owner's."""
    mapper = MAPPERS[kind]
    return mapper.select.where(mapper.table.c.account_id == owner.account_id)


@cache
def _by_id(kind: EntityKind) -> Prepared:
    wanted = bindparam("wanted_id", type_=Uuid, required=False)
    return Prepared(owned(kind, SOMEBODY).where(MAPPERS[kind].table.c.id == wanted))


def fitting(kind: EntityKind, actor: Actor, where: Criteria) -> list[ColumnElement[bool]]:
    """The conditions that say what the criteria do."""
    return [_fits(kind, actor, name, set(values)) for name, values in where.items()]


def _fits(kind: EntityKind, actor: Actor, name: str, values: set[Any]) -> ColumnElement[bool]:
    columns = MAPPERS[kind].table.c
    if name in _HAVE:
        ties, tied = _HAVE[name]
        having = select(ties.task_id).where(ties.account_id == actor.account_id, ties[tied].in_(values))
        return columns.id.in_(having)
    present = values - {None}
    parts = [columns[name].in_(present)] if present else []
    if None in values:
        parts.append(columns[name].is_(None))
    return or_(false(), *parts) if len(parts) != 1 else parts[0]


def _roots(actor: Actor, after: Position | None, limit: int) -> Select[Any]:
    """What was deleted itself, of every kind, the last one first."""
    parts: list[Any] = []
    for kind in _TRASHES:
        columns = MAPPERS[kind].table.c
        part = select(cast(literal(kind.value), Text).label("kind"), columns.id, columns.deleted_at).where(
            columns.account_id == actor.account_id,
            columns.deleted_at.is_not(None),
            columns.deleted_with == columns.id,
        )
        if after is not None:
            part = part.where(tuple_(columns.deleted_at, columns.id) < tuple_(after.created_at, after.id))
        parts.append(part.order_by(columns.deleted_at.desc(), columns.id.desc()).limit(limit))
    roots = union_all(*(select(part.subquery()) for part in parts)).subquery()
    return select(roots).order_by(roots.c.deleted_at.desc(), roots.c.id.desc()).limit(limit)
