"""JSON that means one thing only to every reader (RFC 8259, section 4; RFC 8725, section 2.4)."""

import json
from collections.abc import Sequence
from math import isfinite
from typing import NoReturn


class DuplicateMemberError(ValueError):
    """An object names a member twice: readers would disagree about its value."""


def strict_json(raw: bytes) -> object:
    """The value of UTF-8 JSON. Raises ValueError; DuplicateMemberError where that is why, at any depth.

    NaN, Infinity and numbers too large for a float are not JSON values here.
    """
    try:
        return _DECODER.decode(raw.decode())
    except RecursionError:
        # Thousands of open brackets fit into a small token.
        raise ValueError("nested too deeply") from None


def _members(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise DuplicateMemberError("a member is named twice")
    return members


def _finite(text: str) -> float:
    value = float(text)
    if not isfinite(value):
        raise ValueError("a number is out of range")
    return value


def _no_constant(_text: str) -> NoReturn:
    raise ValueError("not a JSON value")


_DECODER = json.JSONDecoder(object_pairs_hook=_members, parse_float=_finite, parse_constant=_no_constant)
