"""I-JSON (RFC 7493) of a text: no member twice, no NaN, no number that is too large."""

import json
from typing import Any, NoReturn


class NotIJson(Exception):
    """Its text goes on from "This": what is wrong. `at` is where, in code points, if that is known."""

    def __init__(self, wrong: str, at: int | None = None) -> None:
        super().__init__(wrong)
        self.at = at


def read(text: str) -> Any:
    """What the text says. Raises NotIJson."""
    try:
        return json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant, parse_float=_finite)
    except json.JSONDecodeError as error:
        raise NotIJson(f"is not JSON: line {error.lineno}, column {error.colno}.", error.pos) from None
    except RecursionError:
        raise NotIJson("is nested too deeply.") from None
    except ValueError:  # an integer of thousands of digits
        raise NotIJson("holds a number that is too long.") from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise NotIJson("has an object with a member twice.")
    return members


def _no_constant(_: str) -> NoReturn:
    raise NotIJson("holds NaN or Infinity, which are not JSON.")


def _finite(text: str) -> float:
    number = float(text)
    if number in {float("inf"), float("-inf")}:
        raise NotIJson("holds a number that is too large.")
    return number
