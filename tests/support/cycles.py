"""Cycles of dependencies between transactions, and their names (Adya, 1999)."""

from collections import defaultdict, deque
from collections.abc import Iterable
from graphlib import CycleError, TopologicalSorter
from typing import NamedTuple


class Link(NamedTuple):
    """`kind` is ww, wr, rw (anti-dependency) or rt (time)."""

    kind: str
    source: str
    target: str


Edges = list[Link]
MOMENT = "@"
"""Begins the name of a node that stands for a time; no transaction's name begins so."""


class Cycle(NamedTuple):
    """Its name, and the way round; nodes of time are left out."""

    kind: str
    names: list[str]


def first_cycle(edges: Edges) -> Cycle | None:
    """The worst one: G0 of writes alone, G1c of writes and reads, G-single with one anti-dependency, or G2."""
    for kind, kinds in (("G0", {"ww", "rt"}), ("G1c", {"ww", "wr", "rt"})):
        if way := _any_cycle(edge for edge in edges if edge.kind in kinds):
            return Cycle(kind, _shown(way))
    if not (way := _any_cycle(edges)):
        return None
    single = _single(edges)
    return Cycle("G-single", _shown(single)) if single else Cycle("G2", _shown(way))


def _any_cycle(edges: Iterable[Link]) -> list[str]:
    sorter: TopologicalSorter[str] = TopologicalSorter()
    for edge in edges:
        sorter.add(edge.target, edge.source)
    try:
        sorter.prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def _single(edges: Edges) -> list[str]:
    """A cycle with one anti-dependency: a way back from its end without another one."""
    after: defaultdict[str, list[str]] = defaultdict(list)
    for edge in edges:
        if edge.kind != "rw":
            after[edge.source].append(edge.target)
    for edge in edges:
        if edge.kind == "rw" and (way := _way(after, edge.target, edge.source)):
            return [edge.source, *way]
    return []


def _way(after: defaultdict[str, list[str]], start: str, goal: str) -> list[str]:
    """The shortest one."""
    came: dict[str, str | None] = {start: None}
    queue = deque([start])
    while queue:
        here = queue.popleft()
        if here == goal:
            way: list[str] = []
            step: str | None = here
            while step is not None:
                way.append(step)
                step = came[step]
            return way[::-1]
        for there in after[here]:
            if there not in came:
                came[there] = here
                queue.append(there)
    return []


def _shown(way: list[str]) -> list[str]:
    return [name for name in way if not name.startswith(MOMENT)]
