"""An entity's fields as JSON, as the journal keeps them and the wire shows them; and back again."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, fields, is_dataclass, replace
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import lru_cache
from types import NoneType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints
from uuid import UUID

Json = Any
State = Mapping[str, Json]
Entity = TypeVar("Entity")


class Codec:
    """A dataclass's fields: str, int, bool, UUID, aware datetime, date, StrEnum, or None; sets of one
    of these; tuples of dataclasses of them.
    """

    def __init__(self, entity: type[Any], *, besides: frozenset[str]) -> None:
        hints = get_type_hints(entity)
        self.names = tuple(field.name for field in fields(entity) if field.name not in besides)
        self._dump = {name: _dumper(hints[name]) for name in self.names}
        self._load = {name: _loader(hints[name]) for name in self.names}

    def state(self, entity: object) -> dict[str, Json]:
        """Every named field."""
        return {name: dump(getattr(entity, name)) for name, dump in self._dump.items()}

    def dumped(self, values: Mapping[str, Any]) -> dict[str, Json]:
        """Field values as JSON."""
        return {name: dump(values[name]) for name, dump in self._dump.items()}

    def dumped_some(self, values: Mapping[str, Any]) -> dict[str, Json]:
        """Some field values as JSON."""
        return {name: self._dump[name](value) for name, value in values.items()}

    def differing(self, before: object, after: object) -> tuple[dict[str, Json], dict[str, Json]]:
        """The fields that differ, as they were and as they are."""
        names = [name for name in self.names if getattr(before, name) != getattr(after, name)]
        return (
            {name: self._dump[name](getattr(before, name)) for name in names},
            {name: self._dump[name](getattr(after, name)) for name in names},
        )

    def with_state(self, entity: Entity, state: State) -> Entity:
        """The entity with these fields as the state says."""
        return replace(entity, **self.values(state))  # type: ignore[type-var]

    def values(self, state: State) -> dict[str, Any]:
        """The state as field values."""
        return {name: self._load[name](value) for name, value in state.items() if name in self._load}


@lru_cache(maxsize=64)  # one change has the same few moments in several places, and so have those around it
def moment(value: datetime) -> str:
    """RFC 3339 in UTC, with microseconds where there are any: as the wire writes it."""
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _bare(hint: Any) -> Any:
    """The type itself: without None beside it, of a NewType what it renames."""
    if get_origin(hint) is Union or type(hint).__name__ == "UnionType":
        (hint,) = (part for part in get_args(hint) if part is not NoneType)
    return getattr(hint, "__supertype__", hint)


def _optional(convert: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: None if value is None else convert(value)


def _dumper(hint: Any) -> Callable[[Any], Json]:
    kind = _bare(hint)
    if get_origin(kind) is frozenset:
        return _sorted
    if get_origin(kind) is tuple:
        return _listed
    if kind is datetime:
        return _optional(moment)
    if kind is date:
        return _optional(date.isoformat)
    if kind is UUID or issubclass(kind, StrEnum):
        return _optional(str)
    return _same


def _loader(hint: Any) -> Callable[[Json], Any]:
    kind = _bare(hint)
    if get_origin(kind) is frozenset:
        member = _bare(get_args(kind)[0])
        return lambda value: frozenset(member(item) for item in value)
    if get_origin(kind) is tuple:
        part = get_args(kind)[0]
        return lambda value: tuple(part(**item) for item in value)
    if kind is datetime:
        return _optional(datetime.fromisoformat)
    if kind is date:
        return _optional(date.fromisoformat)
    if kind is UUID or issubclass(kind, StrEnum):
        return _optional(kind)
    return _same


def _sorted(values: frozenset[Any]) -> Json:
    return sorted(str(value) for value in values)


def _listed(values: tuple[Any, ...]) -> Json:
    return [
        asdict(value) if is_dataclass(value) and not isinstance(value, type) else value for value in values
    ]


def _same(value: Any) -> Any:
    return value
