"""Each wall between accounts is enough: row security, and the owner in every statement.

The same suite runs with both, with one of them taken away, and, to show that it can fail, with none.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import BinaryExpression, event, true
from sqlalchemy.sql.visitors import replacement_traverse

from adapters.clock import SystemClock, UuidV7
from adapters.notifier import LocalNotifier
from adapters.postgres import changes, entities, flush, notes, places, tasks
from adapters.postgres.engine import pool
from adapters.postgres.snapshot import Prepared, Snapshot
from adapters.postgres.uow import PostgresUnits
from adapters.postgres.url import DatabaseUrl
from adapters.seal import HmacSeal
from application import workspace
from application.api_tokens import ApiTokens
from application.changes import Changes
from application.filtered import Filtered
from application.following import Following
from application.listing import Listing
from application.past import Past
from application.shown import shown_of
from application.tasks import Tasks
from application.undo import Selection, Undo
from application.views import TaskView
from domain.access import Actor, Scope
from domain.api_token import ApiToken, ApiTokenKind
from domain.change import EntityKind
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
    listing: Listing


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
            event.listen(engine.sync_engine, "before_execute", without_owner, retval=True)
        units, ids, clock = PostgresUnits(engine), UuidV7(), SystemClock()
        seal = HmacSeal(b"k" * 32)
        return World(
            units,
            Tasks(units, clock, ids, seal),
            ApiTokens(units, clock, ids),
            Changes(units, seal),
            Following(units, Changes(units, seal), Filtered(units, clock, seal), LocalNotifier(), clock),
            Past(units, seal),
            Undo(units, clock),
            Listing(units, seal),
        )

    yield opened
    flush._statement.cache_clear()
    for engine in engines:
        await engine.dispose()


def take_filters_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """No second look at what was loaded. The statements lose the owner on their way."""

    def unchecked(_: Actor, thing: Any, missing: Callable[[], RemitError]) -> Any:
        if thing is None:
            raise missing()
        return thing

    for module in (tasks, changes, entities, notes, places, workspace):
        monkeypatch.setattr(module, "own", unchecked)
    monkeypatch.setattr(Snapshot, "fetch", without_owners(Snapshot.fetch))
    flush._statement.cache_clear()


def without_owners(fetch: Callable[..., Any]) -> Callable[..., Any]:
    """What is composed once goes without the owner, too."""

    async def fetched(snapshot: Snapshot, prepared: Prepared, values: Any) -> Any:
        (statement,) = without_owner(None, prepared.statement)
        return await fetch(snapshot, Prepared(statement), values)

    return fetched


def without_owner(connection: Any, statement: Any, *rest: Any) -> tuple[Any, ...]:
    """The statement without any comparison with the owner, wherever it stands: in a subselect, too."""

    def replaced(element: Any, **_: Any) -> Any:
        if isinstance(element, BinaryExpression) and _is_owner(element.left):
            return true()
        return None

    return replacement_traverse(statement, {}, replaced), *rest[:2]


def _is_owner(side: Any) -> bool:
    return getattr(side, "name", None) == "account_id"


async def mine(world: World, owner: Actor) -> tuple[Task, ApiToken]:
    task = (await world.tasks.create(owner, {"title": "mine"})).task
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


async def tokens_of(world: World, owner: Actor) -> Sequence[ApiToken]:
    return (await world.listing.page(owner, EntityKind.API_TOKEN, {})).items


def attempts(
    world: World, thief: Actor, task: UUID, token: UUID, change: UUID
) -> list[tuple[Callable[[], Awaitable[Any]], type]]:
    return [
        (lambda: world.tasks.get(thief, task), TaskNotFound),
        (lambda: world.tasks.show(thief, task), TaskNotFound),
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
    found = ["listed a task" for one in (await world.tasks.list(thief)).items if UUID(one["id"]) == task.id]
    listed = (await world.changes.list(thief)).items
    found += ["listed a change" for one in listed if one.entity_id in {task.id, token.id}]
    copied = [
        one.id async for part in world.following.snapshot(thief) if not isinstance(part, str) for one in part
    ]
    found += ["copied" for one in copied if one in {task.id, token.id}]
    then = await world.past.tasks(thief, SystemClock().now())
    found += ["listed a task of the past" for one in then.items if one.task.id == task.id]
    found += ["listed a token" for one in await tokens_of(world, thief) if one.id == token.id]
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
    if (await tokens_of(world, owner))[0].last_used_at is not None:
        found.append("used a token")
    listed_now = (await world.tasks.list(owner)).items
    if [one for one in listed_now if UUID(one["id"]) == task.id] != [shown_of(TaskView(task))]:
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
