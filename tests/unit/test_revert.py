"""Taking a change back, as a pure rule."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.change import Change, Head, Journaled, journaled_as, record
from domain.errors import NotRevertible, RemitError, RevertConflict
from domain.folding import folded
from domain.ids import ProjectId, TaskId
from domain.label import Label
from domain.preferences import Preferences
from domain.revert import before, reverted
from domain.task import DUE_FIRST, DUE_LAST, Priority, Status, Task, Verb
from domain.view import View, key_of
from tests.support.actors import actor
from tests.support.kinds import things

NOW = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
ME = actor("undo")
texts = st.text("ab", min_size=1, max_size=2)
acts = st.lists(
    st.one_of(
        st.sampled_from([*Verb, "delete"]),
        st.fixed_dictionaries({}, optional={"title": texts, "description": texts, "priority": st.sampled_from(Priority), "due_date": st.none() | st.dates(DUE_FIRST, DUE_LAST)}),
    ),
    max_size=12,
)  # fmt: skip


def told(was: Task | None, task: Task, verb: str, seq: int) -> Change:
    return record(ME, Head(seq - 1, b"", None), task.updated_at, was, task, verb)


def made() -> Task:
    return Task.create(ME.account_id, TaskId(UUID(int=1)), {"title": "t"}, NOW, rank="a0")


def history(done: Sequence[object]) -> tuple[list[Task], list[Change]]:
    """Each state of a task, and the change that led to it."""
    task = made()
    tasks, changes = [task], [told(None, task, "create", 1)]
    for number, act in enumerate(done):
        at = NOW + timedelta(minutes=number + 1)
        try:
            if act == "delete":
                after = task.delete(at)
            elif isinstance(act, Verb):
                after = task.apply(act, at)
            else:
                after = task.edit(act, at)
        except RemitError:
            continue
        if task.deleted_at is None and after is not task:
            changes.append(told(task, after, "any", len(changes) + 1))
            tasks.append(after)
            task = after
    return tasks, changes


def shown(task: Task) -> Task:
    """Without what only says that something happened."""
    return replace(task, updated_at=NOW, version=1)


@pytest.mark.rule("UNDO-1")
@given(acts)
def test_taking_back_whatever_was_done_last_is_the_state_before(done: list[object]) -> None:
    tasks, changes = history(done)
    later = NOW + timedelta(days=1)
    if len(tasks) == 1:
        assert reverted(tasks[0], changes[0], (), later).deleted_at == later
    else:
        back = reverted(tasks[-1], changes[-1], (), later)
        assert shown(back) == shown(tasks[-2])
        assert (back.version, back.updated_at) == (tasks[-1].version + 1, later)


@pytest.mark.rule("UNDO-3")
@given(acts.filter(len))
def test_taking_that_back_is_the_state_after(done: list[object]) -> None:
    tasks, changes = history(done)
    if len(tasks) > 1:
        at = NOW + timedelta(days=1)
        back = reverted(tasks[-1], changes[-1], (), at)
        again = reverted(back, told(tasks[-1], back, "revert", 99), (), at)
        expected = tasks[-1] if tasks[-1].deleted_at is None else replace(tasks[-1], deleted_at=at)
        assert shown(again) == shown(expected)


@pytest.mark.rule("UNDO-1")
@given(acts)
def test_taking_everything_back_the_last_one_first_is_the_beginning(done: list[object]) -> None:
    tasks, changes = history(done)
    task = tasks[-1]
    for change in reversed(changes[1:]):
        task = reverted(task, change, (), NOW)
    assert shown(task) == shown(tasks[0])


@pytest.mark.rule("PAST-2")
@given(acts)
def test_each_state_follows_from_the_one_after_it(done: list[object]) -> None:
    tasks, changes = history(done)
    task: Task | None = tasks[-1]
    for expected, change in zip(reversed([None, *tasks[:-1]]), reversed(changes), strict=True):
        task = before(task, change)
        assert task == expected


@pytest.mark.rule("UNDO-2")
def test_a_field_that_has_changed_since_is_a_conflict_unless_it_is_forced() -> None:
    tasks, changes = history([{"title": "u", "description": "d"}, {"title": "v"}])
    with pytest.raises(RevertConflict) as refused:
        reverted(tasks[-1], changes[1], (), NOW)
    (conflict,) = refused.value.conflicts
    assert (conflict.field, conflict.current, conflict.reverted) == ("title", "v", "t")
    back = reverted(tasks[-1], changes[1], {"title"}, NOW)
    assert (back.title, back.description) == ("t", "")
    restored = replace(tasks[-1], title="t")
    assert reverted(restored, changes[1], (), NOW).description == ""


@pytest.mark.rule("UNDO-2")
def test_what_went_to_the_trash_since_is_a_conflict() -> None:
    tasks, changes = history([{"title": "u"}, "delete"])
    with pytest.raises(RevertConflict) as refused:
        reverted(tasks[-1], changes[1], (), NOW)
    assert [one.field for one in refused.value.conflicts] == ["deleted_at"]
    assert reverted(tasks[-1], changes[1], {"deleted_at"}, NOW).title == "t"


@pytest.mark.rule("UNDO-1", "UNDO-2")
def test_what_was_made_and_edited_since_goes_to_the_trash_only_by_force() -> None:
    tasks, changes = history([{"title": "u"}, Verb.COMPLETE])
    with pytest.raises(RevertConflict) as refused:
        reverted(tasks[-1], changes[0], (), NOW)
    assert {one.field for one in refused.value.conflicts} == {"title", "status"}
    assert reverted(tasks[-1], changes[0], {"title", "status"}, NOW).deleted_at == NOW


@pytest.mark.rule("UNDO-1")
def test_a_completion_comes_back_with_its_time() -> None:
    tasks, changes = history([Verb.COMPLETE, Verb.REOPEN])
    back = reverted(tasks[-1], changes[2], (), NOW + timedelta(days=1))
    assert (back.status, back.completed_at) == (tasks[1].status, tasks[1].completed_at)


ANY = things(ME.account_id)
pairs = st.sampled_from(sorted(ANY)).flatmap(lambda kind: st.tuples(ANY[kind], ANY[kind]))


def _next(was: Any, now: Any) -> Any:
    """The same thing, changed into the other; consistent in what follows from the rest."""
    values: dict[str, Any] = {"id": was.id, "version": was.version + 1}
    if isinstance(now, Label):
        values["key"] = folded(now.name)
    if isinstance(now, View):
        values["key"] = key_of(now.name)
    if isinstance(now, Task):
        values["completed_at"] = (now.completed_at or NOW) if now.status is Status.DONE else None
    return _filed(replace(now, **values))


def _filed(one: Any) -> Any:
    """In the trash with something, or not there."""
    if isinstance(one, Preferences):
        return one
    return replace(one, deleted_with=None if one.deleted_at is None else one.deleted_with or one.id)


def _bare(how: Journaled, one: Any) -> dict[str, Any]:
    state = how.codec.state(one)
    trashed = state.get("deleted_at") is not None
    left = {name: value for name, value in state.items() if name not in {"updated_at", "deleted_with"}}
    return left | ({"deleted_at": trashed} if how.has_trash else {})


@given(pairs)
def test_a_change_of_any_kind_is_taken_back_and_made_again(pair: tuple[Any, Any]) -> None:
    was = _next(pair[0], pair[0])
    now = _next(was, pair[1])
    how = journaled_as(was)
    change = record(ME, Head(0, b"", None), NOW, was, now, "any")
    back = reverted(now, change, (), NOW)
    if isinstance(was, Task) and was.status is Status.DONE:
        assert back.completed_at is not None
    assert _bare(how, back) == _bare(how, was)
    again = reverted(back, record(ME, Head(0, b"", None), NOW, now, back, "revert"), (), NOW)
    assert _bare(how, again) == _bare(how, now)


@given(pairs)
def test_before_a_change_of_any_kind_is_what_was_before(pair: tuple[Any, Any]) -> None:
    was = _next(pair[0], pair[0])
    now = _next(was, pair[1])
    assert before(now, record(ME, Head(0, b"", None), NOW, was, now, "any")) == was
    assert before(now, record(ME, Head(0, b"", None), NOW, None, now, "create")) is None
    assert before(None, record(ME, Head(0, b"", None), NOW, was, None, "purge")) == was


@given(pairs)
def test_what_was_made_goes_to_the_trash_or_is_as_it_was_for_everybody(pair: tuple[Any, Any]) -> None:
    made = _next(pair[0], pair[0])
    if isinstance(made, Preferences):
        back = reverted(made, record(ME, Head(0, b"", None), NOW, None, made, "create"), (), NOW)
        assert replace(back, updated_at=None, version=0) == Preferences.of(ME.account_id)
        return
    made = replace(made, deleted_at=None, deleted_with=None)
    change = record(ME, Head(0, b"", None), NOW, None, made, "create")
    back = reverted(made, change, (), NOW)
    assert (back.deleted_at, back.deleted_with) == (NOW, made.id)
    assert reverted(back, change, (), NOW) is back


@given(pairs)
def test_what_is_gone_for_good_cannot_be_taken_back(pair: tuple[Any, Any]) -> None:
    one = _next(pair[0], pair[0])
    with pytest.raises(NotRevertible):
        reverted(one, record(ME, Head(0, b"", None), NOW, one, None, "purge"), (), NOW)


def test_what_was_done_in_the_trash_is_taken_back_there() -> None:
    gone = made().delete(NOW)
    moved = replace(gone, project_id=ProjectId(UUID(int=3)), version=gone.version + 1)
    back = reverted(moved, told(gone, moved, "move", 3), (), NOW)
    assert (back.project_id, back.deleted_at) == (None, NOW)
