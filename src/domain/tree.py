"""Trees of things within things, and what things wait for."""

from collections import deque
from collections.abc import Collection, Mapping, Sequence
from typing import Protocol
from uuid import UUID

from domain.errors import NestingCycle, TooDeep

DEPTH_MAX = 5
"""Levels of projects, and of tasks: one at the top and four below it."""


def path_back(start: UUID, edges: Mapping[UUID, Collection[UUID]]) -> Sequence[UUID]:
    """The shortest way along the edges from a node back to itself, both ends named; empty where none is."""
    came_from: dict[UUID, UUID] = {}
    waiting = deque([start])
    while waiting:
        node = waiting.popleft()
        for after in sorted(edges.get(node, ())):
            if after == start:
                return _path(start, node, came_from)
            if after not in came_from:
                came_from[after] = node
                waiting.append(after)
    return ()


def _path(start: UUID, last: UUID, came_from: Mapping[UUID, UUID]) -> Sequence[UUID]:
    path = [last]
    while path[-1] != start:
        path.append(came_from[path[-1]])
    return [*reversed(path), start]


class Nested(Protocol):
    """Something within another of its kind, or at the top."""

    @property
    def id(self) -> UUID: ...

    @property
    def parent_id(self) -> UUID | None: ...


def check_level(one: Nested, nodes: Mapping[UUID, Nested]) -> None:
    """Raises NestingCycle, and TooDeep below the last level; `nodes` has all that it is within."""
    seen = {one.id}
    parent_id = one.parent_id
    while parent_id is not None:
        if parent_id in seen:
            raise NestingCycle
        seen.add(parent_id)
        if len(seen) > DEPTH_MAX:
            raise TooDeep(DEPTH_MAX)
        parent_id = nodes[parent_id].parent_id
