"""One mapper for every aggregate: the same field names in the dataclass and in the table."""

from collections.abc import Callable, Sequence
from dataclasses import fields
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from asyncpg import Record
from sqlalchemy import Column, Dialect, Row, Select, Table, select
from sqlalchemy.dialects.postgresql.asyncpg import dialect
from sqlmodel import SQLModel

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Entity = TypeVar("Entity", bound="DataclassInstance")
DIALECT: Dialect = dialect()  # type: ignore[no-untyped-call]


def table_of(row: type[SQLModel]) -> Table:
    """The table that a row declares."""
    declared: Table = getattr(row, "__table__")  # noqa: B009 - SQLModel's types do not say that it is there
    return declared


def _reader(column: Column[Any]) -> Callable[[Any], Any] | None:
    """What the driver's value becomes, where it does not stay what it is."""
    return column.type.dialect_impl(DIALECT).result_processor(DIALECT, None)


class Mapper(Generic[Entity]):
    """Selects the columns of an entity in its fields' order, so that a row becomes one by unpacking."""

    def __init__(self, entity: type[Entity], row: type[SQLModel]) -> None:
        self._make: Callable[..., Entity] = entity
        self.names = tuple(field.name for field in fields(entity))
        self.table = table_of(row)
        self.select: Select[Any] = select(*(self.table.c[name] for name in self.names))
        self._values = attrgetter(*self.names)
        self._read = [(name, _reader(self.table.c[name])) for name in self.names]

    def load(self, row: Row[Any] | Sequence[Any]) -> Entity:
        """The entity of a row of `select`."""
        return self._make(**dict(zip(self.names, row, strict=True)))

    def read(self, row: Record) -> Entity:
        """The entity of a row as the driver answers it."""
        return self._make(
            **{name: row[name] if read is None else read(row[name]) for name, read in self._read}
        )

    def values(self, entity: Entity) -> dict[str, Any]:
        """The entity as column values."""
        return dict(zip(self.names, self._values(entity), strict=True))
