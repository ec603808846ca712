"""The contract of ApiTokenRepository and ApiTokenLookup."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from adapters.memory import MemoryUnits
from adapters.postgres.uow import PostgresUnits
from application.listing import ORDERS
from domain.access import ALL_SCOPES, Actor, Scope
from domain.api_token import ApiToken, ApiTokenKind
from domain.change import EntityKind
from domain.errors import ApiTokenNotFound, InsufficientScope
from domain.ids import ApiTokenId
from tests.support.actors import actor

NOW = datetime(2026, 3, 29, 1, 30, 0, 123456, tzinfo=UTC)
NEWEST = ORDERS[EntityKind.API_TOKEN]
Units = MemoryUnits | PostgresUnits


def token_of(owner: Actor, **values: object) -> ApiToken:
    basis = ApiToken.issue(
        owner,
        ApiTokenId(uuid4()),
        name="nightly \N{PILE OF POO}",
        kind=ApiTokenKind.AGENT,
        scopes=ALL_SCOPES,
        lifetime=timedelta(days=1),
        digest=uuid4().bytes * 2,
        now=NOW,
    )
    return replace(basis, **values)


async def keep(units: Units, owner: Actor, *tokens: ApiToken) -> None:
    async with units.writing(owner, Scope.ACCOUNT_ADMIN) as unit:
        for token in tokens:
            await unit.entities.add(token)
        await unit.commit()


async def listed(units: Units, owner: Actor) -> list[ApiToken]:
    async with units.reading(owner, Scope.ACCOUNT_ADMIN) as unit:
        return list(await unit.entities.page(EntityKind.API_TOKEN, {}, NEWEST, None, 1000))


async def test_every_field_comes_back_as_it_was_kept(units: Units) -> None:
    owner = actor()
    full = token_of(owner, revoked_at=NOW + timedelta(1), last_used_at=NOW + timedelta(2))
    await keep(units, owner, full)
    assert await listed(units, owner) == [full]
    assert await units.find(owner.account_id, full.id) == full


@pytest.mark.rule("TOKEN-9")
async def test_lists_are_newest_first_and_ones_own(units: Units) -> None:
    owner, other = actor(), actor()
    tokens = [token_of(owner, created_at=NOW + timedelta(seconds=n // 2)) for n in range(5)]
    await keep(units, owner, *tokens)
    await keep(units, other, token_of(other))
    assert await listed(units, owner) == sorted(tokens, key=lambda t: (t.created_at, t.id), reverse=True)


@pytest.mark.rule("TOKEN-7")
async def test_what_is_not_mine_is_not_there(units: Units) -> None:
    owner, thief = actor(), actor()
    token = token_of(owner)
    await keep(units, owner, token)
    assert await units.find(thief.account_id, token.id) is None
    async with units.writing(thief, Scope.ACCOUNT_ADMIN) as unit:
        for attempt in (
            unit.entities.get(ApiToken, token.id),
            unit.entities.save(token, token, "revoke"),
            unit.entities.add(token),
        ):
            with pytest.raises(ApiTokenNotFound):
                await attempt


@pytest.mark.rule("TOKEN-6")
async def test_revoking_is_seen_by_the_next_lookup(units: Units) -> None:
    owner = actor()
    token = token_of(owner)
    await keep(units, owner, token)
    async with units.writing(owner, Scope.ACCOUNT_ADMIN) as unit:
        kept = await unit.entities.get(ApiToken, token.id)
        await unit.entities.save(kept, kept.revoke(NOW), "revoke")
        assert await units.find(owner.account_id, token.id) == token
        await unit.commit()
    assert await units.find(owner.account_id, token.id) == replace(token, revoked_at=NOW)


@pytest.mark.rule("TOKEN-8")
async def test_noting_use_touches_nothing_else(units: Units) -> None:
    owner = actor()
    token, other = token_of(owner), token_of(owner)
    await keep(units, owner, token, other)
    await units.note_use(token, NOW + timedelta(hours=3))
    assert await units.find(owner.account_id, token.id) == replace(
        token, last_used_at=NOW + timedelta(hours=3)
    )
    assert await units.find(owner.account_id, other.id) == other


@pytest.mark.rule("TOKEN-3")
async def test_tokens_need_the_scope_of_the_account(units: Units) -> None:
    poor = actor(scopes=ALL_SCOPES - {Scope.ACCOUNT_ADMIN})
    for opening in (units.reading(poor, Scope.ACCOUNT_ADMIN), units.writing(poor, Scope.ACCOUNT_ADMIN)):
        with pytest.raises(InsufficientScope):
            async with opening:
                pytest.fail("opened")


@pytest.mark.rule("TOKEN-9")
async def test_pages_start_after_the_position(units: Units) -> None:
    owner = actor()
    tokens = [token_of(owner, created_at=NOW + timedelta(seconds=n // 2)) for n in range(5)]
    await keep(units, owner, *tokens)
    expected = sorted(tokens, key=lambda t: (t.created_at, t.id), reverse=True)
    async with units.reading(owner, Scope.ACCOUNT_ADMIN) as unit:
        assert await unit.entities.page(EntityKind.API_TOKEN, {}, NEWEST, None, 2) == expected[:2]
        for place, last in enumerate(expected):
            after = (last.created_at, last.id)
            found = await unit.entities.page(EntityKind.API_TOKEN, {}, NEWEST, after, 10)
            assert found == expected[place + 1 :]
