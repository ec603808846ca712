"""Cursors of lists that are newest first: where the next page begins, for whom, and of which list."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Protocol
from uuid import UUID

from application.ports import Seal
from application.views import PAGE_MAX, Position
from domain.access import Actor
from domain.errors import Invalid, InvalidCursor, Violation

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Listed(Protocol):
    """Something that lists sort by its time, then its id."""

    @property
    def created_at(self) -> datetime: ...

    @property
    def id(self) -> UUID: ...


class Cursors:
    """Of one kind of list. A cursor is good for the account and the parameters that it was made for."""

    def __init__(self, seal: Seal, kind: str) -> None:
        self._seal = seal
        self._kind = kind

    def close(self, actor: Actor, parameters: Sequence[str], last: Listed) -> str:
        """The place after an item."""
        return self.close_at(actor, parameters, last.created_at, last.id)

    def close_at(self, actor: Actor, parameters: Sequence[str], at: datetime, last_id: UUID) -> str:
        """The place after what has this time and this id."""
        microseconds = (at - _EPOCH) // timedelta(microseconds=1)
        value = microseconds.to_bytes(8, signed=True) + last_id.bytes
        return self._seal.close(self._kind, _context(actor, parameters), value)

    def open(self, actor: Actor, parameters: Sequence[str], cursor: str | None) -> Position | None:
        """The place; None for none. Raises InvalidCursor."""
        if cursor is None:
            return None
        value = self._seal.open(self._kind, _context(actor, parameters), cursor)
        if value is None:
            raise InvalidCursor
        created_at = _EPOCH + timedelta(microseconds=int.from_bytes(value[:8], signed=True))
        return Position(created_at, UUID(bytes=value[8:]))


def check_limit(limit: int, most: int = PAGE_MAX) -> None:
    """Raises Invalid for a page that is empty or too large."""
    if not 1 <= limit <= most:
        raise Invalid([Violation("/limit", "out_of_range", f"Must be from 1 to {most}.")])


def _context(actor: Actor, parameters: Sequence[str]) -> bytes:
    """What a cursor is bound to: whose list it is, and which."""
    return json.dumps([str(actor.account_id), list(parameters)]).encode()
