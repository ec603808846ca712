"""What is measured of a variant, round by round, and the medians of it."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field, fields
from statistics import median
from typing import Any

from tests.performance.generator import Load
from tests.performance.pgbench import Limit

MICRO, MILLI = 1e6, 1e3


@dataclass(frozen=True, slots=True)
class Figures:
    """One round. CPU in microseconds a request, latencies and database time in milliseconds.

    `database` is what PostgreSQL says that statements took, planning and execution, for one request; None
    where many ran at once and waited for each other.
    """

    rate: float
    p50: float
    p99: float
    server: float
    postgres: float
    generator: float = 0.0
    database: float | None = None

    @property
    def cpu(self) -> float:
        """Server and PostgreSQL together."""
        return self.server + self.postgres

    @classmethod
    def of(cls, load: Load, server: float, postgres: float, database: float | None) -> "Figures":
        """From seconds of CPU and milliseconds of statements for all the requests of a round."""
        return cls(
            rate=load.requests / load.seconds,
            p50=load.p50 * MILLI,
            p99=load.p99 * MILLI,
            server=server / load.requests * MICRO,
            postgres=postgres / load.requests * MICRO,
            generator=load.cpu / load.requests * MICRO,
            database=None if database is None else database / load.requests,
        )

    @classmethod
    def of_limit(cls, limit: Limit) -> "Figures":
        """Of pgbench, which has no server beside PostgreSQL."""
        return cls(limit.rate, limit.p50 * MILLI, limit.p99 * MILLI, 0.0, limit.cpu * MICRO)


@dataclass(frozen=True, slots=True)
class Variant:
    """What is measured: an operation, by whom, on which server of how many workers, from so many connections.

    `of` is whose tasks, where there are several databases.
    """

    operation: str
    by: str
    server: str
    workers: int
    connections: int
    of: str = ""
    rounds: list[Figures] = field(default_factory=list)

    @property
    def name(self) -> str:
        """As the table shows it."""
        return ", ".join(filter(None, (self.operation, self.of, self.by)))

    @property
    def medians(self) -> Figures:
        """Each figure's median over the rounds."""
        columns = {one.name: [getattr(round_, one.name) for round_ in self.rounds] for one in fields(Figures)}
        return Figures(
            **{name: None if None in column else median(column) for name, column in columns.items()}
        )

    def told(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self) | {"medians": asdict(self.medians)}


def ratios(a: Variant, b: Variant, figure: Callable[[Figures], float]) -> list[float]:
    """a/b in each round, sorted: the two were measured one soon after the other."""
    return sorted(figure(one) / figure(other) for one, other in zip(a.rounds, b.rounds, strict=True))
