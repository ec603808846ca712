"""What a filter selects is what is kept of it by filtered changes: at the end of each page, whatever was done."""

import random
from collections.abc import Iterator, Sequence
from contextlib import suppress
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from application import stretches
from domain.errors import FilterInvalid
from domain.filters import Tree, canonical
from tests.contract.test_replay import Acted, numbers
from tests.support.acts import ACTS, NUMBERS
from tests.support.clocks import FixedClock
from tests.support.filtered import FilteredCopy, journal
from tests.support.filters import trees
from tests.support.watched import Watched
from tests.support.world import Units

FILTERS = [
    "status = todo", "ready", "blocked", "!blocked & open", "has_subtasks", "!has_subtasks", "no label", "@a", "@e | @ex", "label ^= e",
    "label is not null", "project is null", "#p1", "project ~ 1", 'project ^= "p "', "project_archived", "!project_archived", "title ~ 1",
    "section ~ s", "section ^= s1", "section is null & open", "comment ~ 1", "comment ~ edited", "comment is null", "checklist is not null",
    "today", "overdue", "upcoming | no date", "due_date = this_week", "due_date in (today, monday)", "due_date != today",
    "created_at > now-PT30S", "updated_at < now-PT1M", "created_at >= today", "completed_at > now-PT40S", "version > 2", "priority >= high",
    "(ready | has_subtasks) & !(comment ~ 1)", "overdue | @a | blocked", "parent is not null & !project_archived", "!(today & #p1)",
    "subtasks > 1", "subtasks = 1", "subtasks_closed > 0", "subtasks_closed = 0 & has_subtasks", "blocks is null", "blocks is not null & open", "blocked | blocks is not null",
    'project.color = "#00ff00"', "project.color is null", "project.description ~ 1 | project.parent is not null", "project.version > 1", "project.updated_at > now-PT40S",
    "project.archived_at is null & open", "project.archived_at > today", "project.rank > a1", "section.version > 1", "section.updated_at > now-PT1M | section.rank > a1",
    "label.color is null", 'label.color = "#0000ff"', "label.version = 1", "label.updated_at < now-PT30S", "!(label.created_at > now-PT50S)",
    "parent.status = done", "parent.status != todo", "parent.title ~ 1", "parent.due_date is null", "parent.due_date <= today", "parent.priority >= high | parent.version > 2", "parent.rank > a2",
    "blocker.status in (todo, done)", "blocker.status != in_progress", "blocker.title ~ edited", "blocker.due_date is not null", "!(blocker.due_date > today)", "blocker.completed_at is null",
    "blocker.updated_at > now-PT30S", "blocker.version > 2 & !blocked", "blocker.description ~ 1 | parent.description ~ 1", "(parent.status = todo | blocker.status = todo) & comment.author is null",
    "comment.edited_at is null", "comment.edited_at is not null", "comment.created_at > now-PT1M", "comment.author ~ s & !(comment.edited_at < now-PT20S)", "parent.title ~ 1 & has_subtasks",
    "unchecked is null & checklist is not null", "checked ~ 2", "link ^= https", "link_title ~ 1 | link is null", "rank > a3 & rank < aC",
]  # fmt: skip
NAMES = (*ACTS, "due", "due", "wait", "step", "step", "sync", "sync", "take_back")
acts = st.lists(st.tuples(st.sampled_from(NAMES), numbers, numbers, numbers), min_size=3, max_size=30)
PATIENT = {"deadline": None, "suppress_health_check": list(HealthCheck)}


@pytest.fixture(params=[2, 500])
def together(request: pytest.FixtureRequest) -> Iterator[int]:
    with patch.object(stretches, "TOGETHER", request.param):
        yield request.param


async def lived(world: Watched, done: Sequence[Acted]) -> None:
    await world.begin()
    for act in done:
        await world.act(*act)
    await world.follow()


some_filters = st.lists(st.sampled_from(FILTERS), min_size=2, max_size=4, unique=True)
limits = st.integers(1, 12)
LIVED = given(done=acts, texts=some_filters, limit=limits)


@pytest.mark.rule("FSYNC-1", "FSYNC-2", "FSYNC-4", "FSYNC-6")
@LIVED
@settings(max_examples=20, **PATIENT)
async def test_what_is_kept_is_what_is_selected(
    units: Units, clock: FixedClock, together: int, done: Sequence[Acted], texts: list[str], limit: int
) -> None:
    await lived(Watched(units, clock, texts, limit), done)


@pytest.mark.long
@LIVED
@settings(max_examples=500, **PATIENT)
async def test_what_is_kept_is_what_is_selected_by_hundreds(
    units: Units, clock: FixedClock, together: int, done: Sequence[Acted], texts: list[str], limit: int
) -> None:
    await lived(Watched(units, clock, texts, limit), done)


@pytest.mark.rule("FSYNC-1")
@given(done=acts, tree=trees, limit=limits)
@settings(max_examples=40, **PATIENT)
async def test_whatever_the_filter_is(
    units: Units, clock: FixedClock, done: Sequence[Acted], tree: Tree, limit: int
) -> None:
    with suppress(FilterInvalid):  # a date that lies too far away
        await lived(Watched(units, clock, [canonical(tree)], limit), done)


@pytest.mark.rule("FSYNC-1", "FSYNC-4")
async def test_pages_of_every_size(units: Units, clock: FixedClock, together: int) -> None:
    """From the first change on, by places within what one commit has made, too."""
    dice, filters = random.Random(3), [text for text in FILTERS if "now" not in text]
    world = Watched(units, clock, FILTERS[:2], 1)
    await lived(world, [(dice.choice(NAMES), *(dice.choice(NUMBERS) for _ in range(3))) for _ in range(60)])  # type: ignore[misc]
    for limit in range(1, len(await journal(units, world.me)) + 2, 1 if together > 2 else 5):
        world.limit = limit
        world.copies = [FilteredCopy(world.filtered, world.me, text) for text in dice.sample(filters, 2)]
        await world.follow()
