"""What every business error has: a stable code and a kind.

Only an entrypoint knows which status or protocol error a kind becomes.
"""

from enum import Enum, auto
from typing import ClassVar


class Kind(Enum):
    """What a caller can do about an error."""

    MALFORMED = auto()  # the request itself cannot be read
    INVALID = auto()  # read, but a value breaks a rule
    UNAUTHENTICATED = auto()
    FORBIDDEN = auto()
    NOT_FOUND = auto()
    GONE = auto()  # it was there, and is not kept any more
    CONFLICT = auto()  # the state of things forbids it
    STALE = auto()  # a stated precondition no longer holds
    UNAVAILABLE = auto()  # try again later


class RemitError(Exception):
    """A refusal that a caller is meant to understand. `detail` never holds a rejected value."""

    code: ClassVar[str]
    kind: ClassVar[Kind]
    title: ClassVar[str]

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail
