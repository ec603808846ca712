"""Remit without a journal: what a write costs by itself. For the benchmark, and nowhere else.

The routes, the use cases, the transaction, the identity, the lock and the role are the same. What is kept
are the rows alone, by the INSERT and UPDATE that one would write: no changes, no hashes, no end of the
journal, no answer under a key, no news to those who follow.
"""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from dependency_injector import providers
from fastapi import FastAPI
from sqlalchemy import Insert, Update, bindparam, insert, update

from adapters.postgres.mapping import table_of
from adapters.postgres.tables import AccountRow, TaskRow
from adapters.postgres.tasks import TASKS
from adapters.postgres.uow import PostgresUnits, PostgresWriteUnit
from application.ports import UnitsOfWork, WriteUnit
from application.views import Mark, Rehearsed
from domain.access import Actor, Scope
from domain.change import Change, EntityKind
from entrypoints.container import Container, environment_problems
from entrypoints.http.app import create_app
from entrypoints.logs import configure
from entrypoints.settings import load

_TASK, _ACCOUNT = TASKS.table, table_of(AccountRow)
_KEYS = frozenset({"account_id", "id"})
_INSERT: Insert = insert(_TASK)
_UPDATE: Update = (
    update(_TASK)
    .where(
        _TASK.c.account_id == bindparam("of_account"),
        _TASK.c.id == bindparam("of_id"),
        _TASK.c.version == bindparam("seen_version"),
    )
    .values({name: bindparam(name) for name in TaskRow.model_fields if name not in _KEYS})
)

# What the next rank is made of, and what the limits count: no journal, but a task cannot do without.
_COUNT: Update = (
    update(_ACCOUNT)
    .where(_ACCOUNT.c.id == bindparam("of_account"))
    .values(counts=bindparam("counts", type_=_ACCOUNT.c.counts.type))
)


class BareUnit(WriteUnit):
    """A unit of work that keeps tasks, and nothing about them."""

    def __init__(self, whole: PostgresWriteUnit) -> None:
        self._whole = whole
        self.entities = whole.entities
        self.changes = whole.changes
        self.notes = whole.notes
        self.answered = None

    def act_as(self, actor: Actor) -> None:
        self._whole.act_as(actor)

    def mark(self) -> Mark:
        return self._whole.mark()

    def rewind(self, mark: Mark) -> None:
        self._whole.rewind(mark)

    def made(self) -> Sequence[Change]:
        return ()

    async def rehearse(self) -> Rehearsed:
        raise NotImplementedError

    async def commit(self) -> None:
        workspace = self._whole._workspace
        kept = workspace.kept(EntityKind.TASK)
        run = self._whole._connection.execute
        if kept.added:
            await run(_INSERT, [TASKS.values(task) for task in kept.added])
        if kept.changed:
            await run(_UPDATE, [_changed(task, seen) for task, seen in kept.changed])
        await run(_COUNT, {"of_account": workspace.actor.account_id, "counts": workspace.counts})
        await self._whole._session.commit()


class BareUnits(PostgresUnits):
    """Opens them as ever."""

    @asynccontextmanager
    async def writing(
        self, actor: Actor, scope: Scope, key: bytes | None = None
    ) -> AsyncGenerator[WriteUnit]:
        async with super().writing(actor, scope, key) as whole:
            yield BareUnit(whole)


def bare() -> FastAPI:
    """The application over them, from the environment."""
    settings = load(environment_problems)
    configure(settings.log_format, settings.log_level)
    container = Container(settings=settings)
    units: providers.Provider[UnitsOfWork] = providers.Singleton(BareUnits, container.engine, container.clock)
    container.units.override(units)
    return create_app(container)


def _changed(task: Any, seen: int) -> dict[str, Any]:
    values = TASKS.values(task)
    where = {"of_account": values.pop("account_id"), "of_id": values.pop("id"), "seen_version": seen}
    return values | where
