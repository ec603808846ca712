"""Values as they are sent: what could be read in two ways is refused."""

import re
from datetime import date
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BeforeValidator
from pydantic_core import PydanticCustomError

from domain.text import text_violations


def _digits(given: object) -> object:
    if isinstance(given, str) and not re.fullmatch("[0-9]{1,9}", given):
        raise PydanticCustomError("not_digits", "not digits")
    return given


Digits = Annotated[int, BeforeValidator(_digits)]
"""A number in a query, as digits and nothing else: not 1_0, +1 or 1.0."""


def _dated(given: object) -> object:
    if not isinstance(given, str) or not re.match("[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ]", given):
        raise PydanticCustomError("not_a_time", "not a time")
    return given


Moment = Annotated[AwareDatetime, BeforeValidator(_dated)]
"""A time with an offset (RFC 3339), and not a number of seconds."""


def _day(given: object) -> object:
    if not isinstance(given, str) or not re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", given):
        raise PydanticCustomError("not_a_date", "not a date")
    return given


Day = Annotated[date, BeforeValidator(_day)]
"""A date (RFC 3339, full-date), and neither a time nor a number of seconds."""


def _one_line(given: str) -> str:
    if text_violations("", given, at_most=len(given)):
        raise PydanticCustomError("control_character", "control character")
    return given


Line = Annotated[str, AfterValidator(_one_line)]
"""Text without control characters, which neither a log nor the database should meet."""


def _flag(given: object) -> object:
    if isinstance(given, str) and given not in {"true", "false"}:
        raise PydanticCustomError("bool_parsing", "neither true nor false")
    return given


Flag = Annotated[bool, BeforeValidator(_flag)]
"""A flag in a query, as true or false and nothing else: not yes, 1 or on."""
