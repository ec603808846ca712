"""What a filter can see of a change or of time, for any filter: where it says that it sees nothing, nothing moves."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from domain.access import Via
from domain.change import Change, EntityKind
from domain.comment import Comment
from domain.filters import AnyOf, Facts, Leaf, Resolved, Tree, matches
from domain.ids import AccountId, CommentId, TaskId
from domain.lens import Lens, Telling, border
from tests.support.filters import CALM, IDS, NAMES, NOW, facts, names, reachable, resolved, tried
from tests.support.filters import resolve as resolve_as

ZONES = st.sampled_from(
    [ZoneInfo(name) for name in ("UTC", "Europe/Berlin", "Pacific/Kiritimati", "America/St_Johns")]
)
LATER = st.timedeltas(timedelta(), timedelta(days=40)) | st.timedeltas(timedelta(), timedelta(hours=30))
dated = st.sampled_from([
    "today", "overdue", "upcoming", "due_date != this_week", "due_date in (today, 2026-03-31, monday)", "due_date in (today, tomorrow) & open",
    "created_at > now-P2D", "!(created_at <= today)", "completed_at = next_week | updated_at < monday", "created_at in (today, yesterday, now)",
])  # fmt: skip


def of(tree: Tree | str, now: datetime, zone: ZoneInfo, first: int) -> Resolved | None:
    from domain.filters import parse

    found = tried(resolve_as, parse(tree) if isinstance(tree, str) else tree, now, zone, first)
    return found if isinstance(found, Resolved) else None


@pytest.mark.rule("FSYNC-6")
@given(reachable | dated, facts(), LATER, ZONES, ZONES, st.integers(1, 7), st.integers(1, 7))
@settings(CALM, max_examples=150)
def test_what_time_moves_lies_within_the_border(
    tree: Tree | str, task: Facts, later: timedelta, zone: ZoneInfo, other: ZoneInfo, first: int, second: int
) -> None:
    one, two = of(tree, NOW, zone, first), of(tree, NOW + later, other, second)
    assume(one is not None and two is not None)
    assert one is not None
    assert two is not None
    between = border(one, two)
    if matches(one, task) != matches(two, task):
        assert between
        root = between[0] if len(between) == 1 else AnyOf(between)
        assert matches(replace(two, root=root), task)
    assert border(one, one) == ()


@pytest.mark.rule("FSYNC-6")
def test_the_border_is_no_wider_than_what_time_has_moved_over() -> None:
    one, two = (
        of("created_at > now-P7D & open", NOW + timedelta(hours=at), ZoneInfo("UTC"), 1) for at in (0, 1)
    )
    assert one is not None
    assert two is not None
    (leaf,) = border(one, two)
    start = NOW - timedelta(days=7)
    assert isinstance(leaf, Leaf)
    assert [bound - start for bound in leaf.operands] == [  # type: ignore[operator]
        timedelta(microseconds=1), timedelta(hours=1, microseconds=1),
    ]  # fmt: skip


def renamed(kind: EntityKind, before: dict[str, Any] | None, after: dict[str, Any] | None) -> Change:
    return Change(
        account_id=AccountId(UUID(int=1)), seq=1, at=NOW, actor="a", token_id=None, via=Via.WEB, request_id="r", batch_id=None, reason=None,
        entity=kind, entity_id=IDS[0], verb="update", version=2, reverts=None, before=before, after=after, hash=b"",
    )  # fmt: skip


@pytest.mark.rule("FSYNC-2", "FSYNC-4")
@given(
    reachable,
    facts(),
    names,
    names,
    st.sampled_from([EntityKind.PROJECT, EntityKind.SECTION, EntityKind.LABEL]),
)
@settings(CALM, max_examples=150)
def test_what_a_name_moves_is_looked_at(
    tree: Tree, task: Facts, was: str, becomes: str, kind: EntityKind
) -> None:
    """And by the first name that a thing gets, and the last one that it loses."""
    lens = Lens(resolved(tree))
    sides: list[Facts] = []
    for name in (was, becomes):
        named: dict[EntityKind, dict[str, Any]] = {
            EntityKind.PROJECT: {"project_id": IDS[0], "project_name": name},
            EntityKind.SECTION: {"section_id": IDS[0], "section_name": name},
            EntityKind.LABEL: {"label_ids": (IDS[0], IDS[1]), "label_names": (name, NAMES[0])},
        }
        sides.append(replace(task, **named[kind]))
    if lens.selects(sides[0]) != lens.selects(sides[1]):
        assert lens.tie(renamed(kind, {"name": was}, {"name": becomes})) is not None
    assert lens.tie(renamed(kind, {"name": was}, {"name": was})) is None


@pytest.mark.rule("FSYNC-2")
@given(reachable, facts())
@settings(CALM, max_examples=150)
def test_what_archiving_moves_is_looked_at(tree: Tree, task: Facts) -> None:
    lens = Lens(resolved(tree))
    sides = [replace(task, project_archived=archived) for archived in (False, True)]
    if lens.selects(sides[0]) != lens.selects(sides[1]):
        archived = {"archived_at": "2026-01-01T00:00:00Z"}
        assert lens.tie(renamed(EntityKind.PROJECT, {"archived_at": None}, archived)) is not None
        assert lens.sees_projects


@pytest.mark.rule("FSYNC-1", "FSYNC-11")
@given(reachable, facts(), st.lists(names, max_size=8))
@settings(CALM, max_examples=150)
def test_comments_that_tell_the_same_are_one(tree: Tree, task: Facts, bodies: list[str]) -> None:
    lens = Lens(resolved(tree))
    telling, never = Telling(lens), datetime(2026, 1, 1, tzinfo=UTC)
    comments = [
        Comment(
            account_id=AccountId(UUID(int=1)), id=CommentId(UUID(int=number)), task_id=TaskId(task.id), author="a", body=body,
            created_at=never, updated_at=never,
        )
        for number, body in enumerate(bodies)
    ]  # fmt: skip
    kept = [one.body for one in comments if telling.keeps(one)]
    whole, some = (replace(task, comments=tuple(texts)) for texts in (bodies, kept))
    assert lens.selects(whole) == lens.selects(some)
    assert len(kept) <= 1 + sum(leaf.attribute == "comments" for leaf in _leaves(lens))


def _leaves(lens: Lens) -> list[Leaf]:
    from domain.lens import leaves

    return list(leaves(lens.resolved.root))
