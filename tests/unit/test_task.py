"""The task's own rules: no database, no event loop."""

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import Invalid, TransitionForbidden
from domain.ids import TaskId
from domain.task import (
    DESCRIPTION_MAX,
    DUE_FIRST,
    DUE_LAST,
    TITLE_MAX,
    TRANSITIONS,
    Priority,
    Status,
    Task,
    TaskChanges,
    Verb,
)
from tests.support.actors import actor

OWNER = actor("unit").account_id
ID = TaskId(UUID(int=7))
NOW = datetime(2026, 1, 31, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)

TABLE = """
start    | in_progress | in_progress | -    | -
complete | done        | done        | done | -
cancel   | cancelled   | cancelled   | -    | cancelled
reopen   | todo        | in_progress | todo | todo
"""
EXPECTED = [
    (Verb(verb.strip()), status, None if target.strip() == "-" else Status(target.strip()))
    for verb, *targets in (line.split("|") for line in TABLE.strip().splitlines())
    for status, target in zip(Status, targets, strict=True)
]
# What a title may hold: anything but control characters and surrogates.
plain = st.text(st.characters(exclude_categories=("Cc", "Cs")), max_size=TITLE_MAX)
titles = plain.filter(lambda text: 0 < len(text.strip()) <= TITLE_MAX)


def made(**values: object) -> Task:
    return replace(Task.create(OWNER, ID, {"title": "t"}, NOW, rank="a0"), **values)


def in_status(status: Status) -> Task:
    return made(status=status, completed_at=NOW if status is Status.DONE else None)


def violations(changes: TaskChanges) -> list[tuple[str, str]]:
    with pytest.raises(Invalid) as refused:
        made().edit(changes, LATER)
    return [(violation.pointer, violation.code) for violation in refused.value.violations]


@pytest.mark.rule("TASK-5")
def test_a_new_task() -> None:
    task = Task.create(OWNER, ID, {"title": "  Water the plants "}, NOW, rank="a0")
    assert task == Task(
        account_id=OWNER, id=ID, title="Water the plants", description="", status=Status.TODO,
        priority=Priority.NONE, rank="a0", created_at=NOW, updated_at=NOW, completed_at=None, deleted_at=None, version=1,
    )  # fmt: skip


@pytest.mark.rule("TASK-5")
def test_a_new_task_with_values() -> None:
    task = Task.create(
        OWNER, ID, {"title": "t", "description": "d", "priority": Priority.HIGH}, NOW, rank="a0"
    )
    assert (task.description, task.priority) == ("d", Priority.HIGH)


@pytest.mark.rule("TASK-2")
@given(titles)
def test_a_title_is_kept_trimmed(title: str) -> None:
    assert made().edit({"title": title}, LATER).title == title.strip()


@pytest.mark.rule("TASK-2")
def test_the_longest_title() -> None:
    assert len(made().edit({"title": " " + "é" * TITLE_MAX + " "}, LATER).title) == TITLE_MAX == 500


@pytest.mark.rule("TASK-2")
@pytest.mark.parametrize(
    ("title", "code"),
    [
        ("", "too_short"),
        (" \t\n ", "too_short"),
        ("x" * 501, "too_long"),
        ("a\x00b", "control_character"),
        ("a\nb", "control_character"),
        ("a\x7fb", "control_character"),
        ("a\x9bb", "control_character"),
        ("a\ud800b", "control_character"),
    ],
)
def test_titles_that_are_refused(title: str, code: str) -> None:
    assert violations({"title": title}) == [("/title", code)]
    with pytest.raises(Invalid):
        Task.create(OWNER, ID, {"title": title}, NOW, rank="a0")


def test_a_task_needs_a_title() -> None:
    with pytest.raises(Invalid):
        Task.create(OWNER, ID, {}, NOW, rank="a0")


@pytest.mark.rule("TASK-4")
def test_descriptions() -> None:
    text = "# Heading\r\n\n\t- item " + "ü" * 100
    assert made().edit({"description": text}, LATER).description == text
    longest = "x" * DESCRIPTION_MAX
    assert made().edit({"description": longest}, LATER).description == longest
    assert violations({"description": longest + "x"}) == [("/description", "too_long")]
    assert violations({"description": "a\x00"}) == [("/description", "control_character")]
    assert violations({"description": "a\x0b"}) == [("/description", "control_character")]
    assert DESCRIPTION_MAX == 16_384


@pytest.mark.rule("TASK-6")
@pytest.mark.parametrize(("verb", "status", "target"), EXPECTED)
def test_the_state_machine(verb: Verb, status: Status, target: Status | None) -> None:
    task = in_status(status)
    if target is None:
        with pytest.raises(TransitionForbidden):
            task.apply(verb, LATER)
    else:
        assert task.apply(verb, LATER).status is target


def test_the_state_machine_is_whole() -> None:
    assert set(TRANSITIONS) == set(Verb)
    assert len(EXPECTED) == len(Verb) * len(Status)


@pytest.mark.rule("TASK-7")
@given(st.sampled_from(EXPECTED))
def test_repeating_a_verb_changes_nothing(row: tuple[Verb, Status, Status | None]) -> None:
    verb, status, target = row
    if target is None:
        return
    once = in_status(status).apply(verb, LATER)
    assert once.apply(verb, LATER + timedelta(days=1)) is once


@pytest.mark.rule("TASK-8", "TASK-10")
@given(st.lists(st.sampled_from(Verb), max_size=12))
def test_completed_at_is_there_exactly_while_done(verbs: list[Verb]) -> None:
    task, now = made(), NOW
    for verb in verbs:
        now += timedelta(minutes=1)
        try:
            after = task.apply(verb, now)
        except TransitionForbidden:
            continue
        if after is not task:
            assert (after.version, after.updated_at) == (task.version + 1, now)
            assert after.completed_at == (now if after.status is Status.DONE else None)
        task = after


changes = st.fixed_dictionaries(
    {},
    optional={
        "title": titles,
        "description": st.none() | plain,
        "priority": st.none() | st.sampled_from(Priority),
        "due_date": st.none() | st.dates(DUE_FIRST, DUE_LAST),
    },
)


@pytest.mark.rule("TASK-9")
@given(changes)
def test_an_edit_changes_what_is_named_and_nothing_else(patch: TaskChanges) -> None:
    before = made(description="kept", priority=Priority.LOW)
    after = before.edit(patch, LATER)
    touched = {*patch, "updated_at", "version"}
    for field in fields(Task):
        if field.name not in touched:
            assert getattr(after, field.name) == getattr(before, field.name)
    cleared = {"description": "", "priority": Priority.NONE, "due_date": None}
    for name, value in patch.items():
        wanted = value.strip() if name == "title" else cleared[name] if value is None else value
        assert getattr(after, name) == wanted


@pytest.mark.rule("TASK-9", "TASK-10")
@given(changes)
def test_an_edit_that_changes_nothing_is_the_same_task(patch: TaskChanges) -> None:
    once = made().edit(patch, LATER)
    assert once.edit(patch, LATER + timedelta(days=1)) is once
    assert once.version in {1, 2}


@pytest.mark.rule("TASK-9")
def test_a_title_cannot_be_cleared() -> None:
    assert violations({"title": None}) == [("/title", "too_short")]


@pytest.mark.rule("TASK-9")
def test_all_violations_are_named_at_once() -> None:
    assert violations({"title": "\x00" + "x" * 501, "description": "\x00", "priority": Priority.LOW}) == [
        ("/title", "too_long"),
        ("/title", "control_character"),
        ("/description", "control_character"),
    ]


@pytest.mark.rule("TASK-10")
def test_conflicts_are_the_changes_that_are_not_so_already() -> None:
    task = made(title="now", priority=Priority.LOW)
    assert task.conflicts({"title": "mine", "priority": Priority.LOW, "description": None}) == ("title",)


@pytest.mark.rule("TASK-13")
def test_deleting_twice_is_deleting_once() -> None:
    deleted = made().delete(LATER)
    assert (deleted.deleted_at, deleted.version) == (LATER, 2)
    assert deleted.delete(LATER + timedelta(days=1)) is deleted
