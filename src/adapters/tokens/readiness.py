"""Whether tokens can be verified."""

from collections.abc import Sequence

from adapters.tokens.issuers import Issuer
from application.ports import Check


class IssuerKeys(Check):
    """Every issuer's keys can be had."""

    name = "keys"

    def __init__(self, issuers: Sequence[Issuer]) -> None:
        self._issuers = issuers

    async def problem(self) -> str | None:
        found = [(issuer.issuer, await issuer.keys.problem()) for issuer in self._issuers]
        return "; ".join(f"{name}: {wrong}" for name, wrong in found if wrong is not None) or None
