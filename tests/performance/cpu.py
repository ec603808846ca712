"""CPU time of whole process trees, as Linux accounts for it in /proc."""

import os
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_PARENT, _CHILDREN_USER, _CHILDREN_SYSTEM = 1, 13, 14


def spent(pid: int) -> float:
    """Seconds of CPU that a process, its threads and its children have used so far.

    Of those that run, to the nanosecond (schedstat); of those that have ended and were waited for, to the
    tick of 10 ms (stat), which matters only where they ended in between.
    """
    total = 0.0
    waiting = [pid]
    while waiting:
        one = waiting.pop()
        try:
            total += _running(one) + _ended(one)
            waiting += _children(one)
        except (FileNotFoundError, ProcessLookupError):
            continue  # it has ended, so its parent has its time
    return total


def parent_of(pid: int) -> int:
    """The process that started it."""
    return int(_stat(pid)[_PARENT])


def _running(pid: int) -> float:
    threads = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads) / 1e9


def _ended(pid: int) -> float:
    stat = _stat(pid)
    return (int(stat[_CHILDREN_USER]) + int(stat[_CHILDREN_SYSTEM])) / _TICKS


def _children(pid: int) -> list[int]:
    threads = Path(f"/proc/{pid}/task").iterdir()
    return [int(child) for thread in threads for child in (thread / "children").read_text().split()]


def _stat(pid: int) -> list[str]:
    """The fields after the name, which may hold anything: the first is the state."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
