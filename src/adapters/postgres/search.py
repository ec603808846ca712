"""Search in PostgreSQL: what the words may stand for, how many matches each has, and then the best tasks.

All of it reads the postings by account and term, in the order of their key. Where every word has many
matches, the newest of one word are looked at first, which mostly shows what the best ones are.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from asyncpg import Record

from adapters.postgres.matching import counts, values_of
from adapters.postgres.scoring import SHOWN, Scoring, best
from adapters.postgres.shapes import shape_of
from adapters.postgres.snapshot import Snapshot, Somebody
from adapters.postgres.vocabulary import asked, beginnings, vocabulary
from application.ports import TaskSearch
from application.search_plan import Counts, Plan, Verdict, best_score, driving, planned, verdict
from application.views import Found, Ranked, SearchQuery, TaskQuery
from domain.access import Actor, own
from domain.errors import TaskNotFound
from domain.search import BEGINNINGS_MAX, Part, Sought, is_typed, near, tolerance

LISTED_MAX = 3
"""Terms that are looked up one by one; with more of them a document is read as soon."""


class PostgresSearch(TaskSearch):
    """The actor's tasks in a snapshot."""

    def __init__(self, snapshot: Snapshot, actor: Actor) -> None:
        self._snapshot = snapshot
        self._actor = actor
        self._owner = {"account_id": actor.account_id}

    async def find(self, query: SearchQuery) -> Found:
        sought = await self._sought(query)
        look = min(query.looks, default=0)
        counted = await self._counted(sought, max(query.few, look))
        if not all(sum(of.values()) for of in counted):
            return Found([], sought)
        plan = planned(counted, query.few, look)
        if plan.most is not None:
            hits = await self._newest(query, sought, counted)
            if hits is not None:
                return Found(hits, sought)
            counted = await self._counted(sought, max(query.matches, query.looked_up))
            plan = planned(counted, query.matches, query.looked_up)
        hits = await self._ranked(query, sought, plan, counted)
        return Found(hits, sought, truncated=plan.most is not None)

    async def _sought(self, query: SearchQuery) -> tuple[Sought, ...]:
        """The words, and what may be meant by them."""
        words, last = query.words, query.words[-1]
        unsure, terms = [word for word in words if tolerance(word)], dict[str, list[str]]()
        if unsure:
            statement = vocabulary(len(unsure), query.ceiling, typed=is_typed(last))
            for row in await self._snapshot.fetch(statement, self._owner | asked(unsure)):
                terms.setdefault(unsure[int(row["place"])], []).append(row["term"])
        return tuple(Sought(word, near(word, terms.get(word, ()), typing=word == last)) for word in words)

    async def _counted(self, sought: Sequence[Sought], most: int) -> Counts:
        values = self._owner | values_of(sought)
        (row,) = await self._snapshot.fetch(counts(len(sought), most), values)
        found = iter(row)
        return [{part: next(found) for part in Part} for _ in sought]

    async def _newest(
        self, query: SearchQuery, sought: Sequence[Sought], counted: Counts
    ) -> list[Ranked] | None:
        """The best of the tasks with the newest matches of one word; None if there may be others."""
        driver, best_possible = driving(counted, query.words), best_score(counted, sought)
        one = sought[driver]
        begun = await self._snapshot.fetch(beginnings(), self._owner | values_of([one]))
        terms = [one.word, *(row["term"] for row in begun), *one.near]
        values = {"terms": terms, "hows": [one.worth(term) for term in terms]}
        order = [driver, *(place for place in range(len(sought)) if place != driver)]
        words, listed = [sought[place] for place in order], _listed(order, 1, sought, counted)
        looks = () if len(begun) > BEGINNINGS_MAX else query.looks
        while looks:
            hits = await self._best(query, words, values, read=1, listed=listed, newest=looks[0])
            found = verdict(hits, best_possible, query.limit, looks)
            if found is not Verdict.LIKELY:
                return hits if found is Verdict.PROVEN else None
            looks = looks[1:]
        return None

    async def _ranked(
        self, query: SearchQuery, sought: Sequence[Sought], plan: Plan, counted: Counts
    ) -> list[Ranked]:
        order = [*plan.read, *plan.looked_up]
        values: dict[str, Any] = {}
        if plan.most is not None:
            limits = _limits(counted[order[0]], plan.most, filtered=query.filter is not None)
            values = {f"limit{part}": limit for part, limit in limits.items()}
        words, listed = [sought[place] for place in order], _listed(order, len(plan.read), sought, counted)
        cut = plan.most is not None
        return await self._best(query, words, values, read=len(plan.read), listed=listed, cut=cut)

    async def _best(
        self, query: SearchQuery, words: Sequence[Sought], values: Mapping[str, Any], **how: Any
    ) -> list[Ranked]:
        """What is best of the tasks that have these words, of which the first ones are read."""
        shape, asked = shape_of(TaskQuery(filter=query.filter, everywhere=query.everywhere))
        values = {**self._owner, **asked, **values_of(words), **values}
        if query.beyond is not None:
            values |= {"score": query.beyond[0], "place_id": query.beyond[1]}
        scoring = Scoring(
            shape, len(words), limit=query.limit, further=query.beyond is not None,
            filtered=query.filter is not None, **how,
        )  # fmt: skip
        return list(map(self._hit, await self._snapshot.fetch(best(scoring), values)))

    def _hit(self, row: Record) -> Ranked:
        comments = frozenset(UUID(one) for one in row["said"] if one is not None)
        own(self._actor, Somebody(UUID(row["account_id"])), TaskNotFound)
        return Ranked(SHOWN.of(row), row["score"], comments)


def _listed(order: Sequence[int], read: int, sought: Sequence[Sought], counted: Counts) -> frozenset[int]:
    """Where in the order, after those that are read, words may be few terms and begin none: it is quicker to
    look these up than to read a whole document.
    """

    def is_short(place: int) -> bool:
        return len(sought[place].near) < LISTED_MAX and not counted[place][Part.BEGINNING]

    return frozenset(at for at in range(read, len(order)) if is_short(order[at]))


def _limits(counted: Mapping[Part, int], most: int, *, filtered: bool) -> Mapping[Part, int]:
    """How many of each part are looked at, the first first. A filter leaves who knows how many of each."""
    found: dict[Part, int] = {}
    for part in Part:
        found[part] = most if filtered else min(counted[part], most)
        most -= 0 if filtered else found[part]
    return found
