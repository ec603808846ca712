"""The contract of Notes and of `answered`: what is kept beside the data."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import uuid4

import pytest

from application.ports import UnitsOfWork
from domain.access import Actor, Scope
from domain.answer import Answer
from domain.errors import PlanNotFound
from domain.ids import PlanId
from domain.plan import Plan
from tests.support.actors import actor

NOW = datetime(2026, 3, 29, 1, 30, 0, 123456, tzinfo=UTC)
KEY = sha256(b"key").digest()


def answer_of(owner: Actor, **values: object) -> Answer:
    basis = Answer(
        account_id=owner.account_id, digest=KEY, fingerprint=sha256(b"f").digest(), status=201,
        headers={"etag": '"v1"', "location": "/ü"}, body=b"\x00\xff{}", expires_at=NOW,
    )  # fmt: skip
    return replace(basis, **values)


def plan_of(owner: Actor, **values: object) -> Plan:
    basis = Plan(
        account_id=owner.account_id, id=PlanId(uuid4()), scopes=frozenset({Scope.TASKS_WRITE, Scope.TASKS_DELETE}),
        steps=[{"after": {"title": "ü\\"}, "version": 2}], seen=[{"version": 1}], expires_at=NOW + timedelta(1),
    )  # fmt: skip
    return replace(basis, **values)


async def keep(units: UnitsOfWork, owner: Actor, *notes: Answer | Plan) -> None:
    async with units.writing(owner, Scope.TASKS_WRITE) as unit:
        for note in notes:
            unit.notes.keep(note)
        await unit.commit()


async def held(units: UnitsOfWork, owner: Actor, key: bytes | None = KEY) -> Answer | None:
    async with units.writing(owner, Scope.TASKS_WRITE, key=key) as unit:
        return unit.answered


async def planned(units: UnitsOfWork, owner: Actor, plan: Plan) -> Plan | None:
    async with units.writing(owner, Scope.TASKS_WRITE) as unit:
        return await unit.notes.plan(plan.id)


@pytest.mark.rule("ONCE-2", "ONCE-4")
async def test_an_answer_comes_back_under_its_key_to_its_account(units: UnitsOfWork) -> None:
    owner, other = actor(), actor()
    kept = answer_of(owner)
    await keep(units, owner, kept)
    assert await held(units, owner) == kept
    assert await held(units, owner, None) is None
    assert await held(units, owner, sha256(b"another").digest()) is None
    assert await held(units, other) is None
    await keep(units, other, answer_of(other, status=204))
    later = answer_of(owner, status=200, expires_at=NOW + timedelta(1))
    await keep(units, owner, later)
    assert await held(units, owner) == later


@pytest.mark.rule("PLAN-2", "PLAN-5")
async def test_a_plan_comes_back_to_its_account(units: UnitsOfWork) -> None:
    owner, other = actor(), actor()
    kept = plan_of(owner)
    await keep(units, owner, kept)
    await keep(units, other, plan_of(other))
    assert await planned(units, owner, kept) == kept
    assert await planned(units, other, kept) is None
    applied = replace(kept, applied_at=NOW)
    await keep(units, owner, applied)
    assert await planned(units, owner, kept) == applied


@pytest.mark.rule("ONCE-2", "ONCE-4", "PLAN-5")
async def test_nothing_is_kept_for_another_account_or_without_a_commit(units: UnitsOfWork) -> None:
    owner, thief = actor(), actor()
    for note in (answer_of(owner), plan_of(owner)):
        with pytest.raises(PlanNotFound):
            await keep(units, thief, note)
    async with units.writing(owner, Scope.TASKS_WRITE) as unit:
        unit.notes.keep(answer_of(owner))
    assert await held(units, owner) is None


@pytest.mark.rule("ONCE-2")
async def test_what_is_rewound_was_never_noted(units: UnitsOfWork) -> None:
    owner = actor()
    async with units.writing(owner, Scope.TASKS_WRITE) as unit:
        mark = unit.mark()
        unit.notes.keep(answer_of(owner))
        unit.rewind(mark)
        await unit.commit()
    assert await held(units, owner) is None
