"""What came out: a table, the ratios that count, and whether the targets are reached."""

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from tests.performance.bench import BARE, JOURNAL, KEYED, PGBENCH, READS, WRITES
from tests.performance.figures import Figures, Variant, ratios
from tests.performance.sizes import Sizes

OVERHEAD_MAX = 0.35
BATCH_MILLISECONDS_MAX = 12.0
PAGE_TO_PLAIN_MIN = 3.0
PAGE_TO_PGBENCH_MIN = 0.20

Key = tuple[str, str, int]
"""A variant's operation, by whom, and on how many workers."""


@dataclass(frozen=True, slots=True)
class Target:
    """Something to be reached. `at_most` or else at least."""

    what: str
    measured: float
    bound: float
    at_most: bool

    @property
    def reached(self) -> bool:
        return self.measured <= self.bound if self.at_most else self.measured >= self.bound

    def line(self) -> str:
        sign = "<=" if self.at_most else ">="
        return f"{'reached' if self.reached else 'MISSED ':8} {self.what}: {self.measured:.2f} ({sign} {self.bound:g})"


class Report:
    """Of one run."""

    def __init__(self, sizes: Sizes, variants: Sequence[Variant]) -> None:
        self._sizes = sizes
        self._variants = variants

    def targets(self) -> list[Target]:
        """In the order of the table."""
        workers_of = sorted({one.workers for one in self._variants if one.by == "plain"})
        return [
            *(
                Target(
                    f"page, Remit to the plain route, workers {workers}, requests/s",
                    self._ratio(("page", "remit", workers), ("page", "plain", workers)),
                    PAGE_TO_PLAIN_MIN,
                    False,
                )
                for workers in workers_of
            ),
            Target(
                f"page, Remit to pgbench, workers {workers_of[-1]}, requests/s",
                self._ratio(("page", "remit", workers_of[-1]), ("page", PGBENCH, 0)),
                PAGE_TO_PGBENCH_MIN,
                False,
            ),
            *(
                Target(
                    f"{operation}, CPU of the journal and the key to a bare write",
                    self._overhead(operation, KEYED),
                    OVERHEAD_MAX,
                    True,
                )
                for operation in WRITES
            ),
            Target(
                "batch of 100 creates, ms of database time",
                self._database("batch", KEYED),
                BATCH_MILLISECONDS_MAX,
                True,
            ),
        ]

    def text(self) -> str:
        """The table and what follows from it."""
        counted = sorted({len(one.rounds) for one in self._variants})
        lines = [_machine(), str(self._sizes), f"medians of {' to '.join(map(str, counted))} rounds", ""]
        lines += _table(self._variants)
        lines += ["", "What the journal, and the answer under a key, add to a bare write:"]
        lines += self._overheads()
        lines += ["", "CPU of a read, server and PostgreSQL together, Remit to the plain route:"]
        lines += self._reads()
        lines += ["", *(target.line() for target in self.targets())]
        return "\n".join(lines)

    def write(self, path: Path) -> None:
        """As JSON, with every round."""
        told: dict[str, Any] = {
            "at": datetime.now(UTC).isoformat(),
            "machine": _machine(),
            "sizes": asdict(self._sizes),
            "variants": [variant.told() for variant in self._variants],
            "targets": [asdict(target) | {"reached": target.reached} for target in self.targets()],
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(told, indent=1) + "\n")

    def _overheads(self) -> list[str]:
        lines = [f"{'':28}{'server CPU':>12}{'PostgreSQL CPU':>16}{'both':>8}   middle half of the rounds"]
        for operation in WRITES:
            for by in (JOURNAL, KEYED):
                pair = (operation, by, 1), (operation, BARE, 1)
                server, postgres, both = (
                    self._ratio(*pair, figure) - 1 for figure in ("server", "postgres", "cpu")
                )
                all_ = self._ratios(*pair, "cpu")
                low, high = (all_[len(all_) * part // 4] - 1 for part in (1, 3))
                lines.append(
                    f"{operation + ', ' + by:28}{server:>12.0%}{postgres:>16.0%}{both:>8.0%}"
                    f"   {low:.0%} to {high:.0%}"
                )
        return lines

    def _reads(self) -> list[str]:
        return [
            f"{operation + ', workers ' + str(one.workers):28}{ratio:>12.2f}"
            for operation in READS
            for one in self._variants
            if (one.operation, one.by) == (operation, "plain")
            for ratio in [
                self._ratio((operation, "remit", one.workers), (operation, "plain", one.workers), "cpu")
            ]
        ]

    def _overhead(self, operation: str, by: str) -> float:
        return self._ratio((operation, by, 1), (operation, BARE, 1), "cpu") - 1

    def _database(self, operation: str, by: str) -> float:
        return self._find(operation, by, 1, alone=True).medians.database or 0.0

    def _ratio(self, one: Key, other: Key, figure: str = "rate") -> float:
        return median(self._ratios(one, other, figure))

    def _ratios(self, one: Key, other: Key, figure: str) -> list[float]:
        def pick(figures: Figures) -> float:
            return float(getattr(figures, figure))

        return ratios(self._find(*one), self._find(*other), pick)

    def _find(self, operation: str, by: str, workers: int, *, alone: bool = False) -> Variant:
        many = [
            one
            for one in self._variants
            if (one.operation, one.by, one.workers) == (operation, by, workers)
            and (one.medians.database is not None) == alone
        ]
        return many[0]


def _table(variants: Sequence[Variant]) -> list[str]:
    head = f"{'':26}{'workers':>8}{'at once':>8}{'req/s':>8}{'p50 ms':>8}{'p99 ms':>8}"
    lines = [f"{head}{'server us':>11}{'PG us':>8}{'load us':>8}{'db ms':>8}"]
    for one in variants:
        m = one.medians
        lines.append(
            f"{one.name:26}{one.workers or '-':>8}{one.connections:>8}{m.rate:>8.0f}{m.p50:>8.2f}{m.p99:>8.2f}"
            f"{m.server:>11.0f}{m.postgres:>8.0f}{m.generator:>8.0f}"
            f"{'-' if m.database is None else format(m.database, '.2f'):>8}"
        )
    return lines


def _machine() -> str:
    return f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}"
