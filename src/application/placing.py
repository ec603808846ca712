"""Where things are among others: their place, and their order in it."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from application.entities import Entities
from domain import rank
from domain.change import MOVE
from domain.errors import Invalid, Violation
from domain.project import Project, Section
from domain.task import Task
from domain.thing import is_live, revised

Ordered = TypeVar("Ordered", bound=Task | Project | Section)
_ROOM = 20
"""How many neighbours on each side make room where a rank would be too long."""

PLACE: Mapping[type[Any], tuple[str, ...]] = {
    Task: ("project_id", "section_id", "parent_id"),
    Project: ("parent_id",),
    Section: ("project_id",),
}
"""The fields that siblings have in common."""


def place_of(one: Task | Project | Section) -> dict[str, UUID | None]:
    """Where it is."""
    return {name: getattr(one, name) for name in PLACE[type(one)]}


async def sibling(
    entities: Entities, one: Ordered, before: UUID | None, after: UUID | None
) -> Ordered | None:
    """The one that is named to stand before or after. Raises Invalid."""
    if before is not None and after is not None:
        raise Invalid([Violation("/after", "one_of", "Name one of before and after.")])
    named = before or after
    if named is None:
        return None
    found = await entities.find(type(one), named)
    if found is None or not is_live(found) or found.id == one.id:
        pointer = "/after" if before is None else "/before"
        raise Invalid([Violation(pointer, "not_found", "Must name another one of yours.")])
    return found


async def put(
    entities: Entities,
    one: Ordered,
    place: Mapping[str, UUID | None],
    now: datetime,
    there: Ordered | None,
    *,
    is_before: bool,
) -> Ordered:
    """Keep it at the place: beside one that is there, else where it is there already, or at the end."""
    if there is not None and place_of(there) != dict(place):
        pointer = "/before" if is_before else "/after"
        raise Invalid([Violation(pointer, "elsewhere", "Must be at the place that is named.")])
    if there is None:
        place_rank = one.rank if place_of(one) == dict(place) else entities.next_rank()
    else:
        place_rank = await _rank_beside(entities, there, one, forward=not is_before)
    moved = revised(one, now, **place, rank=place_rank)
    if moved is not one:
        await entities.save(one, moved, MOVE)
    return await make_room(entities, moved, now)


async def settled(entities: Entities, one: Ordered, besides: Collection[UUID] = ()) -> Ordered:
    """The same with a rank that no other one at its place has, but for those that are yet to go."""
    where = {name: {value} for name, value in place_of(one).items()}
    there = await entities.at(type(one), where | {"rank": {one.rank}})
    rivals = [other for other in there if other.id != one.id and other.id not in besides]
    if not rivals:
        return one
    return replace(one, rank=await rank_after(entities, rivals[0]))


async def rank_after(entities: Entities, there: Task | Project | Section) -> str:
    """A rank right after it."""
    where = {name: {value} for name, value in place_of(there).items()}
    beyond = await entities.beyond(type(there), where, there.rank, forward=True, without=there.id)
    return rank.between(there.rank, beyond[0].rank) if beyond else entities.next_rank()


async def _rank_beside(entities: Entities, there: Ordered, one: Ordered, *, forward: bool) -> str:
    """A rank between it and its neighbour; the one that `one` has, if it is there already."""
    where = {name: {value} for name, value in place_of(there).items()}
    beyond = await entities.beyond(type(there), where, there.rank, forward=forward, without=one.id)
    nearest = beyond[0].rank if beyond else None
    lower, upper = (there.rank, nearest) if forward else (nearest, there.rank)
    is_between = (lower is None or lower < one.rank) and (upper is None or one.rank < upper)
    if is_between and place_of(one) == place_of(there):
        return one.rank
    return entities.next_rank() if upper is None else rank.between(lower, upper)


async def make_room(entities: Entities, one: Ordered, now: datetime) -> Ordered:
    """Where its rank is too long, give it and its nearest neighbours short ones, in the same order."""
    if len(one.rank) <= rank.RANK_MAX:
        return one
    where = {name: {value} for name, value in place_of(one).items()}
    sides: list[list[Ordered]] = [
        await entities.beyond(type(one), where, one.rank, forward=forward, without=one.id, limit=_ROOM + 1)
        for forward in (False, True)
    ]
    lower, upper = (side[_ROOM].rank if len(side) > _ROOM else None for side in sides)
    row: list[Ordered] = [*reversed(sides[0][:_ROOM]), one, *sides[1][:_ROOM]]
    ranks = [entities.next_rank() for _ in row] if upper is None else rank.spread(lower, upper, len(row))
    for other, short in zip(row, ranks, strict=True):
        if other.id == one.id:
            one = replace(one, rank=short, updated_at=now, version=one.version + 1)
            await entities.save(other, one, MOVE)
        elif other.rank != short:
            await entities.save(other, revised(other, now, rank=short), MOVE)
    return one
