"""Projects, sections, labels, comments, preferences and limits: what can be made of them."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from domain.change import EntityKind
from domain.comment import BODY_MAX, Comment
from domain.errors import Invalid
from domain.ids import CommentId, LabelId, ProjectId, SectionId, TaskId
from domain.label import Label
from domain.preferences import Preferences
from domain.project import Project, Section
from domain.task import Place, Task, Verb
from domain.thing import is_live, restored, trashed
from domain.usage import LIMITS, Limits
from tests.support.actors import actor

NOW = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)
ME = actor("things").account_id


def project(**values: Any) -> Project:
    return Project.create(ME, ProjectId(uuid4()), {"name": "p", **values}, NOW, parent_id=None, rank="a0")  # type: ignore[typeddict-item]


def section(**values: Any) -> Section:
    return Section.create(ME, SectionId(uuid4()), {"name": "s", **values}, NOW, project_id=None, rank="a0")  # type: ignore[typeddict-item]


def label(**values: Any) -> Label:
    return Label.create(ME, LabelId(uuid4()), {"name": "l", **values}, NOW)  # type: ignore[typeddict-item]


def comment(body: str = "b") -> Comment:
    return Comment.create(ME, CommentId(uuid4()), TaskId(uuid4()), "me", body, NOW)


def codes(refused: pytest.ExceptionInfo[Invalid]) -> list[tuple[str, str]]:
    return [(one.pointer, one.code) for one in refused.value.violations]


@pytest.mark.parametrize("make", [project, section, label])
def test_a_name_is_kept_trimmed_and_is_needed(make: Any) -> None:
    assert make(name="  a b ").name == "a b"
    for name, code in (
        (None, "too_short"),
        (" ", "too_short"),
        ("x" * 201, "too_long"),
        ("a\nb", "control_character"),
    ):
        with pytest.raises(Invalid) as refused:
            make(name=name)
        assert codes(refused) == [("/name", code)]
        with pytest.raises(Invalid):
            make().edit({"name": name}, LATER)


@pytest.mark.parametrize("make", [project, section, label])
def test_an_edit_changes_what_is_named_and_is_nothing_where_nothing_differs(make: Any) -> None:
    one = make()
    assert one.edit({}, LATER) is one
    assert one.edit({"name": f" {one.name}"}, LATER) is one
    edited = one.edit({"name": "other"}, LATER)
    assert (edited.name, edited.version, edited.updated_at, edited.created_at) == ("other", 2, LATER, NOW)


@pytest.mark.parametrize("make", [project, label])
def test_a_color_can_be_cleared(make: Any) -> None:
    one = make(color="#ff0000")
    assert one.edit({"color": None}, LATER).color is None
    with pytest.raises(Invalid) as refused:
        make(color="red", name="")
    assert codes(refused) == [("/name", "too_short"), ("/color", "not_a_color")]


def test_archiving_says_what_shall_be_so() -> None:
    one = project(description="d")
    archived = one.archive(LATER)
    assert (archived.archived_at, archived.version) == (LATER, 2)
    assert archived.archive(LATER + timedelta(1)) is archived
    assert archived.unarchive(LATER).archived_at is None
    assert one.unarchive(LATER) is one
    assert one.edit({"description": None}, LATER).description == ""


def test_the_key_of_a_label_follows_its_name() -> None:
    one = label(name="Éa")
    assert one.key == "ea"
    assert one.edit({"name": "ÜB"}, LATER).key == "ub"
    assert one.edit({"color": "#00ff00"}, LATER).key == "ea"


def test_a_comment_knows_that_it_was_edited() -> None:
    one = comment(" *hi*\n")
    assert (one.body, one.edited_at) == ("*hi*", None)
    assert one.edit("*hi*  ", LATER) is one
    edited = one.edit("ho\tho", LATER)
    assert (edited.body, edited.edited_at, edited.version) == ("ho\tho", LATER, 2)
    for body in ("", " \n", "x" * (BODY_MAX + 1), "a\0"):
        with pytest.raises(Invalid):
            comment(body)


@pytest.mark.parametrize("make", [project, section, label, comment])
def test_the_trash_gives_back_what_it_took(make: Any) -> None:
    one = make()
    gone = trashed(one, LATER)
    assert (gone.deleted_at, gone.deleted_with, is_live(gone)) == (LATER, one.id, False)
    assert trashed(gone, LATER + timedelta(1)) is gone
    root = UUID(int=1)
    assert trashed(one, LATER, root).deleted_with == root
    back = restored(gone, LATER)
    assert (back.deleted_at, back.deleted_with, back.version) == (None, None, 3)
    assert restored(one, LATER) is one


def test_a_task_moves_and_stays() -> None:
    task = Task.create(ME, TaskId(uuid4()), {"title": "t"}, NOW, rank="a0")
    place = Place(project_id=ProjectId(uuid4()), section_id=SectionId(uuid4()), parent_id=TaskId(uuid4()))
    moved = task.move(place, "a1", LATER)
    assert (moved.place, moved.rank, moved.version) == (place, "a1", 2)
    assert moved.move(place, "a1", LATER) is moved
    assert task.apply(Verb.REOPEN, LATER) is task


def test_preferences_that_nobody_has_changed() -> None:
    likes = Preferences.of(ME)
    assert (likes.id, likes.version, likes.time_zone, likes.locale) == (ME, 0, "UTC", "en")
    assert (likes.first_day_of_week, likes.default_project_id) == (1, None)
    assert likes.edit({"time_zone": "UTC", "locale": None}, NOW) is likes
    changed = likes.edit({"time_zone": "Europe/Berlin", "locale": "pt-BR", "first_day_of_week": 7}, NOW)
    assert (changed.version, changed.time_zone, changed.locale) == (1, "Europe/Berlin", "pt-BR")
    assert changed.edit({"time_zone": None}, NOW).time_zone == "UTC"


@pytest.mark.parametrize(("changes", "pointer", "code"), [
    *[({"time_zone": name}, "/time_zone", "not_a_time_zone")
      for name in ("", "Mars/Base", "../../etc/passwd", "/etc/localtime", "europe\0berlin", "UTC\n", "Europe", "x" * 5000)],
    *[({"locale": name}, "/locale", "not_a_locale")
      for name in ("", "e", "EN", "en_US", "en-us", "en-US ", "en\n", "x" * 5000)],
    *[({"first_day_of_week": day}, "/first_day_of_week", "out_of_range") for day in (0, 8, -1)],
])  # fmt: skip
def test_preferences_that_are_none(changes: Any, pointer: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        Preferences.of(ME).edit(changes, NOW)
    assert codes(refused) == [(pointer, code)]


@pytest.mark.parametrize(
    "name", ["Europe/Berlin", "America/Argentina/Buenos_Aires", "Asia/Kolkata", "Etc/GMT+5", "UTC"]
)
def test_time_zones(name: str) -> None:
    assert Preferences.of(ME).edit({"time_zone": name, "first_day_of_week": 2}, NOW).time_zone == name


@pytest.mark.parametrize("name", ["en", "de", "pt-BR", "zh-Hant-TW", "es-419", "de-1996", "sr-Latn"])
def test_locales(name: str) -> None:
    assert Preferences.of(ME).edit({"locale": name, "first_day_of_week": 2}, NOW).locale == name


def test_limits_are_read_by_name() -> None:
    limits = Limits.parse("tasks=7, labels=3")
    assert (limits.tasks, limits.labels, limits.projects) == (7, 3, LIMITS.projects)
    assert limits.of(EntityKind.TASK) == 7
    assert limits.of(EntityKind.PREFERENCES) is None
    assert limits.of(EntityKind.API_TOKEN) is None
    assert set(limits.by_kind) == {
        EntityKind.TASK, EntityKind.PROJECT, EntityKind.SECTION, EntityKind.LABEL, EntityKind.COMMENT,
        EntityKind.VIEW,
    }  # fmt: skip


@pytest.mark.parametrize("text", ["", "tasks", "tasks=", "tasks=0", "tasks=-1", "tasks=1,tasks=2", "things=1", "tasks=1;labels=2", "tasks=1,", "tasks=1e3", "Tasks=1", "tasks=\N{ARABIC-INDIC DIGIT ONE}", "parse=1", "by_kind=3"])  # fmt: skip
def test_limits_that_are_none(text: str) -> None:
    with pytest.raises(ValueError, match="must be name=number"):
        Limits.parse(text)
