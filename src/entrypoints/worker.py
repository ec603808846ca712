"""What works without being asked: in processes of its own, in development also beside the server."""

import asyncio
import random
import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager

import structlog

from application.maintenance import Tally
from domain.errors import Unavailable
from entrypoints.container import Container, of_worker
from entrypoints.settings import Settings
from entrypoints.signals import when_told

IDLE_SECONDS = 60.0
"""Between looks for what is due: half of it to one and a half, so that workers do not all come at once."""
AGAIN_SECONDS = (1.0, 30.0)
"""After the database did not answer, at first and at most."""

log = structlog.get_logger("remit.worker")


class Worker:
    """Round after round until it is told to stop, whatever goes wrong meanwhile. For one thread at a time."""

    def __init__(self, container: Container) -> None:
        self._container = container
        self._stopped = asyncio.Event()

    def stop(self) -> None:
        """Finish the step under way, and end. Called in the loop."""
        self._stopped.set()

    async def run(self) -> None:
        """Work until `stop`."""
        again = AGAIN_SECONDS[0]
        while not self._stopped.is_set():
            try:
                tallies = await self._round()
            except Unavailable:
                log.warning("the database does not answer", again_in=again)
                await self._rest(again)
                again = min(2 * again, AGAIN_SECONDS[1])
                continue
            again = AGAIN_SECONDS[0]
            if not any(tally.more for tally in tallies.values()):
                await self._rest(IDLE_SECONDS)

    async def run_once(self) -> bool:
        """Do all that is due; whether nothing stood in the way. Raises Unavailable."""
        whole = True
        more = True
        while more and not self._stopped.is_set():
            tallies = await self._round()
            whole = whole and not any(tally.problems for tally in tallies.values())
            more = any(tally.more for tally in tallies.values())
        return whole

    async def _round(self) -> Mapping[str, Tally]:
        tallies = await self._container.maintenance().round(self._stopped)
        for name, tally in tallies.items():
            if tally.problems:
                log.error("a job met problems", job=name, problems=tally.problems, done=tally.done)
            elif tally.done:
                log.info("a job was done", job=name, done=tally.done, steps=tally.steps)
        return tallies

    async def _rest(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds * random.uniform(0.5, 1.5)):  # noqa: S311 - no secret
                await self._stopped.wait()
        except TimeoutError:
            pass


def work(container: Container, *, once: bool) -> bool:
    """Work in this process until a signal, or `once` until nothing is due; whether all went well."""
    return asyncio.run(_until_told(container, once=once))


async def _until_told(container: Container, *, once: bool) -> bool:
    worker = Worker(container)
    when_told(worker.stop)
    try:
        if once:
            return await worker.run_once()
        await worker.run()
    finally:
        for close in container.closers():
            await close()
    return True


@contextmanager
def beside(settings: Settings) -> Generator[None]:
    """In development, a worker in a thread of the process that was started: one, however many serve."""
    if not settings.development:
        yield
        return
    thread = _Thread(of_worker(settings))
    thread.start()
    try:
        yield
    finally:
        thread.stop()


class _Thread:
    """A worker with a loop of its own."""

    def __init__(self, container: Container) -> None:
        self._container = container
        self._loop = asyncio.new_event_loop()
        self._worker = Worker(container)
        self._thread = threading.Thread(target=self._run, name="remit worker", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Wait for the step under way."""
        self._loop.call_soon_threadsafe(self._worker.stop)
        self._thread.join()
        self._loop.close()

    def _run(self) -> None:
        self._loop.run_until_complete(self._work())

    async def _work(self) -> None:
        try:
            await self._worker.run()
        finally:
            for close in self._container.closers():
                await close()
