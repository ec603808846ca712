"""When to stop."""

import asyncio
import signal
from collections.abc import Callable


def when_told(act: Callable[[], None]) -> None:
    """At SIGTERM and SIGINT do this, in the running loop, instead of what they do else."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        try:
            loop.add_signal_handler(number, act)
        except NotImplementedError:  # Windows
            signal.signal(number, lambda _, __: loop.call_soon_threadsafe(act) and None)
