"""`make bench-growth`: the same page and search as the tasks grow, in all and of one account.

Databases of 10^4, 10^5 and 10^6 tasks, and of 10^7 with BENCH_LARGE=1, are asked in turn. One account of the
database of 10^6 has 100,000 more.
"""

import asyncio
import os
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

from adapters.tokens.development import DevelopmentIssuer
from entrypoints.logs import configure
from entrypoints.values import LogFormat, LogLevel
from tests.performance.bench import Bench, home
from tests.performance.data import owners, seed
from tests.performance.database import database
from tests.performance.figures import Variant
from tests.performance.report import Measured, Target, heading, table, write
from tests.performance.servers import environment_for
from tests.performance.sizes import Sizes
from tests.performance.variants import READS, REMIT, SERVERS

RESULT = Path(".remit") / "bench-growth.json"
SIZES = Sizes(rounds=9, seconds=1.0)
TOTALS = (10_000, 100_000, 1_000_000)
LARGE = 10_000_000
OF_ONE = 100_000
OPERATIONS = tuple(operation for operation in ("page", "search") if operation in READS)
PAGE_GROWTH_MAX = 1.3
SEARCH_MILLISECONDS_MAX = 30.0
# When no further round begins, and when everything ends; making ten million tasks takes minutes.
BUDGET_SECONDS, DEADLINE_SECONDS, LARGE_SECONDS = 250, 295, 1800


async def run(sizes: Sizes, totals: Sequence[int] = TOTALS, of_one: int = OF_ONE) -> list[Variant]:
    """Measure all. Raises TimeoutError after a deadline."""
    began, more = time.monotonic(), LARGE_SECONDS if LARGE in totals else 0
    among = max(total for total in totals if total <= max(TOTALS))
    async with asyncio.timeout(DEADLINE_SECONDS + more):
        with home() as folder:
            async with database(folder / "postgres") as world:
                issuer = DevelopmentIssuer.open(folder / "issuer.jwk")
                people, environments = {}, {}
                for total in totals:
                    await world.execute(f"CREATE DATABASE growth_{total} TEMPLATE remit")
                    name = f"{total:,}"
                    people[name] = owners(issuer, total // sizes.tasks)
                    await seed(_at(world.admin, total), people[name], sizes.tasks)
                    environments[name] = environment_for(folder, _at(world.app, total), sizes)
                name = f"{of_one:,} of one"
                people[name] = owners(issuer, 1, first=among // sizes.tasks)
                await seed(_at(world.admin, among), people[name], of_one)
                environments[name] = environment_for(folder, _at(world.app, among), sizes)
                variants = _variants(sizes, list(people))
                bench = Bench(sizes, world, people)
                async with bench.serving(variants, environments):
                    await bench.rounds(variants, began + BUDGET_SECONDS + more)
    return variants


def _variants(sizes: Sizes, names: Sequence[str]) -> list[Variant]:
    return [
        Variant(operation, REMIT, SERVERS[-1], 1, at_once, of=name)
        for at_once in (sizes.connections, 1)
        for operation in OPERATIONS
        for name in names
    ]


def _at(url: str, total: int) -> str:
    return urlsplit(url)._replace(path=f"/growth_{total}").geturl()


class Growth(Measured):
    """What came out."""

    def targets(self) -> list[Target]:
        """For as many at once as there are, and one at a time."""
        return [*self._of_pages(), *self._of_searches()]

    def _of_pages(self) -> list[Target]:
        names = [one.of for one in self.variants if one.operation == "page"]
        least, most = names[0], f"{max(TOTALS):,}"
        most = most if most in names else names[-2]
        found = []
        for at_once in self._at_once():
            one, other = (self.find(operation="page", of=of, connections=at_once) for of in (most, least))
            what = f"page, p99 at {most} tasks to that at {least}, {at_once} at once"
            ratio = median(self.ratios(one, other, "p99"))
            found.append(Target(what, ratio, PAGE_GROWTH_MAX, at_most=True))
        return found

    def _of_searches(self) -> list[Target]:
        if "search" not in OPERATIONS:
            return []
        found = []
        for at_once in self._at_once():
            one = [one for one in self.variants if (one.operation, one.connections) == ("search", at_once)][
                -1
            ]
            what = f"search, {one.of}, p99 ms, {at_once} at once"
            found.append(Target(what, one.medians.p99, SEARCH_MILLISECONDS_MAX, at_most=True))
        return found

    def _at_once(self) -> list[int]:
        return sorted({one.connections for one in self.variants}, reverse=True)


def main() -> None:
    configure(LogFormat.CONSOLE, LogLevel.ERROR)
    began = time.monotonic()
    sizes = Sizes.of(default=SIZES)
    totals = (*TOTALS, LARGE) if os.environ.get("BENCH_LARGE") == "1" else TOTALS
    variants = asyncio.run(run(sizes, totals))
    targets = Growth(variants).targets()
    write(RESULT, sizes, variants, targets)
    lines = [*heading(sizes, variants), *table(variants), "", *(target.line() for target in targets)]
    print("\n".join(lines))
    print(f"\n{time.monotonic() - began:.0f} s; every round is in {RESULT}")


if __name__ == "__main__":
    main()
