"""Answers and plans in PostgreSQL. Both are kept by flush, with what they belong to."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.mapping import Mapper
from adapters.postgres.tables import AnswerRow, PlanRow
from application.ports import Notes
from application.workspace import Workspace
from domain.access import own
from domain.answer import Answer
from domain.errors import PlanNotFound
from domain.plan import Plan

NOTES: Mapping[type[Any], Mapper[Any]] = {Answer: Mapper(Answer, AnswerRow), Plan: Mapper(Plan, PlanRow)}
_PLANS = NOTES[Plan]


class PostgresNotes(Notes):
    """What is kept beside the actor's data, in a transaction that holds the account's lock."""

    def __init__(self, connection: AsyncConnection, workspace: Workspace) -> None:
        self._connection = connection
        self._workspace = workspace

    def keep(self, note: Answer | Plan) -> None:
        self._workspace.note(note)

    async def plan(self, plan_id: UUID) -> Plan | None:
        columns, actor = _PLANS.table.c, self._workspace.actor
        mine = columns.account_id == actor.account_id
        row = (await self._connection.execute(_PLANS.select.where(mine, columns.id == plan_id))).one_or_none()
        return None if row is None else own(actor, _PLANS.load(row), PlanNotFound)
