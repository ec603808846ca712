"""The checker of histories finds what it is there to find, and nothing in a history that is right."""

from collections.abc import Sequence

import pytest

from tests.support.histories import NEVER, Entry, Operation, Outcome, Seen, Write, check


def done(name: str, *times: float, **values: object) -> Operation:
    """Called and answered at these times."""
    invoked, completed = times
    return Operation(name=name, invoked=invoked, completed=completed, **values)  # type: ignore[arg-type]


def write(name: str, version: int, *times: float, key: str = "x", expected: int | None = None) -> Operation:
    return done(name, *times, writes=[Write(key, name, version, expected)])


def read(name: str, version: int, value: str, *times: float, key: str = "x") -> Operation:
    return done(name, *times, reads=[Seen(key, version, value)])


def journal(*values: str, key: str = "x", after: int = 0) -> list[Entry]:
    """These values of one task, one after the other."""
    return [Entry(after + place, key, place, value) for place, value in enumerate(values, 1)]


def kinds(operations: Sequence[Operation], entries: Sequence[Entry]) -> set[str]:
    return {anomaly.kind for anomaly in check(operations, entries)}


A, B = write("a", 1, 0, 1), write("b", 2, 2, 3, expected=1)
REFUSED = {"outcome": Outcome.REFUSED}


def unanswered(name: str, invoked: float) -> Operation:
    return done(name, invoked, NEVER, outcome=Outcome.UNKNOWN, writes=[Write("x", name)])


GOOD = {
    "nothing": ([], []),
    "writes and reads": (
        [A, read("r", 1, "a", 1.5, 2.5), B, read("s", 2, "b", 3.5, 4)],
        journal("a", "b"),
    ),
    "at the same time, either": (
        [A, write("b", 2, 2, 5), read("r", 2, "b", 3, 4), read("s", 1, "a", 2.1, 4.5)],
        journal("a", "b"),
    ),
    "not answered, but done": ([A, unanswered("b", 2), read("r", 2, "b", 3, 4)], journal("a", "b")),
    "not answered, and not done": ([A, unanswered("b", 2), read("r", 1, "a", 3, 4)], journal("a")),
    "not answered, and done late": (
        [A, unanswered("b", 2), read("r", 1, "a", 3, 4), read("s", 2, "b", 9, 10)],
        journal("a", "b"),
    ),
    "refused": ([A, done("b", 2, 3, **REFUSED, writes=[Write("x", "b", expected=7)], reads=[Seen("x", 1, "a")])], journal("a")),
    "two in one": (
        [A, done("b", 2, 3, writes=[Write("x", "b1", 2), Write("x", "b2", 3)]), read("r", 3, "b2", 4, 5)],
        journal("a", "b1", "b2"),
    ),
    "the journal as it grows": (
        [
            A,
            done("j", 1.5, 2.5, told=journal("a", "b")),
            B,
            done("k", 4, 5, told=journal("a", "b")[1:], since=1),
        ],
        journal("a", "b"),
    ),
}  # fmt: skip


@pytest.mark.rule("HTTP-18")
@pytest.mark.parametrize("what", GOOD)
def test_nothing_is_found_where_nothing_is_wrong(what: str) -> None:
    assert check(*GOOD[what]) == []


ONE_X_Y = [write("x1", 1, 0, 1), write("y1", 1, 0, 1, key="y")]
BOTH = done("both", 2, 9, writes=[Write("x", "x2", 2), Write("y", "y2", 2)])
X_Y_JOURNAL = [
    Entry(1, "x", 1, "x1"), Entry(2, "y", 1, "y1"), Entry(3, "x", 2, "x2"), Entry(4, "y", 2, "y2"),
]  # fmt: skip

BAD = {
    "two updates of one version": (
        "lost update",
        [A, B, write("c", 3, 2, 3, expected=1)],
        journal("a", "b", "c"),
    ),
    "an update of another version than demanded": (
        "lost update",
        [A, write("b", 2, 2, 3), write("c", 3, 4, 5, expected=1)],
        journal("a", "b", "c"),
    ),
    "two answers with one version": ("duplicate version", [A, B, write("c", 2, 2, 3)], journal("a", "b")),
    "an acknowledged write that is not there": ("lost write", [A, B], journal("a")),
    "an acknowledged write that was written over": ("lost write", [A, B, write("c", 2, 2, 3)], journal("a", "c")),
    "a version that is left out": ("broken chain", [A, B], [Entry(1, "x", 1, "a"), Entry(2, "x", 3, "b")]),
    "a place that is left out": ("broken chain", [A, B], [Entry(1, "x", 1, "a"), Entry(3, "x", 2, "b")]),
    "a place that comes twice": ("broken chain", [A, B], [Entry(1, "x", 1, "a"), Entry(1, "x", 2, "b")]),
    "what nobody wrote": ("phantom write", [A], journal("a", "b")),
    "a retry that is done twice": ("repeated write", [A, unanswered("b", 2)], journal("a", "b", "b")),
    "a refused write that is kept": ("G1a", [A, done("b", 2, 3, **REFUSED, writes=[Write("x", "b")])], journal("a", "b")),
    "a refused write that is read": (
        "G1a",
        [A, done("b", 2, 3, **REFUSED, writes=[Write("x", "b")]), read("r", 2, "b", 2, 3)],
        journal("a"),
    ),
    "a write that is read and then not kept": (
        "dirty read",
        [A, unanswered("b", 2), read("r", 2, "b", 3, 4)],
        journal("a"),
    ),
    "a value under another's version": ("dirty read", [A, B, read("r", 1, "b", 4, 5)], journal("a", "b")),
    "a state from the middle of a request": (
        "G1b",
        [A, done("b", 2, 6, writes=[Write("x", "b1", 2), Write("x", "b2", 3)]), read("r", 2, "b1", 3, 4)],
        journal("a", "b1", "b2"),
    ),
    "one version with two values": (
        "non-repeatable read",
        [A, read("r", 1, "a", 2, 3), read("s", 1, "z", 4, 5)],
        journal("a"),
    ),
    "a read that goes back": (
        "stale read",
        [A, unanswered("b", 2), read("r", 2, "b", 3, 4), read("s", 1, "a", 5, 6)],
        journal("a", "b"),
    ),
    "a read after the answer that does not see it": ("stale read", [A, B, read("r", 1, "a", 3.5, 4)], journal("a", "b")),
    "a journal against time": ("journal order", [B, write("y", 1, 8, 9, key="y"), A], [
        Entry(1, "y", 1, "y"), Entry(2, "x", 1, "a"), Entry(3, "x", 2, "b"),
    ]),
    "a journal that lacks what was answered": ("stale journal", [A, B, done("j", 4, 5, told=journal("a"))], journal("a", "b")),
    "a journal with a gap": (
        "rewritten journal",
        [A, B, done("j", 4, 5, told=[Entry(2, "x", 2, "b")])],
        journal("a", "b"),
    ),
    "a journal that was told otherwise": (
        "rewritten journal",
        [A, B, done("j", 4, 5, told=[Entry(1, "x", 1, "a"), Entry(2, "x", 2, "z")])],
        journal("a", "b"),
    ),
    "writes onto one another": (
        "G0",
        [
            *ONE_X_Y,
            done("p", 2, 9, writes=[Write("x", "px", 2), Write("y", "py", 3)]),
            done("q", 2, 9, writes=[Write("x", "qx", 3), Write("y", "qy", 2)]),
        ],
        [*X_Y_JOURNAL[:2], Entry(3, "x", 2, "px"), Entry(4, "y", 2, "qy"), Entry(5, "x", 3, "qx"), Entry(6, "y", 3, "py")],
    ),
    "each reads the other": (
        "G1c",
        [
            *ONE_X_Y,
            done("p", 2, 9, reads=[Seen("y", 2, "y2")], writes=[Write("x", "x2", 2)]),
            done("q", 2, 9, reads=[Seen("x", 2, "x2")], writes=[Write("y", "y2", 2)]),
        ],
        X_Y_JOURNAL,
    ),
    "half of a request": (
        "G-single",
        [*ONE_X_Y, BOTH, done("r", 3, 4, reads=[Seen("x", 2, "x2"), Seen("y", 1, "y1")])],
        X_Y_JOURNAL,
    ),
    "each read before the other wrote": (
        "G2",
        [
            *ONE_X_Y,
            done("p", 2, 9, reads=[Seen("x", 1, "x1"), Seen("y", 1, "y1")], writes=[Write("x", "x2", 2)]),
            done("q", 2, 9, reads=[Seen("x", 1, "x1"), Seen("y", 1, "y1")], writes=[Write("y", "y2", 2)]),
        ],
        X_Y_JOURNAL,
    ),
    "an old value beside one that came after": (
        "G-single-realtime",
        [
            *ONE_X_Y,
            write("x2", 2, 2, 3),
            write("y2", 2, 4, 9, key="y"),
            done("r", 4, 9, reads=[Seen("y", 2, "y2"), Seen("x", 1, "x1")]),
        ],
        X_Y_JOURNAL,
    ),
}  # fmt: skip


@pytest.mark.rule("HTTP-18")
@pytest.mark.parametrize("what", BAD)
def test_what_no_order_explains_is_found(what: str) -> None:
    kind, operations, entries = BAD[what]
    assert kind in kinds(operations, entries)


@pytest.mark.rule("HTTP-18")
def test_a_cycle_is_told_by_those_that_are_on_it() -> None:
    _, operations, entries = BAD["half of a request"]
    assert {a.text for a in check(operations, entries) if a.kind == "G-single"} == {"r -> both -> r"}
