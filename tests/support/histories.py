"""Checks a history of requests for what no order of them explains, in the manner of Elle (Kingsbury, Alvaro, 2020).

Each task is a register: every write has a value of its own, and every answer says the version. So who wrote
what was read, and in which order writes took effect, is known and need not be searched for. `check` wants
strict serialisability: one order of all requests, in which each took effect between its call and its answer.
"""

import math
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple

from tests.support.cycles import MOMENT, Edges, Link, first_cycle

NEVER = math.inf


class Outcome(StrEnum):
    """What the client was told."""

    DONE = "done"
    REFUSED = "refused"
    UNKNOWN = "unknown"


class Seen(NamedTuple):
    """A register as it was found."""

    key: str
    version: int
    value: str


class Write(NamedTuple):
    """What was to be written; `version` as answered, 0 for none; `expected` as demanded (If-Match)."""

    key: str
    value: str
    version: int = 0
    expected: int | None = None


class Entry(NamedTuple):
    """A line of the journal."""

    seq: int
    key: str
    version: int
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One request. Times are of one monotonic clock; without an answer it is never completed.

    `told` are the lines of the journal after `since`, where it asked for them.
    """

    name: str
    invoked: float
    completed: float
    outcome: Outcome = Outcome.DONE
    reads: Sequence[Seen] = ()
    writes: Sequence[Write] = ()
    told: Sequence[Entry] | None = None
    since: int = 0


class Anomaly(NamedTuple):
    """What must not be."""

    kind: str
    text: str


def check(operations: Iterable[Operation], journal: Sequence[Entry]) -> list[Anomaly]:
    """Every anomaly. `journal` is all of it, read when everything was over."""
    history = _History(list(operations), journal)
    return [
        *history.broken_chains(),
        *history.bad_writes(),
        *history.bad_reads(),
        *history.unrepeatable_reads(),
        *history.stale_reads(),
        *history.disorder(),
        *history.bad_journal_reads(),
        *history.cycles(),
    ]


class _History:
    def __init__(self, operations: list[Operation], journal: Sequence[Entry]) -> None:
        self._operations = operations
        self._journal = journal
        self._installed: Mapping[tuple[str, int], Entry] = {(e.key, e.version): e for e in journal}
        self._by_value: Mapping[str, Operation] = {w.value: o for o in operations for w in o.writes}
        self._done = [o for o in operations if o.outcome is Outcome.DONE]

    def broken_chains(self) -> Iterator[Anomaly]:
        """Places and versions count from 1, without a gap or a repetition, and each line is somebody's write."""
        versions: defaultdict[str, int] = defaultdict(int)
        for place, entry in enumerate(self._journal, 1):
            versions[entry.key] += 1
            if (entry.seq, entry.version) != (place, versions[entry.key]):
                yield Anomaly("broken chain", f"{entry}, where {place} and {versions[entry.key]} were due")
            writer = self._by_value.get(entry.value)
            if writer is None:
                yield Anomaly("phantom write", f"nobody wrote {entry}")
            elif writer.outcome is Outcome.REFUSED:
                yield Anomaly("G1a", f"{writer.name} was refused, but there is {entry}")
        for value, times in Counter(entry.value for entry in self._journal).items():
            if times > 1:
                yield Anomaly("repeated write", f"{value} was written {times} times")

    def bad_writes(self) -> Iterator[Anomaly]:
        """Each acknowledged write is there, alone on its version, and on the version that it demanded."""
        owners: dict[tuple[str, int], str] = {}
        demands: dict[tuple[str, int], str] = {}
        for operation, write in self._acknowledged():
            place = write.key, write.version
            entry = self._installed.get(place)
            if entry is None or entry.value != write.value:
                yield Anomaly("lost write", f"{operation.name} was told {write}, but there is {entry}")
            if (other := owners.setdefault(place, operation.name)) != operation.name:
                yield Anomaly("duplicate version", f"{other} and {operation.name} both made {place}")
            if write.expected is None:
                continue
            demand = write.key, write.expected
            other = demands.setdefault(demand, operation.name)
            if other != operation.name or write.version != write.expected + 1:
                yield Anomaly("lost update", f"{operation.name} on {demand} by {write}; {other} was there")

    def bad_reads(self) -> Iterator[Anomaly]:
        """What is read was written and kept, and is no state from the middle of a request."""
        for operation in self._operations:
            for seen in operation.reads:
                writer = self._by_value.get(seen.value)
                entry = self._installed.get((seen.key, seen.version))
                if writer is not None and writer.outcome is Outcome.REFUSED:
                    yield Anomaly("G1a", f"{operation.name} read {seen}, which {writer.name} was refused")
                elif entry is None or entry.value != seen.value:
                    yield Anomaly("dirty read", f"{operation.name} read {seen}, but there is {entry}")
                elif writer is not None and writer is not operation and seen.value != _last(writer, seen.key):
                    yield Anomaly("G1b", f"{operation.name} read {seen} from the middle of {writer.name}")

    def unrepeatable_reads(self) -> Iterator[Anomaly]:
        """A version has one value, whoever reads it and whenever."""
        values: dict[tuple[str, int], str] = {}
        for operation in self._operations:
            for seen in operation.reads:
                if values.setdefault((seen.key, seen.version), seen.value) != seen.value:
                    yield Anomaly("non-repeatable read", f"{operation.name} read {seen}, another otherwise")

    def stale_reads(self) -> Iterator[Anomaly]:
        """What begins after an answer sees the answer's version, or a later one."""
        known: defaultdict[str, list[tuple[float, int]]] = defaultdict(list)
        for operation in sorted(self._operations, key=lambda one: one.completed):
            for key, version in _observed(operation):
                versions = known[key]
                versions.append((operation.completed, max(version, versions[-1][1] if versions else 0)))
        for operation in self._operations:
            for seen in operation.reads:
                before = bisect_left(known[seen.key], (operation.invoked, 0))
                if before and known[seen.key][before - 1][1] > seen.version:
                    latest = known[seen.key][before - 1][1]
                    yield Anomaly("stale read", f"{operation.name} read {seen}, though {latest} was known")

    def disorder(self) -> Iterator[Anomaly]:
        """The journal's order is that of time: what was answered before another began stands before it."""
        latest, holder = -NEVER, ""
        writers = [(self._by_value.get(entry.value), entry) for entry in self._journal]
        for writer, entry in writers:
            if writer is None:
                continue
            if writer.completed < latest:
                yield Anomaly("journal order", f"{writer.name} ended before {holder} began, but is {entry}")
            if writer.invoked > latest:
                latest, holder = writer.invoked, writer.name

    def bad_journal_reads(self) -> Iterator[Anomaly]:
        """Whoever reads the journal gets its lines as they stay, without a gap, and all that was answered before."""
        ends = sorted((o.completed, seq) for o, seq in self._places())
        for operation in self._operations:
            if operation.told is None:
                continue
            last = operation.since + len(operation.told)
            if list(operation.told) != list(self._journal[operation.since : last]):
                yield Anomaly("rewritten journal", f"{operation.name} read otherwise after {operation.since}")
            before = ends[: bisect_left(ends, (operation.invoked, 0))]
            if before and max(seq for _, seq in before) > last:
                yield Anomaly("stale journal", f"{operation.name} read up to {last}")

    def cycles(self) -> Iterator[Anomaly]:
        """No request depends upon itself: by what it read and wrote, or by that and time."""
        edges = self._dependencies()
        for suffix, more in (("", []), ("-realtime", self._times())):
            if (found := first_cycle([*edges, *more])) is not None:
                yield Anomaly(found.kind + suffix, " -> ".join(found.names))
                return

    def _acknowledged(self) -> Iterator[tuple[Operation, Write]]:
        return ((o, w) for o in self._done for w in o.writes if w.version)

    def _places(self) -> Iterator[tuple[Operation, int]]:
        for operation, write in self._acknowledged():
            entry = self._installed.get((write.key, write.version))
            if entry is not None:
                yield operation, entry.seq

    def _dependencies(self) -> Edges:
        """ww: onto a version. wr: reads what was written. rw: what was read is written over."""
        writer = {
            place: self._by_value[entry.value].name
            for place, entry in self._installed.items()
            if entry.value in self._by_value
        }
        edges = [
            Link("ww", one, writer[key, version + 1])
            for (key, version), one in writer.items()
            if (key, version + 1) in writer
        ]
        for operation in self._operations:
            read = [(seen.key, seen.version) for seen in operation.reads]
            if operation.outcome is Outcome.DONE:
                read += [(w.key, w.expected) for w in operation.writes if w.expected is not None]
            for key, version in read:
                if (key, version) in writer:
                    edges.append(Link("wr", writer[key, version], operation.name))
                if (key, version + 1) in writer:
                    edges.append(Link("rw", operation.name, writer[key, version + 1]))
        return [edge for edge in edges if edge.source != edge.target]

    def _times(self) -> Edges:
        """rt: through a node for each answer, in the order of time, which keeps their number small."""
        ends = sorted({o.completed for o in self._operations} - {NEVER})
        edges = [Link("rt", _moment(one), _moment(other)) for one, other in pairwise(ends)]
        for operation in self._operations:
            if operation.completed != NEVER:
                edges.append(Link("rt", operation.name, _moment(operation.completed)))
            if before := bisect_left(ends, operation.invoked):
                edges.append(Link("rt", _moment(ends[before - 1]), operation.name))
        return edges


def _moment(time: float) -> str:
    return f"{MOMENT}{time}"


def _last(writer: Operation, key: str) -> str:
    """The value that a request leaves behind."""
    return [write.value for write in writer.writes if write.key == key][-1]


def _observed(operation: Operation) -> Iterator[tuple[str, int]]:
    """The versions that the answer spoke of."""
    yield from ((seen.key, seen.version) for seen in operation.reads)
    if operation.outcome is Outcome.DONE:
        yield from ((write.key, write.version) for write in operation.writes if write.version)
