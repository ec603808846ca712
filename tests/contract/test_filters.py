"""Memory and PostgreSQL select the same tasks by any filter; and the copies that PostgreSQL compares are true."""

import random
from contextlib import suppress
from dataclasses import fields
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.memory import MemoryUnits
from adapters.postgres import filters, relations
from adapters.postgres.texts import TEXTS, Texts
from adapters.postgres.uow import PostgresUnits
from application.facts import facts_about
from application.ports import UnitsOfWork
from application.views import PAGE_MAX, TaskQuery
from domain.access import Actor, Scope
from domain.errors import FilterInvalid, InTrash
from domain.filters import (
    ATTRIBUTES,
    RELATIONS,
    Facts,
    Resolved,
    Tree,
    Type,
    canonical,
    matches,
    related,
    resolve,
)
from domain.ids import TaskId
from tests.support.actors import actor
from tests.support.filters import IDS, NOW, trees
from tests.support.queries import beneath
from tests.support.worlds import World

SHORT, LONG = 400, 6_000
ZONES = [
    ZoneInfo(name)
    for name in ("UTC", "Europe/Berlin", "Pacific/Kiritimati", "America/St_Johns", "Africa/Cairo")
]


def test_every_attribute_of_a_filter_is_known_to_postgresql_and_to_facts() -> None:
    own = {attribute for attribute in ATTRIBUTES if related(attribute) is None}
    assert own == filters.ATTRIBUTES
    assert {field.name for field in fields(Facts)} - {"related"} | {"text"} == own


def test_postgresql_has_a_way_over_every_relation_to_whatever_is_asked() -> None:
    assert relations.WAYS.keys() == RELATIONS.keys()
    for name, relation in RELATIONS.items():
        way = relations.WAYS[name]
        for field in relation.fields:
            assert field.attribute in way.things.c
            if field.type is Type.TEXT and field.attribute != "color":  # which has small letters alone
                assert way.texts is not None
                assert field.attribute in way.texts.c


class Both:
    """One account, in memory and on PostgreSQL."""

    def __init__(self, engine: AsyncEngine, seed: int) -> None:
        self.owner = actor()
        self.world = World(self.owner, seed)
        self.units: list[UnitsOfWork] = [MemoryUnits(), PostgresUnits(engine)]

    async def keep(self) -> "Both":
        for units in self.units:
            await self.world.keep(units)
        return self

    async def selected(self, resolved: Resolved, *, everywhere: bool) -> list[list[UUID]]:
        query = TaskQuery(filter=resolved, everywhere=everywhere, limit=PAGE_MAX)
        found = []
        for units in self.units:
            async with units.reading(self.owner, Scope.TASKS_READ) as unit:
                found.append([view.task.id for view in await unit.tasks.page(query)])
        return found


@pytest.fixture(scope="session")
async def both(engine: AsyncEngine) -> list[Both]:
    return [await Both(engine, seed).keep() for seed in range(4)]


def reached(tree: Tree, zone: ZoneInfo, first: int) -> Resolved | None:
    try:
        return resolve(tree, NOW, zone, first)
    except FilterInvalid:
        return None


async def compare(
    both: list[Both], number: int, tree: Tree, zone: ZoneInfo, first: int, everywhere: bool
) -> None:
    resolved = reached(tree, zone, first)
    if resolved is not None:
        memory, postgres = await both[number].selected(resolved, everywhere=everywhere)
        assert memory == postgres, canonical(tree)


QUESTIONS = given(st.integers(0, 3), trees, st.sampled_from(ZONES), st.integers(1, 7), st.booleans())
PATIENT = settings(deadline=None, suppress_health_check=list(HealthCheck))


@pytest.mark.rule("FLT-12", "FLT-13", "FLT-15", "FLT-24")
@settings(PATIENT, max_examples=SHORT)
@QUESTIONS
async def test_both_select_the_same(
    both: list[Both], number: int, tree: Tree, zone: ZoneInfo, first: int, everywhere: bool
) -> None:
    await compare(both, number, tree, zone, first, everywhere)


@pytest.mark.long
@settings(PATIENT, max_examples=LONG)
@QUESTIONS
async def test_both_select_the_same_by_thousands(
    both: list[Both], number: int, tree: Tree, zone: ZoneInfo, first: int, everywhere: bool
) -> None:
    await compare(both, number, tree, zone, first, everywhere)


ASKED = [
    'title = "strasse 2"', 'title ^= "100%"', 'title ~ "_"', 'description ~ "ubung"', '"ubung" | "fine"', "text ~ 100%",
    "checklist ~ strasse", "checklist is null", "comment ~ istanbul", "comment is null", "!comment ~ x", "project is null",
    "#Inbox", "project in (Inbox, home)", "project ~ o", "!project ^= a", "project != home", "section is null", "section ~ o",
    "label is null", "@home", "label != home", "label ^= a", "!label ~ e", "parent is null", "blocked_by is null", "!(blocked_by is null)", "has_subtasks", "!has_subtasks",
    "ready", "!ready", "blocked", "!blocked", "ready = false & blocked = false", "project_archived", "!project_archived",
    "overdue", "no date", "today", "upcoming", "due_date != today", "!(due_date > today-P3D)", "completed_at is null",
    "completed_at >= today-P2D", "completed_at != this_week", "priority < none", "priority >= high", "version > 2", "status != done",
    "checked ~ strasse", "checked is null", "unchecked ~ strasse", "unchecked is null", "!(unchecked is null) & checked is not null",
    'link ^= "http://a"', 'link = "http://a.test/strasse 2"', "link ~ ubung", "link is null", 'link != "https://a.test/%"', 'link in ("https://a.test/100%", "http://a.test/null")',
    "link_title ~ o", "link_title is null", "!link_title ^= a", "link_rel = related", "link_rel != RELATED", "link_rel is null", "link_rel ^= x-", "link_rel ~ remit",
    "blocked_by_open = 0", "blocked_by_open > 1", "blocked_by_open in (1, 3) & !ready", "comment.version > 1", "comment.updated_at > 2026-01-01", "subtasks = 0", "subtasks > 0", "subtasks != 1", "subtasks in (1, 2)", "subtasks_closed >= 1", "subtasks_closed = 0 & has_subtasks", "subtasks_closed < 1 & subtasks >= 1",
    f"blocks = {IDS[3]}", f"blocks in ({IDS[0]}, {IDS[1]}, {IDS[2]}, {IDS[3]})", f"blocks != {IDS[1]}", "blocks is null", "blocks is not null",
    "rank > aV", "rank <= aV", 'rank < ""', "rank >= aUz", "rank != aV", "rank = aV",
    'project.color = "#FF0000"', 'project.color != "#ff0000"', "project.color is null", "project.color is not null", 'project.color ^= "#ff"', 'project.description = ""',
    "project.description ~ strasse", "!project.description ~ o", f"project.parent = {IDS[0]}", "project.parent is null", "project.archived_at is null", "project.archived_at >= today",
    "project.rank > a2", "project.created_at < today", "project.created_at = this_week", "project.updated_at != this_week", "project.version in (1, 2)", "project.version != 3",
    "section.rank <= a7", "section.created_at > yesterday", "section.updated_at is null", "section.version > 1",
    'label.color in ("#ff0000", "#00ff00")', 'label.color != "#ff0000"', "label.color is null", "label.created_at > today", "label.updated_at < today", "label.version = 1", "label.version != 1",
    "parent.title ~ o", "parent.title != home", 'parent.description ~ "ubung"', "parent.status = todo", "parent.status != todo", "parent.priority > low", "parent.due_date < today", "parent.due_date is null",
    "parent.rank > aA", "parent.created_at > today", "parent.updated_at <= today", "parent.completed_at is not null", "parent.completed_at = this_week", "parent.version >= 3",
    "blocker.title ~ o", "blocker.title ^= h", 'blocker.description != ""', "blocker.status in (done, cancelled)", "blocker.status != done", "blocker.priority <= low", "blocker.due_date is null", "blocker.due_date > today",
    "blocker.rank <= aV", "blocker.created_at < today", "blocker.updated_at = this_month", "blocker.completed_at is null", "blocker.completed_at > today-P9D", "blocker.version != 1",
    "comment.author = arger", "comment.author != me", "comment.author ^= is", "comment.author is null", "comment.created_at >= today", "comment.created_at is null", "comment.edited_at is null", "comment.edited_at < tomorrow",
    'parent.status = done & blocker.status = todo | comment.author = me & !project.color = "#ff0000"',
]  # fmt: skip


NEVER = {"priority < none", 'rank < ""'}


@pytest.mark.rule("FLT-10", "FLT-11", "FLT-13", "FLT-24")
@pytest.mark.parametrize("text", ASKED)
async def test_both_select_the_same_and_something(both: list[Both], text: str) -> None:
    """What people ask; over all worlds each selects some tasks and leaves some, so that it can be told wrong."""
    from domain.filters import parse

    chosen, of = 0, 0
    for one in both:
        resolved = resolve(parse(text), NOW, ZONES[1])
        memory, postgres = await one.selected(resolved, everywhere=True)
        assert memory == postgres
        chosen += len(memory)
        of += len(one.world.live)
    assert (chosen > 0) == (text not in NEVER)
    assert chosen < of


@pytest.mark.rule("FLT-21", "FLT-24")
async def test_the_facts_of_a_task_say_whether_it_is_selected(both: list[Both]) -> None:
    from domain.filters import parse

    for text in ASKED:
        resolved = resolve(parse(text), NOW, ZONES[0])
        for units in both[0].units:
            selected = set((await both[0].selected(resolved, everywhere=True))[0])
            async with units.reading(both[0].owner, Scope.TASKS_READ) as unit:
                for task in both[0].world.live[:8]:
                    facts = await facts_about(unit, TaskId(task.id), ATTRIBUTES)
                    assert matches(resolved, facts) == (task.id in selected), text


# The copies


async def copies(engine: AsyncEngine, owner: Actor, of: Texts) -> dict[UUID, Any]:
    """What is kept beside the things of a kind."""
    async with PostgresUnits(engine).reading(owner, Scope.TASKS_READ) as unit:
        mine = select(of.table).where(of.table.c.account_id == owner.account_id)
        rows = await beneath(unit).execute(mine)
        return {row.id: dict(row._mapping) for row in rows}


async def made_now(engine: AsyncEngine, owner: Actor, of: Texts) -> dict[UUID, Any]:
    async with PostgresUnits(engine).reading(owner, Scope.TASKS_READ) as unit:
        return {one.id: of.of(one) for one in await unit.entities.chunk(of.kind, None, 1_000)}


@pytest.mark.rule("DB-27", "DB-29")
@pytest.mark.parametrize("seed", range(6))
async def test_the_copies_are_what_the_texts_fold_to_whatever_is_done(engine: AsyncEngine, seed: int) -> None:
    dice, owner = random.Random(seed), actor()
    world, units = World(owner, seed, tasks=15), PostgresUnits(engine)
    await world.keep(units)
    for _ in range(12):
        async with units.writing(owner, Scope.TASKS_WRITE) as unit:
            await _act(unit, world, dice)
            with suppress(InTrash):  # a comment on a task in the trash: then nothing is kept
                await (unit.commit() if dice.random() < 0.8 else unit.rehearse())
        for name, texts in TEXTS.items():
            assert await copies(engine, owner, texts) == await made_now(engine, owner, texts), name


async def _act(unit: Any, world: World, dice: random.Random) -> None:
    """Change some, some of them twice; add one; remove a comment for good."""
    for thing in dice.sample(list(world.all()), 6):
        for _ in range(dice.randint(1, 2)):
            now = await unit.entities.find(type(thing), thing.id)
            after = None if now is None else world.changed(now)
            if after is not None and after is not now:
                await unit.entities.save(now, after, "update")
    await unit.entities.add(world._project(UUID(int=dice.getrandbits(128))))
    comment = await unit.entities.find(type(world.comments[0]), dice.choice(world.comments).id)
    if comment is not None:
        await unit.entities.remove(comment, "purge")
