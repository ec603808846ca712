"""Search in PostgreSQL: what the words may stand for, how many matches each has, and then the best tasks.

All of it reads the postings by account and term, in the order of their key. The statements are shaped so
that no estimate of the planner's can make them read more: what each word matches is added up by task, and a
task is looked at by its key, in the order of the answer, until the page is full.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
    Subquery,
    func,
    literal,
    select,
    true,
    tuple_,
    union_all,
)
from sqlalchemy.dialects.postgresql import array

from adapters.postgres.mapping import table_of
from adapters.postgres.matching import Part, counts, looked_up, matches, parts_of, vocabulary
from adapters.postgres.shapes import shape_of
from adapters.postgres.snapshot import Snapshot
from adapters.postgres.tables import TaskRow
from adapters.postgres.tasks import MINE, conditions, views_of
from application.ports import TaskSearch
from application.views import Found, Ranked, SearchQuery, TaskQuery
from domain.access import Actor
from domain.search import Sought, near

_T = table_of(TaskRow).c
Counts = Sequence[Mapping[Part, int]]
"""Of each word, how many matches each part has."""


@dataclass(frozen=True, slots=True)
class _Plan:
    """Which words are read, so many of each part if not all; which are looked up in what these find."""

    read: Sequence[int]
    looked_up: Sequence[int]
    limits: Mapping[Part, int] | None = None


class PostgresSearch(TaskSearch):
    """The actor's tasks in a snapshot."""

    def __init__(self, snapshot: Snapshot, actor: Actor) -> None:
        self._snapshot = snapshot
        self._actor = actor

    async def find(self, query: SearchQuery) -> Found:
        sought = await self._sought(query.words)
        counted = await self._counted(sought, query.matches)
        plan = _planned(counted, query)
        hits: list[Ranked] = []
        if all(sum(of.values()) for of in counted):
            shape, values = shape_of(TaskQuery(filter=query.filter, everywhere=query.everywhere))
            values |= {"account_id": self._actor.account_id}
            ranked = self._ranked(query, sought, plan, conditions(shape))
            rows = (await self._snapshot.execute(ranked, values)).all()
            views = await views_of(self._snapshot, self._actor, [row.task_id for row in rows])
            for row in rows:
                comments = frozenset(UUID(one) for one in row.said if one is not None)
                hits.append(Ranked(views[row.task_id], row.score, comments))
        return Found(hits, sought, truncated=plan.limits is not None)

    async def _sought(self, words: Sequence[str]) -> tuple[Sought, ...]:
        """The words, and what may be meant by them."""
        found: dict[int, list[str]] = {}
        statement = vocabulary(self._actor, words)
        if statement is not None:
            for row in await self._snapshot.execute(statement):
                found.setdefault(row.number, []).append(row.term)
        return tuple(Sought(word, near(word, found.get(number, ()))) for number, word in enumerate(words))

    async def _counted(self, sought: Sequence[Sought], most: int) -> Counts:
        values = iter((await self._snapshot.execute(counts(self._actor, sought, most))).one())
        return [{part: next(values) for part in parts_of(one)} for one in sought]

    def _ranked(
        self, query: SearchQuery, sought: Sequence[Sought], plan: _Plan, asked: Sequence[ColumnElement[bool]]
    ) -> Select[Any]:
        """The tasks that have all words, with their scores and comments."""
        within = None if query.filter is None else select(_T.id).where(*MINE, *asked)
        added = self._added_up(sought, plan, within)
        scored = self._scored(added, [sought[number] for number in plan.looked_up], query)
        chosen = select(_T.id).where(*MINE, _T.id == scored.c.task_id, *asked).limit(1).lateral()
        best: Select[Any] = select().add_columns(scored.c.score, scored.c.said, scored.c.task_id)
        return (
            best.select_from(scored.join(chosen, true()))
            .order_by(scored.c.score.desc(), scored.c.task_id.desc())
            .limit(query.limit)
        )

    def _added_up(self, sought: Sequence[Sought], plan: _Plan, within: Select[Any] | None) -> Subquery:
        """The tasks that all words match which are read."""
        parts = (matches(self._actor, number, sought[number], plan.limits, within) for number in plan.read)
        every = union_all(*chain.from_iterable(parts)).subquery()
        best = [func.max(every.c.worth).filter(every.c.number == number) for number in plan.read]
        said = [func.max(every.c.said).filter(every.c.number == number) for number in plan.read]
        score: ColumnElement[int] = best[0]
        for one in best[1:]:
            score = score + one
        columns = (every.c.task_id, score.label("score"), array(said).label("said"))
        return select(*columns).group_by(every.c.task_id).having(score.is_not(None)).subquery()

    def _scored(self, added: Subquery, many: Sequence[Sought], query: SearchQuery) -> Subquery:
        """With the words that are looked up, in the order of the answer, after its place."""
        score: ColumnElement[int] = added.c.score
        said: ColumnElement[Any] = added.c.said
        source: FromClause = added
        for one in many:
            more = looked_up(self._actor, added, one)
            source = source.join(more, more.c.worth.is_not(None))
            score, said = score + more.c.worth, func.array_append(said, more.c.said)
        statement = select(added.c.task_id, score.label("score"), said.label("said")).select_from(source)
        if query.beyond is not None:
            place = (literal(query.beyond[0]), literal(query.beyond[1]))
            statement = statement.where(tuple_(score, added.c.task_id) < tuple_(*place))
        return statement.order_by(score.desc(), added.c.task_id.desc()).subquery()


def _planned(counted: Counts, query: SearchQuery) -> _Plan:
    """As application.views.SearchQuery says."""
    totals = [min(sum(of.values()), query.matches + 1) for of in counted]
    read, rest, whole = query.planned(totals)
    if whole is not None and query.filter is not None:  # the filter leaves who knows how many of each
        return _Plan(read, rest, dict.fromkeys(counted[read[0]], whole))
    return _Plan(read, rest, None if whole is None else _limits(counted[read[0]], whole))


def _limits(counted: Mapping[Part, int], most: int) -> Mapping[Part, int]:
    """How many of each part are looked at, the first part first."""
    found: dict[Part, int] = {}
    for part in sorted(counted):
        found[part] = min(counted[part], most)
        most -= found[part]
    return found
