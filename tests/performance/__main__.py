"""`make bench`: measure, print the table, write .remit/bench.json."""

import asyncio
import time
from pathlib import Path

from entrypoints.logs import configure
from entrypoints.values import LogFormat, LogLevel
from tests.performance.bench import run
from tests.performance.report import Report
from tests.performance.sizes import Sizes

RESULT = Path(".remit") / "bench.json"


def main() -> None:
    configure(LogFormat.CONSOLE, LogLevel.ERROR)
    sizes = Sizes.of()
    began = time.monotonic()
    report = Report(sizes, asyncio.run(run(sizes)))
    report.write(RESULT)
    print(report.text())
    print(f"\n{time.monotonic() - began:.0f} s; every round is in {RESULT}")


if __name__ == "__main__":
    main()
