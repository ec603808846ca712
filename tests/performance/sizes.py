"""How much is measured: from the environment, so that a small machine or a test can ask for less."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class Sizes:
    """`accounts` of `tasks` each; `rounds` of `seconds` for each variant, from `connections` at once."""

    accounts: int = 200
    tasks: int = 500
    rounds: int = 5
    seconds: float = 1.0
    connections: int = 16

    @classmethod
    def of(cls, environment: Mapping[str, str] = os.environ) -> "Sizes":
        """BENCH_ACCOUNTS and so on, over the defaults. Raises ValueError for what is no number."""
        given = {}
        for field in fields(cls):
            text = environment.get(f"BENCH_{field.name.upper()}")
            if text:
                given[field.name] = type(field.default)(text)
        return cls(**given)
