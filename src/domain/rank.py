"""Order: a rank is a string, compared byte by byte; between any two there is always another one.

The keys are those of fractional indexing: an integer, whose first letter tells its length, and a fraction.
"""

from fractional_indexing import (  # type: ignore[import-untyped]
    BASE_62_DIGITS,
    generate_key_between,
    generate_n_keys_between,
)

RANK_MAX = 40
"""Characters. Where a rank would be longer, its neighbours make room."""


def at_end(number: int) -> str:
    """The rank of what is put at an end as the number-th of its account: it grows with the number, from 0."""
    digits = ""
    rest = number
    while rest or not digits:
        rest, digit = divmod(rest, len(BASE_62_DIGITS))
        digits = BASE_62_DIGITS[digit] + digits
    return chr(ord("a") + len(digits) - 1) + digits


def number_in(rank: str) -> int:
    """The number of the last `at_end` that is not after the rank; -1 where all are."""
    if rank[0] < "a":
        return -1
    digits = rank[1 : ord(rank[0]) - ord("a") + 2]
    number = 0
    for digit in digits:
        number = number * len(BASE_62_DIGITS) + BASE_62_DIGITS.index(digit)
    # `at_end` never leads with a zero: before the first number of a length is the last shorter one.
    return max(number, _least(len(digits)) - 1)


def _least(length: int) -> int:
    """The first number of so many digits."""
    return 0 if length == 1 else len(BASE_62_DIGITS) ** (length - 1)


def between(before: str | None, after: str | None) -> str:
    """A rank after the one and before the other; None is the start, or the end."""
    return str(generate_key_between(before, after))


def spread(before: str | None, after: str | None, count: int) -> list[str]:
    """So many ranks between the two, short ones, in order."""
    return [str(key) for key in generate_n_keys_between(before, after, count)]
