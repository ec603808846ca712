"""What is measured, and in which order: what is compared stands side by side."""

from collections.abc import Sequence

from entrypoints.values import ServerName
from tests.performance.figures import Variant

PGBENCH, REMIT, PLAIN, HELLO = "pgbench", "remit", "plain", "hello"
BARE, JOURNAL, KEYED = "bare", "journal", "journal and key"
SERVERS = (ServerName.HYPERCORN.value, ServerName.GRANIAN.value)
READS = ("page", "filtered", "one", "search")
WRITES = ("create", "complete")
# Those whose journal is weighed.
WEIGHED = ("create", "complete", "batch")
# Batches at once: each takes as long as a hundred writes.
_BATCHES = 4
# What people write has this one route.
ALSO_PLAIN = "page"


def read_variants(connections: int, workers_of: Sequence[int]) -> list[Variant]:
    """Each read on each server, the plain route beside it where it has it, pgbench in the middle, and the floors."""
    frames = [(server, workers) for workers in workers_of for server in SERVERS]
    found: list[Variant] = []
    for operation in READS:
        by = (REMIT, PLAIN) if operation == ALSO_PLAIN else (REMIT,)
        served = [Variant(operation, one, *frame, connections) for frame in frames for one in by]
        half = len(served) // 2
        found += [*served[:half], Variant(operation, PGBENCH, "-", 0, connections), *served[half:]]
    return [*found, *(Variant("hello", HELLO, *frame, connections) for frame in frames)]


def write_variants(connections: int, workers_of: Sequence[int]) -> list[Variant]:
    """Each write on each server; on one worker of Hypercorn beside itself with no journal, and with a key.

    And a batch alone, with one request at a time: what its statements take.
    """
    first = SERVERS[0], workers_of[0]
    frames = [(server, workers) for workers in workers_of for server in SERVERS]
    found: list[Variant] = []
    for operation in WEIGHED:
        at_once = min(connections, _BATCHES) if operation == "batch" else connections
        found += [Variant(operation, by, *first, at_once) for by in (BARE, JOURNAL, KEYED)]
        if operation in WRITES:
            found += [Variant(operation, JOURNAL, *frame, connections) for frame in frames if frame != first]
    return [*found, Variant("batch", KEYED, *first, 1)]
