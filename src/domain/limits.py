"""How often somebody may ask."""

import re
from dataclasses import dataclass

_SECONDS = {"second": 1, "minute": 60, "hour": 3600}
_POLICY = re.compile(r"([1-9][0-9]{0,8})/(second|minute|hour)")


@dataclass(frozen=True, slots=True)
class Policy:
    """At most `amount` requests in any `seconds`. `name` says whose requests are counted together."""

    name: str
    amount: int
    seconds: int

    @classmethod
    def parse(cls, name: str, text: str) -> "Policy":
        """A policy written as `600/minute`. Raises ValueError."""
        match = _POLICY.fullmatch(text)
        if match is None:
            raise ValueError("must be a number per second, minute or hour, such as 600/minute")
        return cls(name, int(match[1]), _SECONDS[match[2]])


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a policy leaves to somebody: how many more, and in how many seconds there are more again."""

    policy: Policy
    allowed: bool
    remaining: int
    reset: int
