"""One mapper for every aggregate: the same field names in the dataclass and in the table."""

from collections.abc import Callable, Sequence
from dataclasses import fields
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from sqlalchemy import Row, Select, Table, select
from sqlmodel import SQLModel

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Entity = TypeVar("Entity", bound="DataclassInstance")


def table_of(row: type[SQLModel]) -> Table:
    """The table that a row declares."""
    declared: Table = getattr(row, "__table__")  # noqa: B009 - SQLModel's types do not say that it is there
    return declared


class Mapper(Generic[Entity]):
    """Selects the columns of an entity in its fields' order, so that a row becomes one by unpacking."""

    def __init__(self, entity: type[Entity], row: type[SQLModel]) -> None:
        self._make: Callable[..., Entity] = entity
        self.names = tuple(field.name for field in fields(entity))
        self.table = table_of(row)
        self.select: Select[Any] = select(*(self.table.c[name] for name in self.names))
        self._values = attrgetter(*self.names)

    def load(self, row: Row[Any] | Sequence[Any]) -> Entity:
        """The entity of a row of `select`."""
        return self._make(**dict(zip(self.names, row, strict=True)))

    def values(self, entity: Entity) -> dict[str, Any]:
        """The entity as column values."""
        return dict(zip(self.names, self._values(entity), strict=True))
