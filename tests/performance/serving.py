"""Serve what Remit is held against, exactly as `remit serve` serves: `... bare | plain | hello [workers]`."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Callable
from typing import Any

from hypercorn.asyncio import serve

from entrypoints.server import _loop_factory, configuration, listen, url_of


def bare() -> Any:
    from tests.performance.bare import bare

    return bare()


def plain() -> Any:
    from tests.performance.plain import plain

    return plain(int(os.environ["REMIT_DATABASE_POOL_SIZE"]))


def hello() -> Any:
    from tests.performance.hello import hello

    return hello


APPLICATIONS: dict[str, Callable[[], Any]] = {"bare": bare, "plain": plain, "hello": hello}


def main(name: str, workers: int = 1) -> None:
    listening = listen("127.0.0.1", 0)
    url = url_of(listening)
    if workers == 1:
        print(f"Serving on {url}", flush=True)
        _serve(name, listening)
        return
    children = [_forked(name, listening) for _ in range(workers)]
    signal.signal(signal.SIGTERM, lambda *_: [os.kill(child, signal.SIGTERM) for child in children])
    print(f"Serving on {url}", flush=True)
    for child in children:
        os.waitpid(child, 0)


def _forked(name: str, listening: socket.socket) -> int:
    child = os.fork()
    if child == 0:
        _serve(name, listening)
        os._exit(0)
    return child


def _serve(name: str, listening: socket.socket) -> None:
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(_until_told(APPLICATIONS[name](), listening))


async def _until_told(application: Any, listening: socket.socket) -> None:
    told = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, told.set)

    async def stopping() -> None:
        await told.wait()

    await serve(application, configuration(listening), shutdown_trigger=stopping)


if __name__ == "__main__":
    main(sys.argv[1], *(int(number) for number in sys.argv[2:]))
