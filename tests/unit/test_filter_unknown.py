"""Names that nothing has, and how much is done to find what is near to them."""

import difflib
import sys
from collections.abc import Callable, Sequence
from types import FrameType
from typing import Any

import pytest

from domain.filters import Named, Unknown, from_json, resolve, unknown_names
from domain.filters.nearest import nearest
from tests.support.filters import NOW, ZONE, resolved

MANY = [f"{first} {second} {number}" for number in range(50) for first in ("home", "garden", "work", "school", "music")
        for second in ("plan", "build", "review", "ship", "call", "mail", "ideas", "later", "soon", "phone")]  # fmt: skip


def unknown(text: str, *known: str) -> Sequence[Unknown]:
    return unknown_names(resolved(text), dict.fromkeys(Named, known))


def comparisons(work: Callable[[], object]) -> int:
    """How often a name is compared, whatever is compared first."""
    compared = difflib.SequenceMatcher[str].set_seq1.__code__
    count = 0

    def note(frame: FrameType, event: str, _: Any) -> None:
        nonlocal count
        count += event == "call" and frame.f_code is compared

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.rule("FLT-27")
@pytest.mark.parametrize("wanted", ["home plna 7", "gardenbuild 33", "x" * 64, "ho", MANY[0]])
def test_a_name_is_compared_with_few_of_many(wanted: str) -> None:
    assert len(MANY) == 2_500
    assert comparisons(lambda: nearest(wanted, MANY * 2)) <= 30 + 1  # and nothing once, to begin with
    assert comparisons(lambda: nearest("home plna 7", MANY[:100])) > 30


@pytest.mark.rule("FLT-27")
def test_near_names_are_looked_for_of_five_alone() -> None:
    text = f"label in ({', '.join(f'hoem{number}' for number in range(50))})"
    few = f"label in ({', '.join(f'hoem{number}' for number in range(5))})"
    found = unknown(text, "home", *MANY)
    assert [one.suggestions for one in found] == [("home",)] * 5 + [()] * 45
    work = comparisons(lambda: unknown(text, "home", *MANY))
    assert 0 < work == comparisons(lambda: unknown(few, "home", *MANY))


@pytest.mark.rule("FLT-27")
@pytest.mark.parametrize(
    ("wanted", "near"),
    [
        ("hmoe", "home"),
        ("home plna 7", "home plan 7"),
        ("gardenbuild 33", "garden build 33"),
        ("schol call 4", "school call 4"),
        ("musci ideas 41", "music ideas 41"),
        ("abcdefghijklmnopqrstuvwxyz 0123456789", "abcdefghijklmnopqrstuvwxy 0123456789"),
    ],
)
def test_what_is_nearest_is_found_among_many(wanted: str, near: str) -> None:
    assert near in nearest(wanted, [*MANY, "home", "abcdefghijklmnopqrstuvwxy 0123456789"])


@pytest.mark.rule("FLT-27")
def test_each_name_is_told_with_its_own_place() -> None:
    text = 'label in (HOME, hmoe, "zz") & (@zz | #"a b") & !section != "cc"'
    told = [(one.what, text[one.span.start : one.span.end]) for one in unknown(text, "home")]
    assert told == [
        ("label", "hmoe"), ("label", '"zz"'), ("label", "@zz"), ("project", '#"a b"'), ("section", '"cc"'),
    ]  # fmt: skip
    tree = from_json({"field": "label", "operator": "in", "values": ["home", "hmoe"]})
    [one] = unknown_names(resolve(tree, NOW, ZONE), {Named.LABEL: ["home"]})
    assert (one.span.start, one.span.end) == (len("label in (home, "), len("label in (home, hmoe"))
