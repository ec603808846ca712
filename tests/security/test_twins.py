"""Two accounts whose things have the very same ids: each sees and changes its own, with either wall alone.

An id that two accounts have makes any statement visible that forgets the owner, in a subselect or a join, too.
"""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from adapters.clock import SystemClock
from adapters.postgres.mapping import table_of
from adapters.postgres.source import PostgresSource
from adapters.postgres.tables import PostingRow
from adapters.postgres.uow import PostgresReadUnit
from adapters.seal import HmacSeal
from application.listing import Listing
from application.sorting import parsed
from application.summary import Summaries
from application.task_lists import Asked
from application.trash import Trash
from application.views import Progress, SearchQuery, TaskQuery
from domain.access import Actor, Scope
from domain.attached import ChecklistItem, Link
from domain.change import JOURNALED, EntityKind
from domain.filters import Resolved, parse, resolve
from domain.ids import LabelId, SectionId, TaskId
from domain.label import Label
from domain.task import Priority, Status, Task, Verb
from domain.view import Grouping
from tests.security.test_walls import MODES, World, open_world
from tests.support.actors import actor
from tests.support.household import Household, household, use_cases
from tests.support.queries import beneath

__all__ = ["open_world"]
KINDS = tuple(kind for kind in EntityKind if JOURNALED[kind].has_trash)
POSTED = table_of(PostingRow)
SECTION, LABEL, FILED = SectionId(UUID(int=1)), LabelId(UUID(int=2)), TaskId(UUID(int=3))
"""Of both, but the task is in the section, and has the label, of one of them only; to the other's it is a blocker."""
LISTED = {EntityKind.LABEL: {"twin", "own"}}
THEIRS = (
    "title = mine", "description ~ theirs", '"theirs"', "checklist ~ theirs", "comment ~ mine", "#mine", "section = theirs",
    "@mine", "@twin", "@theirs", "project_archived", "has_subtasks", "blocked",
    "blocked_by_open > 0", "subtasks > 0", 'project.color = "#ff0000"', "project.description = theirs", "project.version > 1", "section.version > 1",
    'label.color = "#ff0000"', "blocker.title = blocker", "blocker.status = todo", "blocker.description ~ theirs", "parent.title is not null", "checked ~ theirs", "link ^= https", "link_title = theirs",
)  # fmt: skip
"""Filters that none of one's own things passes, as they are tied by oneself."""
LATER = datetime(2099, 1, 1, tzinfo=UTC)
NAMES = {EntityKind.TASK: "title", EntityKind.COMMENT: "body"}


async def twin(world: World, owner: Actor, of: Household) -> None:
    """Things with the same ids, but none is tied as those are: no subtask, no label, no open blocker, no trash."""
    make, own = use_cases(world.units), owner
    await make.projects.create(own, {"name": "twin"}, None, of.outer)
    await make.projects.create(own, {"name": "twin"}, None, of.project)
    await make.sections.create(own, {"name": "twin"}, None, of.section)
    await make.labels.create(own, {"name": "twin"}, of.label)
    # Words that the other one has, too, but not in all of the same places.
    await make.tasks.create(own, {"title": "twin", "description": "part"}, {"project_id": None}, of.blocker)
    await make.tasks.apply(own, of.blocker, Verb.COMPLETE)
    blocked_by = [TaskId(of.blocker)]
    await make.tasks.create(
        own,
        {"title": "twin", "description": "shared", "blocked_by": blocked_by},
        {"project_id": of.project},
        of.task,
    )
    for task, words in ((of.subtask, "alone"), (of.trashed, "part theiving")):
        await make.tasks.create(own, {"title": "twin", "description": words}, {"project_id": None}, task)
    await make.comments.create(own, of.blocker, "twin", of.comment)
    await make.sections.create(own, {"name": "twin"}, None, SECTION)
    await make.labels.create(own, {"name": "own"}, LABEL)
    await make.tasks.create(own, {"title": "twin", "labels": [LABEL]}, {"section_id": SECTION}, FILED)
    await make.views.create(own, {"name": "twin"}, of.view)


async def everything(world: World, owner: Actor) -> list[Any]:
    async with world.units.reading(owner, Scope.TASKS_READ) as unit:
        assert isinstance(unit, PostgresReadUnit)
        source = PostgresSource(beneath(unit), owner)
        found = [one for kind in EntityKind for one in await unit.entities.chunk(kind, None, 100)]
        labels = {one.id for one in found if isinstance(one, Label)}
        tasks = [one.id for one in found if isinstance(one, Task)]
        tied = [one.id for one in await source.fetch(EntityKind.TASK, {"labels": labels})]
        posted = select(POSTED).where(POSTED.c.account_id == owner.account_id)
        rows = [tuple(row) for row in await unit.changes._connection.execute(posted)]
        return [*found, sorted(tied), sorted(await source.blocking(tasks)), sorted(rows)]


def names(things: Any) -> set[str]:
    return {
        getattr(one, NAMES.get(kind, "name"))
        for kind in KINDS
        for one in things
        if type(one) is JOURNALED[kind].entity
    }


Look = Callable[[], Awaitable[Any]]
Looks = dict[str, tuple[Look, Any]]
How = Callable[[PostgresReadUnit, PostgresSource], Awaitable[Any]]


def _arranged(of: Household) -> dict[str, tuple[How, Any]]:
    looked_into = resolve(parse("has_subtasks | !has_subtasks"), LATER, ZoneInfo("UTC"))

    async def told_apart(unit: PostgresReadUnit, by: Grouping, chosen: Resolved | None) -> Any:
        groups = await unit.arranged.groups(TaskQuery(everywhere=True, filter=chosen), by, None, 9)
        return [(one.place.key, one.name, len(one.items)) for one in groups]

    async def scores(unit: PostgresReadUnit, _: PostgresSource) -> Any:
        ranked = await unit.arranged.ranked(TaskQuery(everywhere=True), LATER.date(), LATER, None)
        return sorted((one.view.task.title, one.score.unblocks) for one in ranked)

    found: dict[str, tuple[How, Any]] = {"scores": (scores, [("twin", 0)] * 4 + [("twin", 5)])}
    for by, expected in (
        (Grouping.PROJECT, [(of.project, "twin", 1), (None, "Inbox", 4)]),
        (Grouping.LABEL, [(LABEL, "own", 1), (None, None, 4)]),
        (Grouping.DAY, [(None, None, 5)]),
        (Grouping.PRIORITY, [(Priority.NONE, None, 5)]),
        (Grouping.STATUS, [(Status.TODO, None, 4), (Status.DONE, None, 1)]),
    ):
        found[f"tasks by {by}"] = (lambda unit, _, by=by: told_apart(unit, by, None), expected)
        found[f"chosen tasks by {by}"] = (lambda unit, _, by=by: told_apart(unit, by, looked_into), expected)
    return found


def looks(world: World, me: Actor, other: Actor, of: Household) -> Looks:
    """By name: how to look, and what is seen where nothing of the other one is."""
    tasks, trash = use_cases(world.units).tasks, Trash(world.units, SystemClock(), HmacSeal(b"k" * 32))
    listing = Listing(world.units, HmacSeal(b"k" * 32))

    def reading(how: How) -> Look:
        async def look() -> Any:
            async with world.units.reading(me, Scope.TASKS_READ) as unit:
                assert isinstance(unit, PostgresReadUnit)
                return await how(unit, PostgresSource(beneath(unit), me))

        return look

    async def view() -> Any:
        found = await tasks.get(me, of.task)
        return found.task.title, found.progress, found.blocked_by_open, found.task.labels

    async def listed(where: Any) -> Any:
        return sorted(one["title"] for one in (await tasks.list(me, Asked(where=where))).items)

    there = {"project_id": {of.project}}
    found: dict[str, tuple[Look, Any]] = {
        "a task, its progress and its blockers": (view, ("twin", Progress(), 0, frozenset())),
        "tasks, the archived left out": (lambda: listed({}), ["twin"] * 5),
        "tasks of a label": (lambda: listed({"labels": {of.label}, **there}), []),
        "tasks of a section": (lambda: listed({"section_id": {of.section}, **there}), []),
        "subtasks": (lambda: listed({"parent_id": {of.task}, **there}), []),
        "progress": (reading(lambda _, source: source.progress([of.task])), {}),
        "blocking": (
            reading(lambda _, source: source.blocking([of.task, of.subtask])), [(of.task, of.blocker)],
        ),
        "counts": (
            reading(lambda unit, _: unit.entities.counts()), {"task": 5, "project": 2, "section": 2, "label": 2, "comment": 1, "view": 1, "rank": 9},
        ),
        "preferences": (reading(lambda unit, _: unit.entities.find(EntityKind.PREFERENCES, other.account_id)), None),
    }  # fmt: skip

    found |= {name: (reading(how), expected) for name, (how, expected) in _arranged(of).items()}
    found |= _searches(reading, of)

    async def in_the_trash() -> Any:
        return (await trash.list(me)).items

    found["the trash"] = (in_the_trash, [])
    for name, where in (
        ("labels", of.label),
        ("blocked_by", of.trashed),
        ("parent_id", of.task),
        ("section_id", of.section),
    ):
        found[f"stored tasks by {name}"] = (
            reading(lambda _, source, name=name, where=where: source.fetch(EntityKind.TASK, {name: {where}})), [],
        )  # fmt: skip
    found["stored tasks by blocked_by"] = (
        _named(reading(lambda _, source: source.fetch(EntityKind.TASK, {"blocked_by": {of.blocker}}))), {"twin"},
    )  # fmt: skip
    for kind in KINDS:
        found[f"one {kind}"] = (
            _named(reading(lambda unit, _, kind=kind: unit.entities.some(kind, {"id": {of.of_kind[kind]}}))),
            {"twin"},
        )
        found[f"stored {kind}s"] = (
            _named(
                reading(lambda _, source, kind=kind: source.fetch(kind, {"id": set(of.of_kind.values())}))
            ),
            {"twin"},
        )
        found[f"chunk of {kind}s"] = (
            _named(reading(lambda unit, _, kind=kind: unit.entities.chunk(kind, None, 100))),
            LISTED.get(kind, {"twin"}),
        )
        found[f"trashed {kind}s"] = (reading(lambda _, source, kind=kind: source.trashed(kind, LATER, 9)), [])
        if kind is not EntityKind.TASK:
            found[f"page of {kind}s"] = (
                _named(lambda kind=kind: _items(listing, me, kind)),
                LISTED.get(kind, {"twin"}),
            )
    for kind, place in (
        (EntityKind.TASK, {"section_id": {of.section}}),
        (EntityKind.PROJECT, {"parent_id": {of.outer}}),
        (EntityKind.SECTION, {"project_id": {of.project}}),
    ):
        found[f"neighbours of {kind}s"] = (
            reading(lambda _, source, kind=kind, place=place: source.neighbours(kind, place, "A0", forward=True, limit=9)), [],
        )  # fmt: skip
    return found | asked(world, me, other, of)


def asked(world: World, me: Actor, other: Actor, of: Household) -> dict[str, tuple[Look, Any]]:
    """The same of what looks into other tables for each of many tasks: filters, an order, the summary."""
    tasks = use_cases(world.units).tasks

    async def listed(**how: Any) -> list[UUID]:
        return [UUID(one["id"]) for one in (await tasks.list(me, Asked(**how))).items]

    async def shown() -> Any:
        found = await tasks.show(me, of.task)
        return found["title"], found["subtasks"], found["blocked_by_open"], found["labels"]

    async def chosen(text: str) -> set[UUID]:
        return set(await listed(filter=text, where={"project_id": {of.project, None}}))

    async def summary() -> Any:
        found = (await Summaries(world.units, SystemClock()).get(me)).summary
        projects = sorted((one.name or "", one.open, one.closed) for one in found.by_project)
        return found.total, found.no_due_date, found.completed_by_day[-1].count, projects

    every = {of.blocker, of.task, of.subtask, of.trashed, FILED}
    selected: dict[str, set[UUID]] = {
        **{text: set() for text in (*THEIRS, f"label = {of.label}", f"blocked_by = {FILED}", f"blocks = {of.subtask}", f'comment.author = "{other.name}"')},
        # Of own ones, if none of the other one's stands in between.
        "comment is null": every - {of.blocker},
        "blocks is null": every - {of.blocker},
        "blocker.status = done": {of.task},
        "blocker.title = twin": {of.task},
        "label.color is null & label.created_at is not null": {FILED},
        "section.version = 1": {FILED},
        "project.color is null & project.created_at is not null": {of.task},
        "comment.author is not null": {of.blocker},
        "comment.edited_at is null": every,
        "#twin": {of.task},
        "section = twin": {FILED},
        "ready": every - {of.blocker},
        "!has_subtasks & !blocked & !project_archived & !@mine": every,
    }  # fmt: skip
    found: dict[str, tuple[Look, Any]] = {
        f"filter {text}": (lambda text=text: chosen(text), ids) for text, ids in selected.items()
    }
    return found | {
        "a task as it is shown": (shown, ("twin", {"total": 0, "closed": 0}, 0, ())),
        "tasks by title": (lambda: listed(sort=parsed("title")), sorted(every)),
        "summary": (summary, (5, 4, 1, [("", 3, 1), ("twin", 1, 0)])),
    }


def _searches(
    reading: Callable[[Callable[[PostgresReadUnit, PostgresSource], Awaitable[Any]]], Look], of: Household
) -> Looks:
    def searched(*words: str, **how: Any) -> Look:
        """What is found and what it is worth, and what the words are taken for."""

        async def search(unit: PostgresReadUnit, _: PostgresSource) -> Any:
            found = await unit.search.find(SearchQuery(words=words, **({"limit": 9} | how)))
            hits = [(UUID(hit.task["id"]), hit.score) for hit in found.hits]
            return hits, [dict(one.near) for one in found.sought]

        return reading(search)

    looked_up: dict[str, Any] = {"few": 0, "looks": (), "matches": 1, "looked_up": 9}
    return {
        "a word of the other's": (searched("blocker"), ([], [{}])),
        "a word like one of the other's": (searched("blockre"), ([], [{}])),
        "a word that the other's begin with": (searched("their"), ([(of.trashed, 2)], [{"theiving": 2}])),
        "a word like the beginning of the other's": (searched("plocke"), ([], [{}])),
        "a word in another place": (searched("alone", "part", **looked_up), ([], [{}, {}])),
        "a beginning in another place": (searched("alone", "par", **looked_up), ([], [{}, {}])),
        "the newest of a word": (
            searched("part", few=0, looks=(9,), limit=1), ([(of.trashed, 12)], [{}]),
        ),
    }  # fmt: skip


async def _items(listing: Listing, me: Actor, kind: EntityKind) -> Any:
    return (await listing.page(me, kind, {})).items


def _named(look: Look) -> Look:
    async def named() -> set[str]:
        return names(await look())

    return named


async def two(world: World) -> tuple[Actor, Actor, Household]:
    """Two accounts, with both walls up."""
    victim, thief = actor(), actor()
    of, make = await household(world.units, victim), use_cases(world.units)
    await make.tasks.edit(victim, of.subtask, {"blocked_by": [TaskId(of.blocker)]})
    await make.sections.create(victim, {"name": "theirs"}, None, SECTION)
    await make.labels.create(victim, {"name": "theirs", "color": "#ff0000"}, LABEL)
    await make.sections.edit(victim, SECTION, {"name": "Theirs"})
    await make.projects.edit(victim, of.project, {"color": "#ff0000", "description": "theirs"})
    await make.tasks.edit(victim, of.blocker, {"description": "theirs"})
    await make.comments.edit(victim, of.comment, "Mine")
    await make.tasks.create(victim, {"title": "theirs"}, {"project_id": None}, FILED)
    items = [ChecklistItem(title="theirs", checked=True)]
    links = [Link(href="https://theirs.test", title="theirs")]
    blocked_by = [TaskId(of.blocker), FILED]
    await make.tasks.edit(
        victim,
        of.task,
        {"description": "shared theirs", "checklist": items, "links": links, "blocked_by": blocked_by},
    )
    trashed = (
        (make.projects, await make.projects.create(victim, {"name": "gone"})),
        (make.sections, await make.sections.create(victim, {"name": "gone"})),
        (make.labels, await make.labels.create(victim, {"name": "gone"})),
        (make.comments, await make.comments.create(victim, of.blocker, "gone")),
        (make.views, await make.views.create(victim, {"name": "gone"})),
    )
    for kind, one in trashed:
        await kind.delete(victim, one.id)
    await make.projects.archive(victim, of.outer)
    await twin(world, thief, of)
    return victim, thief, of


async def seen(world: World, victim: Actor, thief: Actor, of: Household) -> set[str]:
    """What one sees of the other's."""
    found: set[str] = set()
    for name, (look, expected) in looks(world, thief, victim, of).items():
        try:
            if await look() != expected:
                found.add(name)
        except Exception:  # noqa: BLE001 - whatever it is, it comes of the other one's things
            found.add(name)
    return found


async def done(world: World, victim: Actor, thief: Actor, of: Household) -> set[str]:
    """What one does to the other's, or cannot do for them."""
    found: set[str] = set()
    before = await everything(world, victim)
    for name, act in acts(world, thief, of).items():
        try:
            await act()
        except Exception:  # noqa: BLE001 - the same
            found.add(name)
        if await everything(world, victim) != before:
            found.add(name)
            before = await everything(world, victim)
    return found


def acts(world: World, me: Actor, of: Household) -> dict[str, Look]:
    make, trash = use_cases(world.units), Trash(world.units, SystemClock(), HmacSeal(b"k" * 32))

    async def edit() -> None:
        await make.tasks.edit(
            me, of.task, {"title": "edited", "description": "", "labels": [of.label], "blocked_by": []}
        )
        await make.projects.edit(me, of.project, {"name": "edited"})
        await make.sections.edit(me, of.section, {"name": "edited"})
        await make.labels.edit(me, of.label, {"name": "edited"})
        await make.comments.edit(me, of.comment, "edited")
        await make.views.edit(me, of.view, {"name": "edited", "filter": None})

    async def move() -> None:
        await make.tasks.move(me, of.subtask, {}, before=of.blocker)
        await make.projects.move(me, of.project, (of.outer,))
        await make.projects.archive(me, of.outer)
        await make.projects.unarchive(me, of.outer)

    async def delete() -> None:
        await make.projects.delete(me, of.outer)
        await make.sections.delete(me, of.section)
        await make.labels.delete(me, of.label)
        await make.tasks.delete(me, of.blocker)
        await make.comments.delete(me, of.comment)
        await make.views.delete(me, of.view)

    async def restore() -> None:
        await trash.restore(me, EntityKind.PROJECT, of.outer)
        await trash.restore(me, EntityKind.LABEL, of.label)

    async def purge() -> None:
        await make.projects.delete(me, of.outer)
        await make.tasks.delete(me, of.trashed)
        await trash.purge(me, EntityKind.PROJECT, of.outer, 3)
        await trash.purge(me, EntityKind.TASK, of.blocker, 2)
        await trash.empty(me, 3)

    return {"edit": edit, "move": move, "delete": delete, "restore": restore, "purge": purge}


@pytest.mark.rule("DB-1", "DB-4", "DB-5")
@pytest.mark.parametrize("mode", MODES)
async def test_things_with_the_same_ids_have_nothing_to_do_with_each_other(
    open_world: Callable[[str], World], mode: str
) -> None:
    made = await two(open_world("both"))
    world = open_world(mode)
    assert await seen(world, *made) == set()
    assert await done(world, *made) == set()


@pytest.mark.rule("DB-5", "VIEW-8")
@pytest.mark.parametrize("mode", MODES)
async def test_a_label_that_two_accounts_have_is_two_groups(
    open_world: Callable[[str], World], mode: str
) -> None:
    world = open_world("both")
    _, thief, of = await two(world)
    await use_cases(world.units).tasks.edit(thief, of.task, {"labels": [LabelId(of.label)]})
    async with open_world(mode).units.reading(thief, Scope.TASKS_READ) as unit:
        groups = await unit.arranged.groups(TaskQuery(everywhere=True), Grouping.LABEL, None, 9)
    apart = [(one.place.key, one.name, len(one.items)) for one in groups]
    assert apart == [(LABEL, "own", 1), (of.label, "twin", 1), (None, None, 3)]


@pytest.mark.rule("DB-5", "FLT-26")
@pytest.mark.parametrize("mode", [*MODES, "none"])
async def test_a_parent_that_two_accounts_have_is_two_parents(
    open_world: Callable[[str], World], mode: str
) -> None:
    world = open_world("both")
    _, thief, of = await two(world)
    there = {"project_id": of.project, "parent_id": TaskId(of.task)}
    await use_cases(world.units).tasks.move(thief, of.subtask, there)
    tasks, where = use_cases(open_world(mode).units).tasks, {"project_id": {of.project, None}}
    found = {
        text: {UUID(one["id"]) for one in (await tasks.list(thief, Asked(filter=text, where=where))).items}
        for text in (
            "parent.title = mine",
            "parent.description ~ theirs",
            "parent.version > 1",
            "parent.title = twin",
        )
    }
    expected = {text: {of.subtask} if text.endswith("twin") else set() for text in found}
    assert (found == expected) is (mode != "none")


@pytest.mark.rule("DB-5", "FLT-24")
@pytest.mark.parametrize("mode", [*MODES, "none"])
async def test_what_waits_in_another_account_alone_does_not_wait(
    open_world: Callable[[str], World], mode: str
) -> None:
    """One's own waiting task is in the trash, and the other's of the same id is not."""
    make = use_cases(open_world("both").units)
    _, thief, of = await two(open_world("both"))
    await make.tasks.edit(thief, of.subtask, {"blocked_by": [TaskId(of.blocker)]})
    await make.tasks.delete(thief, of.subtask)
    tasks = use_cases(open_world(mode).units).tasks
    found = (
        await tasks.list(thief, Asked(filter=f"blocks = {of.subtask}", where={"project_id": {None}}))
    ).items
    assert (len(found) == 0) is (mode != "none")


async def test_without_either_wall_each_look_and_act_would_show_it(
    open_world: Callable[[str], World],
) -> None:
    made = await two(open_world("both"))
    world = open_world("none")
    # The account's own row is found by its id, which is nobody else's: that filter is not taken away.
    assert set(looks(world, made[1], made[0], made[2])) - await seen(world, *made) == {"counts"}
    assert {"edit", "move", "delete", "purge"} <= await done(world, *made)
