"""Trees and paths, as pure functions."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import NestingCycle, TooDeep
from domain.tree import DEPTH_MAX, check_level, path_back


@dataclass(frozen=True)
class Node:
    id: UUID
    parent_id: UUID | None


def chain(length: int) -> dict[UUID, Node]:
    return {UUID(int=n): Node(UUID(int=n), UUID(int=n - 1) if n > 1 else None) for n in range(1, length + 1)}


@pytest.mark.parametrize("length", range(1, DEPTH_MAX + 1))
def test_as_many_levels_as_there_may_be(length: int) -> None:
    nodes = chain(length)
    check_level(nodes[UUID(int=length)], nodes)


def test_one_level_more_is_refused() -> None:
    nodes = chain(DEPTH_MAX + 1)
    with pytest.raises(TooDeep) as refused:
        check_level(nodes[UUID(int=DEPTH_MAX + 1)], nodes)
    assert refused.value.limit == DEPTH_MAX


@pytest.mark.parametrize("length", range(1, DEPTH_MAX + 1))
def test_what_is_within_itself_is_refused(length: int) -> None:
    nodes = chain(length)
    nodes[UUID(int=1)] = Node(UUID(int=1), UUID(int=length))
    with pytest.raises(NestingCycle):
        check_level(nodes[UUID(int=1)], nodes)


graphs = st.dictionaries(
    st.integers(0, 7).map(lambda n: UUID(int=n)), st.sets(st.integers(0, 7).map(lambda n: UUID(int=n)))
)


@given(graphs, st.integers(0, 7))
def test_a_path_back_is_a_way_along_the_edges_and_the_shortest(
    edges: Mapping[UUID, set[UUID]], number: int
) -> None:
    start = UUID(int=number)
    path = path_back(start, edges)
    if path:
        assert path[0] == path[-1] == start
        assert all(after in edges[before] for before, after in pairwise(path))
    assert (len(path) - 1 if path else None) == _shortest(start, edges)


def _shortest(start: UUID, edges: Mapping[UUID, set[UUID]]) -> int | None:
    reached = {start}
    for steps in range(1, 10):
        reached = {after for one in reached for after in edges.get(one, ())}
        if start in reached:
            return steps
    return None
