"""What came out: a table, the ratios that count, and whether the targets are reached."""

import json
import os
import platform
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from tests.performance.figures import Figures, Variant, ratios
from tests.performance.sizes import Sizes
from tests.performance.variants import (
    ALSO_PLAIN,
    BARE,
    HELLO,
    JOURNAL,
    KEYED,
    PGBENCH,
    PLAIN,
    READS,
    REMIT,
    SERVERS,
    WEIGHED,
)

OVERHEAD_MAX = 0.35
BATCH_MILLISECONDS_MAX = 12.0
PAGE_TO_PLAIN_MIN = {"hypercorn": 3.0, "granian": 4.5}
PAGE_TO_PGBENCH_MIN = {"hypercorn": 0.20, "granian": 0.30}
PAGE_MICROSECONDS_MAX = 650.0
# The quickest other server seen with the same page on such a machine: PocketBase.
PAGE_RATE_MIN = 1031.0


@dataclass(frozen=True, slots=True)
class Target:
    """Something to be reached. `at_most` or else at least."""

    what: str
    measured: float
    bound: float
    at_most: bool = False

    @property
    def reached(self) -> bool:
        return self.measured <= self.bound if self.at_most else self.measured >= self.bound

    def line(self) -> str:
        sign = "<=" if self.at_most else ">="
        return f"{'reached' if self.reached else 'MISSED ':8} {self.what}: {self.measured:.2f} ({sign} {self.bound:g})"


class Measured:
    """The variants of a run, to be found by what they are."""

    def __init__(self, variants: Sequence[Variant]) -> None:
        self.variants = variants

    def find(self, **named: Any) -> Variant:
        """The first that is so."""
        return next(
            one for one in self.variants if all(getattr(one, name) == value for name, value in named.items())
        )

    def ratios(self, one: Variant, other: Variant, figure: str = "rate") -> list[float]:
        """one/other in each round, sorted."""

        def pick(figures: Figures) -> float:
            return float(getattr(figures, figure))

        return ratios(one, other, pick)


class Report(Measured):
    """Of one run."""

    def __init__(self, sizes: Sizes, variants: Sequence[Variant]) -> None:
        super().__init__(variants)
        self._sizes = sizes

    def targets(self) -> list[Target]:
        """In the order of the table."""
        return [*self._of_pages(), *self._of_writes()]

    def text(self) -> str:
        """The table and what follows from it."""
        lines = [*heading(self._sizes, self.variants), *table(self.variants)]
        lines += ["", "Requests/s, as ratios; in brackets the middle half of the rounds:"]
        lines += self._reads()
        lines += ["", "What the journal, and the answer under a key, add to a bare write:"]
        lines += self._overheads()
        lines += ["", *(target.line() for target in self.targets())]
        return "\n".join(lines)

    def _of_pages(self) -> Iterator[Target]:
        pages = [one for one in self.variants if (one.operation, one.by) == (ALSO_PLAIN, REMIT)]
        most = max(one.workers for one in pages)
        for one in pages:
            where = f"page, {one.server}, workers {one.workers}"
            plain, limit = self._plain(one), self.find(operation=one.operation, by=PGBENCH)
            bound = PAGE_TO_PLAIN_MIN[one.server]
            yield Target(f"{where}, requests/s to the plain route's", median(self.ratios(one, plain)), bound)
            if one.workers == most:
                bound = PAGE_TO_PGBENCH_MIN[one.server]
                yield Target(f"{where}, requests/s to pgbench's", median(self.ratios(one, limit)), bound)
            if one.server == SERVERS[-1]:
                server = one.medians.server
                yield Target(f"{where}, us of the server's CPU", server, PAGE_MICROSECONDS_MAX, at_most=True)
        best = max(pages, key=lambda one: one.medians.rate)
        yield Target(
            f"page, {best.server}, workers {best.workers}, requests/s", best.medians.rate, PAGE_RATE_MIN
        )

    def _of_writes(self) -> Iterator[Target]:
        for operation in WEIGHED:
            what = f"{operation}, CPU of the journal and the key to a bare write"
            overhead = median(self._added(operation, KEYED, "cpu"))
            yield Target(what, overhead, OVERHEAD_MAX, at_most=True)
        alone = next(one for one in self.variants if one.medians.database is not None)
        took = alone.medians.database or 0.0
        yield Target("batch of 100 creates, ms of database time", took, BATCH_MILLISECONDS_MAX, at_most=True)

    def write(self, path: Path) -> None:
        """As JSON, with every round."""
        write(path, self._sizes, self.variants, self.targets())

    def _reads(self) -> list[str]:
        head = f"{'':36}{'to the plain route':>24}{'to pgbench':>24}{'CPU us beyond hello':>22}"
        lines = [head]
        for one in self.variants:
            if one.by != REMIT or one.operation not in READS:
                continue
            limit, floor = self.find(operation=one.operation, by=PGBENCH), self._same(one, HELLO, "hello")
            plain = _spread(self.ratios(one, self._plain(one))) if one.operation == ALSO_PLAIN else "-"
            beyond = one.medians.server - floor.medians.server
            name = f"{one.operation}, {one.server}, workers {one.workers}"
            lines.append(f"{name:36}{plain:>24}{_spread(self.ratios(one, limit)):>24}{beyond:>22.0f}")
        return lines

    def _overheads(self) -> list[str]:
        lines = [f"{'':28}{'server CPU':>12}{'PostgreSQL CPU':>16}{'both':>8}   middle half of the rounds"]
        for operation in WEIGHED:
            for by in (JOURNAL, KEYED):
                server, postgres, both = (
                    median(self._added(operation, by, figure)) for figure in ("server", "postgres", "cpu")
                )
                low, high = _middle(self._added(operation, by, "cpu"))
                lines.append(
                    f"{operation + ', ' + by:28}{server:>12.0%}{postgres:>16.0%}{both:>8.0%}"
                    f"   {low:.0%} to {high:.0%}"
                )
        return lines

    def _added(self, operation: str, by: str, figure: str) -> list[float]:
        bare = self.find(operation=operation, by=BARE)
        one = self._same(bare, by, operation)
        return [ratio - 1 for ratio in self.ratios(one, bare, figure)]

    def _plain(self, one: Variant) -> Variant:
        return self._same(one, PLAIN, one.operation)

    def _same(self, one: Variant, by: str, operation: str) -> Variant:
        """What is measured by another in the same frame."""
        frame = {"server": one.server, "workers": one.workers, "connections": one.connections}
        return self.find(operation=operation, by=by, **frame)


def _middle(sorted_: Sequence[float]) -> tuple[float, float]:
    return sorted_[len(sorted_) // 4], sorted_[len(sorted_) * 3 // 4]


def _spread(sorted_: Sequence[float]) -> str:
    low, high = _middle(sorted_)
    return f"{median(sorted_):.2f} ({low:.2f} to {high:.2f})"


def heading(sizes: Sizes, variants: Sequence[Variant]) -> list[str]:
    """On what, how much, and how often."""
    counted = sorted({len(one.rounds) for one in variants})
    return [machine(), str(sizes), f"medians of {' to '.join(map(str, counted))} rounds", ""]


def table(variants: Sequence[Variant]) -> list[str]:
    """Every variant's medians."""
    head = f"{'':28}{'server':>10}{'workers':>8}{'at once':>8}{'req/s':>8}{'p50 ms':>8}{'p99 ms':>8}"
    lines = [f"{head}{'server us':>11}{'PG us':>8}{'load us':>8}{'db ms':>8}"]
    for one in variants:
        m = one.medians
        lines.append(
            f"{one.name:28}{one.server:>10}{one.workers or '-':>8}{one.connections:>8}"
            f"{m.rate:>8.0f}{m.p50:>8.2f}{m.p99:>8.2f}"
            f"{m.server:>11.0f}{m.postgres:>8.0f}{m.generator:>8.0f}"
            f"{'-' if m.database is None else format(m.database, '.2f'):>8}"
        )
    return lines


def write(path: Path, sizes: Sizes, variants: Sequence[Variant], targets: Sequence[Target]) -> None:
    """As JSON, with every round."""
    told: dict[str, Any] = {
        "at": datetime.now(UTC).isoformat(),
        "machine": machine(),
        "sizes": asdict(sizes),
        "variants": [variant.told() for variant in variants],
        "targets": [asdict(target) | {"reached": target.reached} for target in targets],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(told, indent=1) + "\n")


def machine() -> str:
    return f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}"
