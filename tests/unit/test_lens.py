"""What a filter can see of a change or of time, for any filter: where it says that it sees nothing, nothing moves."""

from dataclasses import replace
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from domain.access import Via
from domain.change import JOURNALED, Change, EntityKind
from domain.comment import Comment
from domain.filters import (
    FIELDS,
    RELATIONS,
    AnyOf,
    Comparison,
    Facts,
    Leaf,
    Or,
    Relation,
    Resolved,
    Tree,
    matches,
)
from domain.filters.tree import joined
from domain.ids import AccountId, CommentId, TaskId
from domain.lens import Lens, Telling, border
from tests.support.filters import (
    CALM,
    IDS,
    NAMES,
    NOW,
    comparisons,
    facts,
    kept,
    names,
    near,
    reachable,
    resolved,
    things,
    tried,
)
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
        assert lens.ties(renamed(kind, {"name": was}, {"name": becomes}))
    if f"{kind}.version" not in lens.asked:
        assert not lens.ties(renamed(kind, {"name": was}, {"name": was}))


@pytest.mark.rule("FSYNC-2")
@given(reachable, facts())
@settings(CALM, max_examples=150)
def test_what_archiving_moves_is_looked_at(tree: Tree, task: Facts) -> None:
    lens = Lens(resolved(tree))
    sides = [replace(task, project_archived=archived) for archived in (False, True)]
    if lens.selects(sides[0]) != lens.selects(sides[1]):
        archived = {"archived_at": "2026-01-01T00:00:00Z"}
        assert lens.ties(renamed(EntityKind.PROJECT, {"archived_at": None}, archived))
        assert lens.sees_projects


moments = st.timedeltas(timedelta(-3), timedelta(3)).map(lambda off: NOW + off)
ASKED_OF = {name: [one for one in FIELDS if one.startswith(f"{name}.")] for name in RELATIONS}
OF_TASKS = [relation for relation in RELATIONS.values() if relation.of_tasks]


def asking(name: str) -> st.SearchStrategy[Comparison]:
    """What one field is asked."""
    return comparisons(st.just(FIELDS[name])).filter(near)


asked_of_comments = st.lists(
    st.sampled_from(["comment", *ASKED_OF["comment"]]).flatmap(asking), min_size=2, max_size=3
).map(lambda each: joined(Or, list(each)))


@st.composite
def revisions(draw: st.DrawFn) -> tuple[Relation, str, Any, Any, list[Any]]:
    """A thing that a relation leads to, before and after one attribute is changed, and another thing."""
    relation = draw(st.sampled_from(OF_TASKS))
    field = draw(st.sampled_from(relation.fields))
    was = draw(things(relation))
    becomes = SimpleNamespace(**{**vars(was), field.attribute: draw(kept(field)), "version": 2})
    was.version = 1
    return relation, field.attribute, was, becomes, draw(st.lists(things(relation), max_size=relation.many))


@pytest.mark.rule("FSYNC-2", "FSYNC-4")
@given(st.data(), revisions(), facts())
@settings(CALM, max_examples=150)
def test_what_any_attribute_moves_is_looked_at(
    data: st.DataObject, revision: tuple[Relation, str, Any, Any, list[Any]], task: Facts
) -> None:
    relation, attribute, was, becomes, others = revision
    same = [one for one in ASKED_OF[relation.name] if FIELDS[one].attribute == f"{relation.name}.{attribute}"]
    tree = data.draw((st.sampled_from(same) | st.sampled_from(ASKED_OF[relation.name])).flatmap(asking))
    lens = Lens(resolved(tree))
    sides = [replace(task, related={relation.name: [one, *others]}) for one in (was, becomes)]
    kind = EntityKind(relation.kind)
    told = [
        JOURNALED[kind].codec.dumped_some({attribute: getattr(one, attribute)} if attribute != "version" else {})
        for one in (was, becomes)
    ]  # fmt: skip
    ties = [name for name, _ in lens.ties(renamed(kind, told[0], told[1]))]
    if lens.selects(sides[0]) != lens.selects(sides[1]):
        assert relation.tie in ties
    if attribute not in tree.field.attribute and "version" not in tree.field.attribute:
        assert relation.tie not in ties


@pytest.mark.rule("FSYNC-2", "FSYNC-4")
@pytest.mark.parametrize("relation", OF_TASKS, ids=lambda relation: relation.name)
def test_a_change_is_looked_at_by_the_versions_before_and_after_it(relation: Relation) -> None:
    """Each is the second version of something."""
    kind = EntityKind(relation.kind)
    for values, seen in (("= 1", True), ("= 2", True), ("> 1", True), ("= 3", False), ("is null", False)):
        lens = Lens(resolved(f"{relation.name}.version {values} | !project.color = x"))
        assert bool(lens.ties(renamed(kind, {}, {}))) is seen


@pytest.mark.rule("FSYNC-2")
def test_what_goes_to_the_trash_or_comes_back_is_looked_at() -> None:
    gone = {"deleted_at": "2026-01-01T00:00:00Z", "deleted_with": str(IDS[0])}
    there = dict.fromkeys(gone)
    lens = Lens(resolved("blocker.status = done & parent.status = done"))
    for before, after in ((there, gone), (gone, there)):
        assert lens.ties(renamed(EntityKind.TASK, before, after)) == [("blocked_by", IDS[0])]


@pytest.mark.rule("FSYNC-1", "FSYNC-11")
@given(
    reachable | asked_of_comments,
    facts(),
    st.lists(st.tuples(names, names, moments, st.none() | moments), max_size=8),
)
@settings(CALM, max_examples=150)
def test_comments_that_tell_the_same_are_one(tree: Tree, task: Facts, written: list[Any]) -> None:
    lens = Lens(resolved(tree))
    telling = Telling(lens)
    comments = [
        Comment(
            account_id=AccountId(UUID(int=1)), id=CommentId(UUID(int=number)), task_id=TaskId(task.id), author=author, body=body,
            created_at=made, updated_at=made, edited_at=edited,
        )
        for number, (body, author, made, edited) in enumerate(written)
    ]  # fmt: skip
    told_of = [one for one in comments if telling.keeps(one)]
    whole, some = (
        replace(task, comments=tuple(one.body for one in told), related={**task.related, "comment": told})
        for told in (comments, told_of)
    )
    assert lens.selects(whole) == lens.selects(some)
    assert len(told_of) <= 1 + sum(leaf.attribute.startswith("comment") for leaf in _leaves(lens))


def _leaves(lens: Lens) -> list[Leaf]:
    from domain.lens import leaves

    return list(leaves(lens.resolved.root))
