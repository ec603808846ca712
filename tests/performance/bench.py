"""One run: a database, the servers, and rounds in which every variant has its turn."""

import asyncio
import os
import time
from collections.abc import AsyncGenerator, Generator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from adapters.clock import SystemClock, UuidV7
from adapters.postgres.engine import pool
from adapters.postgres.uow import PostgresUnits
from adapters.postgres.url import DatabaseUrl
from adapters.seal import HmacSeal
from adapters.tokens.development import DevelopmentIssuer
from application.tasks import Tasks
from domain.access import ALL_SCOPES, Actor, Via
from tests.performance.data import Owner, owners, seed, task_id
from tests.performance.database import Database, database
from tests.performance.figures import Figures, Variant
from tests.performance.generator import LoadGenerator, generator
from tests.performance.pgbench import Scripts, Sent, limit, recorded
from tests.performance.requests import Asked
from tests.performance.servers import Server, environment_for, running
from tests.performance.sizes import Sizes

# When no further round begins, and when everything ends, whatever hangs.
BUDGET_SECONDS, DEADLINE_SECONDS = 240, 290
PGBENCH = "pgbench"
BARE, JOURNAL, KEYED = "bare", "journal", "journal and key"
WRITES = ("create", "complete", "batch")
READS = ("page", "one")
# pgbench takes 128 scripts; so many accounts are as good as all.
_SCRIPTS = 64


class Bench:
    """Everything that runs while it lasts."""

    def __init__(self, sizes: Sizes, world: Database, people: Sequence[Owner], load: LoadGenerator) -> None:
        self.sizes = sizes
        self.world = world
        self.people = people
        self._load = load
        self._completed = 0
        self._servers: Mapping[tuple[str, int], Server] = {}
        self._scripts: Mapping[str, Scripts] = {}

    async def rounds(
        self,
        servers: Mapping[tuple[str, int], Server],
        variants: Sequence[Variant],
        until: float,
        scripts: Mapping[str, Scripts] | None = None,
    ) -> None:
        """Rounds that do not count, then those that do, every other one backwards.

        There are fewer of them, but at least one, where the next would not end in time.
        """
        self._servers, self._scripts = servers, scripts or {}
        for number in range(-self.sizes.warm, self.sizes.rounds):
            began = time.monotonic()
            for variant in variants if number % 2 else reversed(variants):
                figures = await self.measured(variant)
                if number >= 0:
                    variant.rounds.append(figures)
            now = time.monotonic()
            if number >= 0 and now + (now - began) > until:
                return

    async def measured(self, variant: Variant) -> Figures:
        """One round of one variant."""
        if variant.by == PGBENCH:
            scripts = self._scripts[variant.operation]
            return Figures.of_limit(await limit(self.world, scripts, variant.connections, self.sizes.seconds))
        server = self._servers[_served_by(variant), variant.workers]
        await self._load.prepare(
            server.port, _operation(variant), self._asked(variant), variant.connections, self.sizes.seconds
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
        tokens = [owner.token for owner in self.people]
        return Asked(tokens, self.sizes.tasks, self._completed, keyed=variant.by == KEYED)


def _served_by(variant: Variant) -> str:
    return {JOURNAL: "remit", KEYED: "remit"}.get(variant.by, variant.by)


def _operation(variant: Variant) -> str:
    return f"plain_{variant.operation}" if variant.by == "plain" else variant.operation


def read_variants(connections: int, workers_of: Sequence[int]) -> list[Variant]:
    """Each read by Remit and by the plain route, on so many workers each, and its limits on both sides."""
    served = [
        Variant(operation, by, workers, connections)
        for operation in READS
        for workers in workers_of
        for by in ("remit", "plain")
    ]
    floors = [Variant("hello", "hello", workers, connections) for workers in workers_of]
    return [*served, *floors, *(Variant(operation, PGBENCH, 0, connections) for operation in READS)]


def write_variants(connections: int) -> list[Variant]:
    """Each write without a journal, with it, and with an answer kept under a key."""
    return [
        Variant(operation, by, 1, at_once)
        for at_once in (connections, 1)
        for operation in WRITES
        for by in (BARE, JOURNAL, KEYED)
    ]


async def run(sizes: Sizes, workers_of: Sequence[int] = (1, 2)) -> list[Variant]:
    """Measure everything. Raises TimeoutError after DEADLINE_SECONDS."""
    began = time.monotonic()
    async with asyncio.timeout(DEADLINE_SECONDS), _world(sizes) as (bench, environment):
        reads, writes = read_variants(sizes.connections, workers_of), write_variants(sizes.connections)
        with TemporaryDirectory() as folder:
            scripts = {
                operation: Scripts(_made(Path(folder) / operation), sent)
                for operation, sent in (await _sent(bench)).items()
            }
            async with _all(reads, environment) as servers:
                await bench.rounds(servers, reads, began + BUDGET_SECONDS / 2, scripts)
        async with _all(writes, environment) as servers:
            await bench.rounds(servers, writes, began + BUDGET_SECONDS)
        return [*reads, *writes]


@asynccontextmanager
async def _world(sizes: Sizes) -> AsyncGenerator[tuple[Bench, Mapping[str, str]]]:
    with _home() as home:
        async with database(home / "postgres") as world, generator() as load:
            people = owners(DevelopmentIssuer.open(home / "issuer.jwk"), sizes)
            await seed(world.admin, people, sizes)
            yield Bench(sizes, world, people, load), environment_for(home, world, sizes)


@contextmanager
def _home() -> Generator[Path]:
    with TemporaryDirectory(prefix="remit-bench-") as directory:
        home = Path(directory)
        # PostgreSQL does not run as root: whoever it runs as must be able to pass through.
        home.chmod(0o711)
        yield home


@asynccontextmanager
async def _all(
    variants: Sequence[Variant], environment: Mapping[str, str]
) -> AsyncGenerator[Mapping[tuple[str, int], Server]]:
    wanted = sorted({(_served_by(one), one.workers) for one in variants if one.by != PGBENCH})
    async with AsyncExitStack() as stack:
        async with asyncio.TaskGroup() as starting:
            started = {
                one: starting.create_task(stack.enter_async_context(running(*one, environment)))
                for one in wanted
            }
        yield {one: server.result() for one, server in started.items()}


async def _sent(bench: Bench) -> Mapping[str, Sequence[Sequence[Sent]]]:
    """What Remit sends for each read, account by account: seen as it is sent, not written down again."""
    engine = pool(DatabaseUrl.parse(bench.world.app), size=1)
    tasks = Tasks(PostgresUnits(engine), SystemClock(), UuidV7(), HmacSeal(os.urandom(32)))
    found: dict[str, list[Sequence[Sent]]] = {operation: [] for operation in READS}
    try:
        for owner in bench.people[:_SCRIPTS]:
            actor = Actor(
                account_id=owner.account_id,
                issuer=DevelopmentIssuer.ISSUER,
                subject=owner.subject,
                scopes=ALL_SCOPES,
                via=Via.WEB,
            )
            async with recorded(engine) as page:
                await tasks.list(actor)
            async with recorded(engine) as one:
                await tasks.get(actor, task_id(owner.number, bench.sizes.tasks // 2))
            found["page"].append(page)
            found["one"].append(one)
    finally:
        await engine.dispose()
    if any(len(sent) < 2 for sent in (*found["page"], *found["one"])):
        raise RuntimeError("a read did not say who asks and what it wants")
    return found


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder
