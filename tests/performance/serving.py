"""Serve what Remit is held against, exactly as `remit serve` serves: `... bare | plain | hello SERVER [workers]`."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Callable
from typing import Any

from entrypoints import with_granian, with_hypercorn
from entrypoints.server import loop_factory, settled
from entrypoints.sockets import listen, url_of
from entrypoints.values import ServerName
from tests.performance.variants import PLAIN


def bare() -> Any:
    from tests.performance.bare import bare

    return bare()


def plain() -> Any:
    from tests.performance.plain import plain

    return plain(int(os.environ["REMIT_DATABASE_POOL_SIZE"]))


def hello() -> Any:
    from tests.performance.hello import hello

    return hello


APPLICATIONS: dict[str, Callable[[], Any]] = {"bare": bare, PLAIN: plain, "hello": hello}


def main(name: str, server: str, workers: int = 1) -> None:
    listening = listen("127.0.0.1", 0)
    url = url_of(listening)
    if workers == 1:
        print(f"Serving on {url}", flush=True)
        _serve(name, server, listening)
        return
    children = [_forked(name, server, listening) for _ in range(workers)]
    signal.signal(signal.SIGTERM, lambda *_: [os.kill(child, signal.SIGTERM) for child in children])
    print(f"Serving on {url}", flush=True)
    for child in children:
        os.waitpid(child, 0)


def _forked(name: str, server: str, listening: socket.socket) -> int:
    child = os.fork()
    if child == 0:
        _serve(name, server, listening)
        os._exit(0)
    return child


def _serve(name: str, server: str, listening: socket.socket) -> None:
    application = APPLICATIONS[name]()
    if name != PLAIN:  # what people write leaves the garbage collector as it is
        settled()
    run = with_granian.run if server == ServerName.GRANIAN else with_hypercorn.run
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        runner.run(_until_told(run, application, listening))


async def _until_told(run: Any, application: Any, listening: socket.socket) -> None:
    told = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, told.set)
    await run(application, listening, told.wait)


if __name__ == "__main__":
    main(*sys.argv[1:3], *(int(number) for number in sys.argv[3:]))
