"""How much is measured: from the environment, so that a small machine or a test can ask for less."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace


@dataclass(frozen=True, slots=True)
class Sizes:
    """`accounts` of `tasks` each; `rounds` of `seconds` for each variant, from `connections` at once.

    Before them so many `warm` ones that do not count.
    """

    accounts: int = 1000
    tasks: int = 1000
    rounds: int = 7
    seconds: float = 0.35
    connections: int = 16
    warm: int = 1

    @classmethod
    def of(cls, environment: Mapping[str, str] = os.environ, default: "Sizes | None" = None) -> "Sizes":
        """BENCH_ACCOUNTS and so on, over the defaults. Raises ValueError for what is no number."""
        given = {}
        for field in fields(cls):
            text = environment.get(f"BENCH_{field.name.upper()}")
            if text:
                given[field.name] = type(field.default)(text)
        return replace(default or cls(), **given)
