"""Where a filter's copy stands: whose the tokens are, what time moves, and when a snapshot is due."""

from datetime import timedelta
from unittest.mock import patch
from uuid import UUID

import pytest

from application import filtered
from application.filtered import FilteredPage
from application.stretches import Place
from domain.access import Scope
from domain.change import EntityKind
from domain.errors import ChangesGone, InvalidCursor
from tests.support.actors import actor
from tests.support.watched import Room

TASK = EntityKind.TASK


@pytest.mark.rule("FSYNC-5")
async def test_a_token_is_good_for_one_account_one_filter_and_some_types(room: Room) -> None:
    await room.task()
    token = await room.filtered.end(room.me, "#Work & @a")
    assert (await room.filtered.list(room.me, '  # "Work"&@a '.replace("# ", "#"), token)).items == []
    reader = actor(room.me.subject, frozenset({Scope.TASKS_READ}))
    for who, text, kinds, bad in [
        (room.me, "#Work & @b", (), token), (room.me, "#Work", (), token), (room.me, "#Work & @a", [TASK], token),
        (actor(), "#Work & @a", (), token), (reader, "#Work & @a", (), token), (room.me, "#Work & @a", (), token[:-1] + ("A" if token[-1] != "A" else "B")),
        (room.me, "#Work & @a", (), await room.changes.end(room.me)), (room.me, "#Work & @a", (), ""),
    ]:  # fmt: skip
        with pytest.raises(InvalidCursor):
            await room.filtered.list(who, text, bad, kinds)
    with pytest.raises(InvalidCursor):
        await room.changes.list(room.me, token)


@pytest.mark.rule("FSYNC-7")
async def test_who_is_too_far_behind_takes_a_snapshot(room: Room) -> None:
    copy = room.copy("title = t")
    for _ in range(3):
        await room.task()
    with patch.object(filtered, "LAG_MAX", 2), pytest.raises(ChangesGone):
        await copy.step(1)
    with patch.object(filtered, "LAG_MAX", 3):
        assert len((await copy.step(1)).items) == 1


@pytest.mark.rule("FSYNC-7")
async def test_a_place_that_the_journal_never_reached_asks_for_a_snapshot(room: Room) -> None:
    """As after a restore from a backup."""
    await room.task()
    copy = room.copy("title = t")
    await room.follow()
    sight = room.filtered.sight(room.me, "title = t", ())
    for ahead in (0, 1):
        copy.token = sight.token(Place(copy.place.seq + ahead, copy.place.reading))
        if ahead:
            with pytest.raises(ChangesGone):
                await copy.step(1)
        else:
            assert (await copy.step(1)).items == []


# Time


async def due(room: Room, days: int) -> UUID:
    return await room.task(f"in {days}", due_date=room.clock.now().date() + timedelta(days))


def turned(page: FilteredPage) -> dict[UUID, str]:
    return {one.task_id: one.effect for one in page.turned}


@pytest.mark.rule("FSYNC-6")
async def test_the_day_turns(room: Room) -> None:
    today, tomorrow = await due(room, 0), await due(room, 1)
    copy = room.copy("today")
    await room.follow()
    first = copy.place.reading
    room.clock.advance(hours=11)
    assert turned(await copy.step(100)) == {}
    assert copy.place.reading == first  # the same day
    room.clock.advance(hours=1)
    page = await copy.step(100)
    assert (turned(page), page.items) == ({today: "left", tomorrow: "entered"}, [])
    assert page.resolved.resolved_at == room.clock.now()
    assert set(copy.tasks) == {tomorrow}
    assert turned(await copy.step(100)) == {}


@pytest.mark.rule("FSYNC-6")
async def test_changes_are_told_by_the_old_day_and_then_the_day_turns(room: Room) -> None:
    today = await due(room, 0)
    copy = room.copy("today")
    await room.follow()
    room.clock.advance(days=1)
    moved = await due(room, 0)
    stays = await due(room, -1)
    await room.tasks.edit(room.asking(), today, {"due_date": room.clock.now().date()})
    page = await copy.step(2)
    assert (page.has_more, turned(page), set(copy.tasks)) == (True, {}, {today, stays})
    page = await copy.step(2)
    assert turned(page) == {moved: "entered", today: "entered", stays: "left"}
    assert set(copy.tasks) == {moved, today}
    await room.follow()


@pytest.mark.rule("FSYNC-6")
async def test_the_day_turns_with_the_preferences(room: Room) -> None:
    today, tomorrow = await due(room, 0), await due(room, 1)
    copy = room.copy("today")
    await room.follow()
    await room.uses.account.prefer(room.asking(), {"time_zone": "Pacific/Kiritimati"})  # 14 hours on
    page = await copy.step(100)
    assert (turned(page), page.resolved.time_zone) == (
        {today: "left", tomorrow: "entered"},
        "Pacific/Kiritimati",
    )


@pytest.mark.rule("FSYNC-6")
async def test_now_moves_with_each_page(room: Room) -> None:
    copy = room.copy("created_at > now-PT1M")
    old = await room.task()
    room.clock.advance(seconds=30)
    new = await room.task()
    await room.follow()
    room.clock.advance(seconds=30)
    assert turned(await copy.step(100)) == {old: "left"}
    room.clock.advance(seconds=30)
    assert turned(await copy.step(100)) == {new: "left"}
    room.clock.advance(seconds=30)
    assert turned(await copy.step(100)) == {}


@pytest.mark.rule("FSYNC-6")
async def test_time_moves_tasks_by_what_they_are_tied_to(room: Room) -> None:
    parent, blocker = await due(room, 1), await due(room, 2)
    child = await room.task("child", {"parent_id": parent})
    waiting = await room.task("waiting", blocked_by={blocker, parent})
    talked = await room.task("talked about")
    await room.uses.comments.create(room.asking(), talked, "early")
    copies = [
        room.copy(text)
        for text in (
            "parent.due_date <= today",
            "blocker.due_date = tomorrow",
            "comment.created_at > now-PT36H",
            "comment.created_at < today-P1D",
        )
    ]
    await room.follow()
    assert [set(one.tasks) for one in copies] == [set(), {waiting}, {talked}, set()]
    room.clock.advance(days=1)
    await room.uses.comments.create(room.asking(), talked, "late")
    assert [turned(await one.step(100)) for one in copies] == [{child: "entered"}, {}, {}, {}]
    room.clock.advance(days=1)
    assert [turned(await one.step(100)) for one in copies] == [{}, {waiting: "left"}, {}, {talked: "entered"}]
    room.clock.advance(days=1)
    assert [turned(await one.step(100)) for one in copies] == [{}, {}, {talked: "left"}, {}]
    await room.follow()


@pytest.mark.rule("FSYNC-6")
async def test_days_that_come_to_be_one(room: Room) -> None:
    """2026-01-31 is a Saturday: on the 2nd of February it is Monday today."""
    ids = {days: await due(room, days) for days in range(10)}
    copy = room.copy("due_date in (today, monday)")
    await room.follow()
    assert set(copy.tasks) == {ids[0], ids[2]}
    for days, wanted in ((1, {1, 2}), (1, {2}), (1, {3, 9})):
        room.clock.advance(days=days)
        await copy.step(100)
        assert set(copy.tasks) == {ids[one] for one in wanted}
        await room.follow()


@pytest.mark.rule("FSYNC-6", "FSYNC-7")
async def test_time_that_moves_too_many_asks_for_a_snapshot(room: Room) -> None:
    for _ in range(3):
        await due(room, 1)
    copy = room.copy("today")
    await room.follow()
    room.clock.advance(days=1)
    with patch.object(filtered, "TURNED_MAX", 2), pytest.raises(ChangesGone):
        await copy.step(100)
    with patch.object(filtered, "TURNED_MAX", 3):
        assert len((await copy.step(100)).turned) == 3


# Snapshots


@pytest.mark.rule("FSYNC-8")
async def test_a_snapshot_begins_a_copy(room: Room) -> None:
    project, tasks = await room.crowd(5)
    await room.task("elsewhere")
    gone = await room.task("gone", {"project_id": project})
    await room.tasks.delete(room.asking(), gone)
    with patch("application.following.CHUNK", 2):
        parts = [part async for part in room.following.snapshot(room.me, [TASK], "#Work")]
    *chunks, token = parts
    assert sorted(one.id for chunk in chunks for one in chunk) == tasks
    await room.tasks.edit(room.asking(), tasks[0], {"title": "changed"})
    page = await room.filtered.list(room.me, "#Work", str(token), [TASK])
    assert [(one.effect, one.task_id) for told in page.items for one in told.tasks] == [("changed", tasks[0])]
    kinds = {
        type(one).__name__
        async for chunk in room.following.snapshot(room.me, (), "#Work")
        for one in chunk
        if not isinstance(chunk, str)
    }
    assert kinds == {"Task", "Project"}
