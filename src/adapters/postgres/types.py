"""Column types that keep what the domain means: enums by value, only aware times."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Generic, TypeVar

from sqlalchemy import DateTime, Dialect, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import TypeDecorator

from domain.access import Scope, scopes_from

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
