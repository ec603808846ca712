"""Column types that keep what the domain means: enums by value, only aware times."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import DateTime, Dialect, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.types import TypeDecorator

from domain.access import Scope, scopes_from

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Rank = Text(collation="C")
"""Text that is compared byte by byte."""

Value = TypeVar("Value", bound=StrEnum)


class EnumText(TypeDecorator[Value], Generic[Value]):
    """A string enum as text, by value. A CHECK constraint beside it lists the values."""

    impl = Text
    cache_ok = True

    def __init__(self, enum: type[Value]) -> None:
        super().__init__()
        self.enum = enum

    def process_bind_param(self, value: Value | None, dialect: Dialect) -> str | None:
        return None if value is None else self.enum(value).value

    def process_result_value(self, value: Any | None, dialect: Dialect) -> Value | None:
        return None if value is None else self.enum(value)


class UtcDateTime(TypeDecorator[datetime]):
    """timestamptz. Refuses a naive time, which would silently mean the server's zone; answers UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("a naive datetime cannot be stored")
        return value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC)


class ScopeSet(TypeDecorator[frozenset[Scope]]):
    """Scopes as a sorted text[]. One that this version does not know grants nothing."""

    impl = ARRAY(Text)
    cache_ok = True

    def process_bind_param(self, value: frozenset[Scope] | None, dialect: Dialect) -> list[str] | None:
        return None if value is None else sorted(value)

    def process_result_value(self, value: list[str] | None, dialect: Dialect) -> frozenset[Scope] | None:
        return None if value is None else scopes_from(value)


class IdSet(TypeDecorator[frozenset[UUID]]):
    """Ids as a sorted uuid[]."""

    impl = ARRAY(Uuid)
    cache_ok = True

    def process_bind_param(self, value: Iterable[UUID] | None, dialect: Dialect) -> list[UUID] | None:
        return None if value is None else sorted(value)

    def process_result_value(self, value: list[UUID] | None, dialect: Dialect) -> frozenset[UUID] | None:
        return None if value is None else frozenset(value)


class Parts(TypeDecorator[tuple[Any, ...]]):
    """A tuple of dataclasses of plain values as a JSON array of objects."""

    impl = JSONB
    cache_ok = True

    def __init__(self, part: "type[DataclassInstance]") -> None:
        super().__init__()
        self.part = part

    def process_bind_param(self, value: tuple[Any, ...] | None, dialect: Dialect) -> list[Any] | None:
        return None if value is None else [asdict(part) for part in value]

    def process_result_value(self, value: list[Any] | None, dialect: Dialect) -> tuple[Any, ...] | None:
        return None if value is None else tuple(self.part(**part) for part in value)
