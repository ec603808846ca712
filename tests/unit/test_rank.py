"""The laws of order, as pure functions, and that they hold for long."""

import random
from bisect import bisect_left, insort

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.rank import RANK_MAX, at_end, between, number_in, spread

numbers = st.integers(0, 10**9)


@st.composite
def ranks(draw: st.DrawFn) -> str:
    """One that may have come about: put at an end, between two, or before all."""
    rank = at_end(draw(numbers))
    for way in draw(st.lists(st.sampled_from(["before", "between", "first"]), max_size=8)):
        if way == "first":
            rank = between(None, rank)
        elif way == "before":
            rank = (
                between(at_end(number_in(rank)), rank)
                if at_end(max(0, number_in(rank))) < rank and number_in(rank) >= 0
                else rank
            )
        else:
            rank = between(rank, at_end(number_in(rank) + 1))
    return rank


@given(numbers, numbers)
def test_what_is_put_at_an_end_later_is_later(one: int, other: int) -> None:
    assert (one < other) == (at_end(one) < at_end(other))


@given(numbers)
def test_the_number_of_what_was_put_at_an_end_is_its_own(number: int) -> None:
    assert number_in(at_end(number)) == number


@given(ranks())
def test_the_number_in_a_rank_is_that_of_the_last_end_that_is_not_after_it(rank: str) -> None:
    number = number_in(rank)
    assert number == -1 or at_end(number) <= rank
    assert rank < at_end(number + 1)


@given(ranks(), ranks())
def test_between_two_there_is_another_one(one: str, other: str) -> None:
    if one != other:
        lower, upper = sorted([one, other])
        assert lower < between(lower, upper) < upper
    assert between(None, one) < one < between(one, None)


@given(ranks(), ranks(), st.integers(1, 60))
def test_many_between_two_are_in_order_and_short(one: str, other: str, count: int) -> None:
    if one == other:
        return
    lower, upper = sorted([one, other])
    made = spread(lower, upper, count)
    assert len(made) == count
    assert made == sorted(set(made))
    assert lower < made[0]
    assert made[-1] < upper
    assert max(map(len, made)) <= max(len(lower), len(upper)) + 3


@pytest.mark.parametrize(
    ("number", "rank"), [(0, "a0"), (61, "az"), (62, "b10"), (3843, "bzz"), (3844, "c100")]
)
def test_ranks_at_an_end_are_short(number: int, rank: str) -> None:
    assert at_end(number) == rank


@pytest.mark.parametrize("dice", [random.Random(1), random.Random(2)])
def test_ten_thousand_siblings_stay_in_order_over_ten_thousand_moves(dice: random.Random) -> None:
    """A model of a list that is moved about, the half of it within the same few places."""
    names = list(range(10_000))
    rank_of = {name: at_end(name) for name in names}
    order = [(rank_of[name], name) for name in names]
    expected = list(names)
    for _ in range(10_000):
        place = dice.choice((dice.randrange(10_000), dice.randrange(4)))
        beside = expected[place]
        moved = dice.choice(expected)
        if moved == beside:
            continue
        _take(order, rank_of, moved)
        expected.remove(moved)
        forward = dice.random() < 0.5
        expected.insert(expected.index(beside) + forward, moved)
        _put(order, rank_of, moved, beside, forward=forward)
    assert [name for _, name in order] == expected
    assert len({rank for rank, _ in order}) == len(names)
    assert max(len(rank) for rank, _ in order) <= RANK_MAX


def _take(order: list[tuple[str, int]], rank_of: dict[int, str], moved: int) -> None:
    del order[bisect_left(order, (rank_of[moved], moved))]


def _put(
    order: list[tuple[str, int]], rank_of: dict[int, str], moved: int, beside: int, *, forward: bool
) -> None:
    place = bisect_left(order, (rank_of[beside], beside)) + forward
    lower = order[place - 1][0] if place else None
    upper = order[place][0] if place < len(order) else None
    rank_of[moved] = between(lower, upper)
    insort(order, (rank_of[moved], moved))
    if len(rank_of[moved]) > RANK_MAX:
        start, end = max(0, place - 20), min(len(order), place + 21)
        lower = order[start - 1][0] if start else None
        upper = order[end][0] if end < len(order) else None
        row = [name for _, name in order[start:end]]
        rank_of |= dict(zip(row, spread(lower, upper, len(row)), strict=True))
        order[start:end] = [(rank_of[name], name) for name in row]
