"""Every verb of every kind, as acts whose choices are made of three numbers."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from adapters.clock import UuidV7
from adapters.seal import HmacSeal
from application.comments import Comments
from application.labels import Labels
from application.ports import UnitsOfWork
from application.preferences import Account
from application.projects import Projects
from application.saved_views import Views
from application.sections import Sections
from application.task_places import Placing
from application.tasks import Children, Tasks
from application.trash import Trash
from domain.access import Actor
from domain.attached import ChecklistItem, Link
from domain.change import EntityKind
from domain.errors import CountMismatch
from domain.project import ProjectChanges
from domain.task import Priority, Verb
from domain.usage import LIMITS
from domain.view import Grouping
from tests.support.clocks import FixedClock

NUMBERS = range(1000)
"""What an act's choices are made of."""
BEGINNING = (
    *(("create_project", number, number, 1) for number in range(3)),
    *(("create_section", number, number, 1) for number in range(3)),
    *(("create_label", number, number, 1) for number in range(3)),
    *(("create_task", number, 3 * number, number) for number in range(8)),
    *(("create_comment", number, number, 1) for number in range(2)),
    *(("create_view", number, number, 1) for number in range(2)),
)
"""Some of everything, to begin with."""


@dataclass
class Made:
    """The ids of all that was ever made, by kind."""

    ids: dict[EntityKind, list[UUID]] = field(default_factory=lambda: {kind: [] for kind in EntityKind})

    def pick(self, kind: EntityKind, number: int) -> UUID:
        """One of them; one that never was, where there is none."""
        known = self.ids[kind][-12:]
        return known[number % len(known)] if known else UUID(int=number)

    def perhaps(self, kind: EntityKind, number: int) -> UUID | None:
        """One of them, or none in two cases of three."""
        return self.pick(kind, number // 3) if number % 3 == 0 else None

    def some(self, kind: EntityKind, number: int) -> set[UUID]:
        """Up to two of them."""
        chosen = {self.pick(kind, number // 3), self.pick(kind, number // 7)}
        return chosen if number % 3 == 0 and self.ids[kind] else set()


class Uses:
    """The use cases over the units, and what they have made."""

    def __init__(self, units: UnitsOfWork, clock: FixedClock, made: Made) -> None:
        seal, ids = HmacSeal(b"k" * 32), UuidV7()
        self.made = made
        self.ids = ids
        self.tasks = Tasks(units, clock, ids, seal)
        self.projects = Projects(units, clock, ids)
        self.sections = Sections(units, clock, ids)
        self.labels = Labels(units, clock, ids)
        self.comments = Comments(units, clock, ids)
        self.views = Views(units, clock, ids, seal)
        self.account = Account(units, clock, LIMITS)
        self.trash = Trash(units, clock, seal)

    async def make(self, kind: EntityKind, how: Callable[[UUID], Awaitable[object]]) -> object:
        """Make one under a new id, and remember it."""
        new = self.ids.new()
        made = await how(new)
        self.made.ids[kind].append(new)
        return made


Act = Callable[[Uses, Actor, int, int, int], Awaitable[object]]
TASK, PROJECT, SECTION = EntityKind.TASK, EntityKind.PROJECT, EntityKind.SECTION
LABEL, COMMENT, VIEW = EntityKind.LABEL, EntityKind.COMMENT, EntityKind.VIEW
TRASHES = (TASK, PROJECT, SECTION, LABEL, COMMENT, VIEW)


def _placing(uses: Uses, a: int, b: int) -> Placing:
    placing: Placing = {}
    if a % 2:
        placing["parent_id"] = uses.made.perhaps(TASK, b)
    if a % 5 == 0:
        placing["project_id"] = uses.made.perhaps(PROJECT, b)
    if a % 7 == 0:
        placing["section_id"] = uses.made.perhaps(SECTION, b)
    return placing


async def create_task(uses: Uses, me: Actor, a: int, b: int, c: int) -> object:
    placing = _placing(uses, a, b)
    labels, blockers = uses.made.some(LABEL, c), uses.made.some(TASK, c + b)
    values: Any = {"title": f"task {a}", "labels": labels, "blocked_by": blockers}
    return await uses.make(TASK, lambda new: uses.tasks.create(me, values, placing, new))


async def edit_task(uses: Uses, me: Actor, a: int, b: int, c: int) -> object:
    which = uses.made.pick(TASK, a)
    changes: list[dict[str, Any]] = [
        {"title": f"edited {c}"},
        {"labels": uses.made.some(LABEL, c)},
        {"blocked_by": uses.made.some(TASK, c)},
        {"blocked_by": {uses.made.pick(TASK, c)}},
        {"priority": list(Priority)[c % 5], "description": f"{c}"},
        {"checklist": [ChecklistItem(title=f"{c}", checked=c % 2 == 0)]},
    ]
    return await uses.tasks.edit(me, which, changes[b % len(changes)])  # type: ignore[arg-type]


async def attach_link(uses: Uses, me: Actor, a: int, b: int, c: int) -> object:
    link = Link(href=f"https://a.test/{b % 3}", title=f"{c}")
    return await uses.tasks.attach(me, uses.made.pick(TASK, a), link)


async def detach_link(uses: Uses, me: Actor, a: int, b: int, c: int) -> object:
    return await uses.tasks.detach(me, uses.made.pick(TASK, a), f"https://a.test/{b % 3}")


async def apply_verb(uses: Uses, me: Actor, a: int, b: int, c: int) -> object:
    children = list(Children)[c % 3]
    return await uses.tasks.apply(
        me, uses.made.pick(TASK, a), list(Verb)[b % 4], children=children, override=c % 2 == 0
    )


async def move_task(uses: Uses, me: Actor, a: int, b: int, c: int) -> object:
    beside = uses.made.pick(TASK, c) if b % 2 else None
    placing = _placing(uses, b, c) if b % 4 != 1 else Placing()
    before, after = (beside, None) if b % 3 else (None, beside)
    return await uses.tasks.move(me, uses.made.pick(TASK, a), placing, before, after)


async def duplicate_task(uses: Uses, me: Actor, a: int, b: int, c: int) -> object:
    which, tree = uses.made.pick(TASK, a), b % 2 == 0
    return await uses.make(TASK, lambda new: uses.tasks.duplicate(me, which, tree=tree, new_id=new))


async def delete_task(uses: Uses, me: Actor, a: int, b: int, c: int) -> object:
    return await uses.tasks.delete(me, uses.made.pick(TASK, a))


async def create_project(uses: Uses, me: Actor, a: int, b: int, c: int) -> object:
    parent = uses.made.perhaps(PROJECT, b)
    return await uses.make(PROJECT, lambda new: uses.projects.create(me, {"name": f"p {a}"}, parent, new))


async def edit_project(uses: Uses, me: Actor, a: int, b: int, c: int) -> object:
    changes: list[ProjectChanges] = [
        {"name": f"p{b}", "color": "#00ff00"},
        {"description": f"{c}", "color": None},
    ]
    return await uses.projects.edit(me, uses.made.pick(PROJECT, a), changes[c % 3 == 0])


async def archive_project(uses: Uses, me: Actor, a: int, b: int, c: int) -> object:
    return await uses.projects.archive(me, uses.made.pick(PROJECT, a))


async def unarchive_project(uses: Uses, me: Actor, a: int, b: int, c: int) -> object:
    return await uses.projects.unarchive(me, uses.made.pick(PROJECT, a))


async def move_project(uses: Uses, me: Actor, a: int, b: int, c: int) -> object:
    beside = uses.made.pick(PROJECT, c) if b % 2 else None
    parent = None if b % 3 else (uses.made.perhaps(PROJECT, c),)
    before, after = (beside, None) if b % 5 else (None, beside)
    return await uses.projects.move(me, uses.made.pick(PROJECT, a), parent, before, after)


async def duplicate_project(uses: Uses, me: Actor, a: int, b: int, c: int) -> object:
    which, tree = uses.made.pick(PROJECT, a), b % 2 == 0
    return await uses.make(PROJECT, lambda new: uses.projects.duplicate(me, which, tree=tree, new_id=new))


async def delete_project(uses: Uses, me: Actor, a: int, b: int, c: int) -> object:
    return await uses.projects.delete(me, uses.made.pick(PROJECT, a))


async def create_section(uses: Uses, me: Actor, a: int, b: int, c: int) -> object:
    project = uses.made.perhaps(PROJECT, b)
    return await uses.make(SECTION, lambda new: uses.sections.create(me, {"name": f"s {a}"}, project, new))


async def edit_section(uses: Uses, me: Actor, a: int, b: int, c: int) -> object:
    return await uses.sections.edit(me, uses.made.pick(SECTION, a), {"name": f"s{b}"})


async def move_section(uses: Uses, me: Actor, a: int, b: int, c: int) -> object:
    beside = uses.made.pick(SECTION, c) if b % 2 else None
    project = None if b % 3 else (uses.made.perhaps(PROJECT, c),)
    before, after = (beside, None) if b % 5 else (None, beside)
    return await uses.sections.move(me, uses.made.pick(SECTION, a), project, before, after)


async def delete_section(uses: Uses, me: Actor, a: int, b: int, c: int) -> object:
    return await uses.sections.delete(me, uses.made.pick(SECTION, a))


async def create_label(uses: Uses, me: Actor, a: int, b: int, c: int) -> object:
    name = "éEÄaß"[a % 5] + "x" * (b % 2)
    return await uses.make(LABEL, lambda new: uses.labels.create(me, {"name": name}, new))


async def edit_label(uses: Uses, me: Actor, a: int, b: int, c: int) -> object:
    changes: Any = {"name": "ÉeäAs"[b % 5] + "x" * (c % 2)} if c % 3 else {"color": "#0000ff"}
    return await uses.labels.edit(me, uses.made.pick(LABEL, a), changes)


async def merge_label(uses: Uses, me: Actor, a: int, b: int, c: int) -> object:
    return await uses.labels.merge(me, uses.made.pick(LABEL, a), uses.made.pick(LABEL, b))


async def delete_label(uses: Uses, me: Actor, a: int, b: int, c: int) -> object:
    return await uses.labels.delete(me, uses.made.pick(LABEL, a))


async def create_comment(uses: Uses, me: Actor, a: int, b: int, c: int) -> object:
    task = uses.made.pick(TASK, a)
    return await uses.make(COMMENT, lambda new: uses.comments.create(me, task, f"comment {b}", new))


async def edit_comment(uses: Uses, me: Actor, a: int, b: int, c: int) -> object:
    return await uses.comments.edit(me, uses.made.pick(COMMENT, a), f"edited {b}")


async def delete_comment(uses: Uses, me: Actor, a: int, b: int, c: int) -> object:
    return await uses.comments.delete(me, uses.made.pick(COMMENT, a))


async def create_view(uses: Uses, me: Actor, a: int, b: int, c: int) -> object:
    values: Any = {"name": f"view {a % 3}", "filter": ("open", "overdue", None)[b % 3], "sort": "title"}
    return await uses.make(VIEW, lambda new: uses.views.create(me, values, new))


async def edit_view(uses: Uses, me: Actor, a: int, b: int, c: int) -> object:
    changes: list[Any] = [
        {"name": f"VIEW {c % 4}"},
        {"filter": "today & p1", "sort": None},
        {"grouping": [*Grouping, None][c % 6]},
    ]
    return await uses.views.edit(me, uses.made.pick(VIEW, a), changes[b % len(changes)])


async def delete_view(uses: Uses, me: Actor, a: int, b: int, c: int) -> object:
    return await uses.views.delete(me, uses.made.pick(VIEW, a))


async def prefer(uses: Uses, me: Actor, a: int, b: int, c: int) -> object:
    changes: list[Any] = [
        {"time_zone": "Europe/Berlin"},
        {"locale": "de"},
        {"first_day_of_week": 7},
        {"default_project_id": uses.made.perhaps(PROJECT, b)},
        {"default_project_id": uses.made.pick(PROJECT, b)},
    ]
    return await uses.account.prefer(me, changes[a % len(changes)])


async def restore(uses: Uses, me: Actor, a: int, b: int, c: int) -> object:
    kind = TRASHES[a % len(TRASHES)]
    return await uses.trash.restore(me, kind, uses.made.pick(kind, b))


async def purge(uses: Uses, me: Actor, a: int, b: int, c: int) -> object:
    kind = TRASHES[a % len(TRASHES)]
    which = uses.made.pick(kind, b)
    try:
        return await uses.trash.purge(me, kind, which, -1)
    except CountMismatch as error:
        return await uses.trash.purge(me, kind, which, error.count)


async def empty_trash(uses: Uses, me: Actor, a: int, b: int, c: int) -> object:
    try:
        return await uses.trash.empty(me, -1)
    except CountMismatch as error:
        return await uses.trash.empty(me, error.count)


ACTS: Mapping[str, Act] = {
    act.__name__: act
    for act in (
        create_task, edit_task, attach_link, detach_link, apply_verb, move_task, duplicate_task, delete_task,
        create_project, edit_project, archive_project, unarchive_project, move_project, duplicate_project,
        delete_project, create_section, edit_section, move_section, delete_section,
        create_label, edit_label, merge_label, delete_label,
        create_comment, edit_comment, delete_comment, create_view, edit_view, delete_view, prefer, restore, purge, empty_trash,
    )
}  # fmt: skip
"""Every verb of every kind; each takes three numbers that it makes its choices of."""
FOR_GOOD = frozenset({"purge", "empty_trash"})
