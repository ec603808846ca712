"""Units of work within one that is open already: they are kept when it is, or not at all."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from application.integrity import check
from application.ports import ReadUnit, UnitsOfWork, WriteUnit
from application.views import Mark, Rehearsed
from domain.access import Actor, Scope, require
from domain.change import Change


class JoinedUnit(WriteUnit):
    """A part of a unit: what it has not committed at its end is forgotten, as of a transaction."""

    def __init__(self, whole: WriteUnit) -> None:
        self._whole = whole
        self._began = whole.mark()
        self.kept = self._began
        self.answered = None
        self.entities = whole.entities
        self.changes = whole.changes
        self.notes = whole.notes

    def act_as(self, actor: Actor) -> None:
        self._whole.act_as(actor)

    def mark(self) -> Mark:
        return self._whole.mark()

    def rewind(self, mark: Mark) -> None:
        self._whole.rewind(mark)

    def made(self) -> Sequence[Change]:
        return self._whole.made()[self._began[0] :]

    async def rehearse(self) -> Rehearsed:
        return await self._whole.rehearse()

    async def commit(self) -> None:
        await check(self.entities)
        self.kept = self.mark()


class JoinedUnits(UnitsOfWork):
    """Hands out parts of one open unit. Reads look at what is committed, as they would without it."""

    def __init__(self, whole: WriteUnit, units: UnitsOfWork) -> None:
        self._whole = whole
        self._units = units
        self.scopes: set[Scope] = set()
        """What was needed so far."""

    def reading(self, actor: Actor, scope: Scope) -> AbstractAsyncContextManager[ReadUnit]:
        return self._units.reading(actor, scope)

    @asynccontextmanager
    async def writing(
        self, actor: Actor, scope: Scope, key: bytes | None = None
    ) -> AsyncGenerator[WriteUnit]:
        require(actor, scope)
        self.scopes.add(scope)
        if key is not None:
            raise ValueError("the whole unit has the key, if any")
        self._whole.act_as(actor)
        part = JoinedUnit(self._whole)
        try:
            yield part
        finally:
            self._whole.rewind(part.kept)
