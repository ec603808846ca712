"""Each wall between accounts is enough: row security, and the owner in every statement.

The same suite runs with both, with one of them taken away, and, to show that it can fail, with none.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import true

from adapters.clock import SystemClock, UuidV7
from adapters.notifier import LocalNotifier
from adapters.postgres import api_tokens, changes, entities, flush, tasks
from adapters.postgres.engine import pool
from adapters.postgres.uow import PostgresUnits
from adapters.postgres.url import DatabaseUrl
from adapters.seal import HmacSeal
from application import workspace
from application.api_tokens import ApiTokens
from application.changes import Changes
from application.following import Following
from application.past import Past
from application.tasks import Tasks
from application.undo import Selection, Undo
from domain.access import Actor, Scope
from domain.api_token import ApiToken, ApiTokenKind
from domain.errors import ApiTokenNotFound, ChangeNotFound, RemitError, TaskNotFound
from domain.ids import ApiTokenId
from domain.task import Task, Verb
from tests.support.actors import actor
from tests.support.databases import Database

MODES = ("both", "filter only", "row security only")


@dataclass
class World:
    """The use cases over a database whose walls stand as the mode says."""

    units: PostgresUnits
    tasks: Tasks
    tokens: ApiTokens
    changes: Changes
    following: Following
    past: Past
    undo: Undo


@pytest.fixture
async def open_world(
    fresh_database: Database, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Callable[[str], World]]:
    engines = []

    def opened(mode: str) -> World:
        as_superuser = mode in {"filter only", "none"}
        engine = pool(DatabaseUrl.parse(fresh_database.admin if as_superuser else fresh_database.app), size=4)
        engines.append(engine)
        if mode in {"row security only", "none"}:
            take_filters_away(monkeypatch)
        units, ids, clock = PostgresUnits(engine), UuidV7(), SystemClock()
        seal = HmacSeal(b"k" * 32)
        return World(
            units,
            Tasks(units, clock, ids, seal),
            ApiTokens(units, clock, ids, seal),
            Changes(units, seal),
            Following(units, Changes(units, seal), LocalNotifier(), clock),
            Past(units, seal),
            Undo(units, clock),
        )

    yield opened
    flush._statement.cache_clear()
    for engine in engines:
        await engine.dispose()


def take_filters_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every statement of the repositories, without the owner; and no second look at what was loaded."""

    def unchecked(_: Actor, thing: Any, missing: Callable[[], RemitError]) -> Any:
        if thing is None:
            raise missing()
        return thing

    for module, mapper in ((tasks, tasks.TASKS), (api_tokens, api_tokens.API_TOKENS)):
        monkeypatch.setattr(module, "_owned", lambda _, mapper=mapper: mapper.select)
        monkeypatch.setattr(module, "own", unchecked)
        monkeypatch.setattr(module, "_T", Unfiltered(mapper.table.c))
    for module in (changes, entities, workspace):
        monkeypatch.setattr(module, "own", unchecked)
    monkeypatch.setattr(changes, "_C", Unfiltered(changes.CHANGES.table.c))
    monkeypatch.setattr(entities, "_owned", lambda mapper, _: mapper.select)
    monkeypatch.setattr(flush, "_mine", lambda _: true())
    flush._statement.cache_clear()


class Unfiltered:
    """A table's columns, of which account_id equals everything."""

    def __init__(self, columns: Any) -> None:
        self._columns = columns

    def __getitem__(self, name: str) -> Any:
        return getattr(self, name)

    def __getattr__(self, name: str) -> Any:
        return Anything() if name == "account_id" else getattr(self._columns, name)


class Anything:
    """Equals whatever it is compared with."""

    def __eq__(self, other: object) -> Any:
        return true()

    __hash__ = object.__hash__


async def mine(world: World, owner: Actor) -> tuple[Task, ApiToken]:
    task = await world.tasks.create(owner, {"title": "mine"})
    token, _ = await token_of(world, owner)
    return task, token


async def token_of(world: World, owner: Actor, token_id: UUID | None = None) -> tuple[ApiToken, str]:
    return await world.tokens.create(
        owner,
        name="mine",
        kind=ApiTokenKind.AGENT,
        scopes=[Scope.TASKS_READ],
        lifetime=timedelta(hours=1),
        token_id=token_id,
    )


def attempts(
    world: World, thief: Actor, task: UUID, token: UUID, change: UUID
) -> list[tuple[Callable[[], Awaitable[Any]], type]]:
    return [
        (lambda: world.tasks.get(thief, task), TaskNotFound),
        (lambda: world.tasks.edit(thief, task, {"title": "stolen"}), TaskNotFound),
        *[(lambda verb=verb: world.tasks.apply(thief, task, verb), TaskNotFound) for verb in Verb],
        (lambda: world.tasks.delete(thief, task), TaskNotFound),
        (lambda: world.tokens.revoke(thief, token), ApiTokenNotFound),
        (lambda: world.past.history(thief, task), TaskNotFound),
        (lambda: world.past.task(thief, task, SystemClock().now()), TaskNotFound),
        (lambda: world.changes.get(thief, change), ChangeNotFound),
        (lambda: world.undo.revert(thief, change), ChangeNotFound),
        (lambda: world.undo.revert_all(thief, Selection({"entity_id": task})), ChangeNotFound),
    ]


async def leaks(world: World) -> list[str]:
    """What somebody can see or do of somebody else's."""
    owner, thief = actor(), actor()
    task, token = await mine(world, owner)
    change = (await world.changes.list(owner)).items[0]
    await mine(world, thief)
    found = ["listed a task" for one in (await world.tasks.list(thief)).items if one.id == task.id]
    listed = (await world.changes.list(thief)).items
    found += ["listed a change" for one in listed if one.entity_id in {task.id, token.id}]
    copied = [
        one.id async for part in world.following.snapshot(thief) if not isinstance(part, str) for one in part
    ]
    found += ["copied" for one in copied if one in {task.id, token.id}]
    then = await world.past.tasks(thief, SystemClock().now())
    found += ["listed a task of the past" for one in then.items if one.id == task.id]
    found += ["listed a token" for one in (await world.tokens.list(thief)).items if one.id == token.id]
    for number, (attempt, refusal) in enumerate(attempts(world, thief, task.id, token.id, change.id)):
        try:
            await attempt()
        except refusal:
            continue
        except RemitError:  # whatever else it says, it has looked at what is not the thief's
            pass
        found.append(f"attempt {number}")
    if await world.units.find(thief.account_id, ApiTokenId(token.id)) is not None:
        found.append("found a token")
    namesake, _ = await token_of(world, thief, token.id)
    await world.units.note_use(namesake, SystemClock().now())
    if (await world.tokens.list(owner)).items[0].last_used_at is not None:
        found.append("used a token")
    if [one for one in (await world.tasks.list(owner)).items if one.id == task.id] != [task]:
        found.append("changed a task")
    return found


@pytest.mark.rule("DB-4", "DB-5", "TASK-1", "TOKEN-7")
@pytest.mark.parametrize("mode", MODES)
async def test_nothing_of_another_account_is_seen_or_touched(
    open_world: Callable[[str], World], mode: str
) -> None:
    assert await leaks(open_world(mode)) == []


async def test_without_either_wall_the_suite_would_see_it(open_world: Callable[[str], World]) -> None:
    found = await leaks(open_world("none"))
    assert {
        "attempt 0",
        "listed a task",
        "listed a token",
        "listed a change",
        "copied",
        "found a token",
        "used a token",
        "listed a task of the past",
        "changed a task",
    } <= set(found)
