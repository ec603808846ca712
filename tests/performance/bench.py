"""One run: a database, the servers, and rounds in which every variant has its turn."""

import asyncio
import time
from collections.abc import AsyncGenerator, Generator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from adapters.tokens.development import DevelopmentIssuer
from tests.performance.data import SEARCHED, Owner, owners, seed
from tests.performance.database import Database, database
from tests.performance.figures import Figures, Variant
from tests.performance.generator import LoadGenerator, generator
from tests.performance.pgbench import Scripts, limit
from tests.performance.recording import recorded
from tests.performance.requests import Asked
from tests.performance.servers import Server, environment_for, running
from tests.performance.sizes import Sizes
from tests.performance.variants import (
    JOURNAL,
    KEYED,
    PGBENCH,
    PLAIN,
    READS,
    REMIT,
    read_variants,
    write_variants,
)

# When no further round begins, and when everything ends, whatever hangs.
BUDGET_SECONDS, DEADLINE_SECONDS = 265, 297
READS_SHARE = 0.6
# Of a round that does not count.
_WARM_SECONDS = 0.1
# pgbench takes 128 scripts; so many accounts are as good as all.
_SCRIPTS = 100


Frame = tuple[str, str, int]
"""What is served, on which server, on how many workers."""


class Bench:
    """Everything that runs while it lasts. `until` is when no further round begins, by the monotonic clock."""

    def __init__(self, sizes: Sizes, world: Database, people: Mapping[str, Sequence[Owner]]) -> None:
        self.sizes = sizes
        self.world = world
        self._people = people
        self._completed = 0
        self._load: LoadGenerator
        self._servers: Mapping[tuple[str, Frame], Server] = {}
        self.scripts: Mapping[str, Scripts] = {}

    @asynccontextmanager
    async def serving(
        self, variants: Sequence[Variant], environments: Mapping[str, Mapping[str, str]]
    ) -> AsyncGenerator[None]:
        """All the servers that they need, each of the database that its environment names."""
        wanted = sorted({(one.of, _frame(one)) for one in variants if one.by != PGBENCH})
        async with generator() as self._load, AsyncExitStack() as stack:
            async with asyncio.TaskGroup() as starting:
                started = {
                    (of, frame): starting.create_task(
                        stack.enter_async_context(running(*frame, environments[of]))
                    )
                    for of, frame in wanted
                }
            self._servers = {key: server.result() for key, server in started.items()}
            yield

    async def rounds(self, variants: Sequence[Variant], until: float) -> None:
        """Rounds that do not count, then those that do, every other one backwards.

        There are fewer of them, but at least one, where the next would not end in time.
        """
        for number in range(-self.sizes.warm, self.sizes.rounds):
            began = time.monotonic()
            for variant in variants if number % 2 else reversed(variants):
                figures = await self.measured(variant, self.sizes.seconds if number >= 0 else _WARM_SECONDS)
                if number >= 0:
                    variant.rounds.append(figures)
            now = time.monotonic()
            if number >= 0 and now + (now - began) > until:
                return

    async def measured(self, variant: Variant, seconds: float) -> Figures:
        """One round of one variant."""
        if variant.by == PGBENCH:
            scripts = self.scripts[variant.operation]
            return Figures.of_limit(await limit(self.world, scripts, variant.connections, seconds))
        server = self._servers[variant.of, _frame(variant)]
        await self._load.prepare(
            server.port, _operation(variant), self._asked(variant), variant.connections, seconds
        )
        await self.world.forget()
        ours, theirs = server.cpu(), self.world.cpu()
        load = await self._load.go()
        ours, theirs = server.cpu() - ours, self.world.cpu() - theirs
        statements = await self.world.statements()
        if variant.operation == "complete":
            self._completed += load.sent
        return Figures.of(load, ours, theirs, statements.milliseconds if variant.connections == 1 else None)

    def _asked(self, variant: Variant) -> Asked:
        people = self._people[variant.of]
        tokens = [owner.token for owner in (people[:SEARCHED] if variant.operation == "search" else people)]
        return Asked(tokens, self.sizes.tasks, self._completed, keyed=variant.by == KEYED)


def _frame(variant: Variant) -> Frame:
    served = {JOURNAL: REMIT, KEYED: REMIT}.get(variant.by, variant.by)
    return served, variant.server, variant.workers


def _operation(variant: Variant) -> str:
    return f"plain_{variant.operation}" if variant.by == PLAIN else variant.operation


async def run(sizes: Sizes, workers_of: Sequence[int] = (1, 2)) -> list[Variant]:
    """Measure everything. Raises TimeoutError after DEADLINE_SECONDS."""
    began = time.monotonic()
    reads = read_variants(sizes.connections, workers_of)
    writes = write_variants(sizes.connections, workers_of)
    async with asyncio.timeout(DEADLINE_SECONDS):
        with home() as folder, TemporaryDirectory() as scripts:
            async with database(folder / "postgres") as world:
                people = owners(DevelopmentIssuer.open(folder / "issuer.jwk"), sizes.accounts)
                await seed(world.admin, people, sizes.tasks)
                bench = Bench(sizes, world, {"": people})
                bench.scripts = await _limits(bench, folder, people, Path(scripts))
                async with bench.serving([*reads, *writes], {"": environment_for(folder, world.app, sizes)}):
                    now = time.monotonic()
                    left = began + BUDGET_SECONDS - now
                    await bench.rounds(reads, now + left * READS_SHARE)
                    await bench.rounds(writes, began + BUDGET_SECONDS)
    return [*reads, *writes]


async def _limits(
    bench: Bench, folder: Path, people: Sequence[Owner], scripts: Path
) -> Mapping[str, Scripts]:
    sent = await recorded(bench.world, folder, people[:_SCRIPTS], bench.sizes.tasks, READS)
    return {operation: Scripts(_made(scripts / operation), found) for operation, found in sent.items()}


@contextmanager
def home() -> Generator[Path]:
    """A folder for all that a run keeps."""
    with TemporaryDirectory(prefix="remit-bench-") as directory:
        made = Path(directory)
        # PostgreSQL does not run as root: whoever it runs as must be able to pass through.
        made.chmod(0o711)
        yield made


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder
