"""Tasks in PostgreSQL, told apart or ranked: each by one statement."""

from collections.abc import Sequence
from datetime import date, datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from asyncpg import Record

from adapters.postgres.grouping import grouped
from adapters.postgres.ranking import TERMS, ranked
from adapters.postgres.shapes import Shape, shape_of
from adapters.postgres.snapshot import Snapshot
from adapters.postgres.tasks import viewed
from application.grouping import INBOX, GroupPlace, RankedTask, TaskGroup
from application.ports import TaskArrangements
from application.views import TaskQuery
from domain.access import Actor
from domain.score import SOON, Score
from domain.view import Grouping


class PostgresArrangements(TaskArrangements):
    """The actor's tasks in a snapshot."""

    def __init__(self, snapshot: Snapshot, actor: Actor) -> None:
        self._snapshot = snapshot
        self._actor = actor

    async def groups(
        self, query: TaskQuery, by: Grouping, after: GroupPlace | None, most: int
    ) -> Sequence[TaskGroup]:
        if after is not None and after.key is None:  # that one is the last
            return []
        shape, values = self._asked(query)
        if after is not None:
            values |= {"after_by": after.by, "after_key": after.key}
        rows = await self._snapshot.fetch(grouped(shape, by, most, further=after is not None), values)
        found: list[TaskGroup] = []
        for _, alike in groupby(rows, key=lambda row: row["group_key"]):
            those = list(alike)
            first: Any = those[0]
            place = GroupPlace(first["group_by"], first["group_key"])
            is_inbox = by is Grouping.PROJECT and place.key is None
            items = [viewed(self._actor, row) for row in those]
            found.append(TaskGroup(place, INBOX if is_inbox else first["group_name"], items))
        return found[:most]

    async def ranked(
        self, query: TaskQuery, today: date, now: datetime, beyond: tuple[int, UUID] | None
    ) -> Sequence[RankedTask]:
        shape, values = self._asked(query)
        values |= {"today": today, "soon": today + SOON, "now": now}
        if beyond is not None:
            values |= {"score": beyond[0], "score_id": beyond[1]}
        rows = await self._snapshot.fetch(ranked(shape, further=beyond is not None), values)
        return [RankedTask(viewed(self._actor, row), _score(row)) for row in rows]

    def _asked(self, query: TaskQuery) -> tuple[Shape, dict[str, Any]]:
        shape, values = shape_of(query)
        return shape, {"account_id": self._actor.account_id, **values}


def _score(row: Record) -> Score:
    return Score(**{name: row[f"score_{name}"] for name in TERMS})
