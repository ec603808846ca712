"""Search in a snapshot: postings made when they are asked for, and read in the order of the other adapter."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from adapters.memory.repositories import MemoryTaskReads
from adapters.memory.store import Store
from application.ports import TaskSearch
from application.views import Found, Ranked, SearchQuery, TaskQuery, TaskView
from domain.access import Actor
from domain.change import EntityKind
from domain.search import How, Sought, Where, document_of_comment, document_of_task, near

_Joined = tuple[int, frozenset[UUID]]


class _Match(NamedTuple):
    """A posting that a word matches. Those are read from the greatest on, whole words before all others."""

    how: int
    term: str
    task_id: UUID
    weight: int
    source: UUID

    @property
    def worth(self) -> int:
        return self.how * self.weight


class MemorySearch(TaskSearch):
    """The actor's tasks in a snapshot."""

    def __init__(self, snapshot: Store, actor: Actor) -> None:
        self._snapshot = snapshot
        self._actor = actor

    async def find(self, query: SearchQuery) -> Found:
        postings = self._postings()
        vocabulary = {term for term, *_ in postings}
        sought = tuple(Sought(word, near(word, vocabulary)) for word in query.words)
        matches = [_matches(one, postings) for one in sought]
        read, _, most = query.planned([min(len(found), query.matches + 1) for found in matches])
        chosen = self._chosen(query)
        if most is not None:
            matches[read[0]] = _cut(matches[read[0]], most, None if query.filter is None else chosen.keys())
        hits = self._ranked(query, chosen, _joined(matches))
        hits.sort(key=lambda one: (one.score, one.view.task.id), reverse=True)
        return Found(hits[: query.limit], sought, truncated=most is not None)

    def _chosen(self, query: SearchQuery) -> Mapping[UUID, TaskView]:
        """The tasks that may be found, whatever their words."""
        reads = MemoryTaskReads(self._snapshot, self._actor)
        tasks = reads.live()
        asked = TaskQuery(filter=query.filter, everywhere=query.everywhere)
        return {task.id: reads.viewed(task, tasks) for task in reads.chosen(tasks, asked)}

    def _ranked(
        self, query: SearchQuery, chosen: Mapping[UUID, TaskView], joined: Mapping[UUID, _Joined]
    ) -> list[Ranked]:
        found = [Ranked(view, *joined[task_id]) for task_id, view in chosen.items() if task_id in joined]
        return [one for one in found if query.beyond is None or (one.score, one.view.task.id) < query.beyond]

    def _postings(self) -> list[tuple[str, UUID, int, UUID]]:
        """Each term of each thing, with the task that it finds, its weight and the thing."""
        tasks = self._snapshot.of(self._actor, EntityKind.TASK)
        comments = self._snapshot.of(self._actor, EntityKind.COMMENT)
        things = [(one.id, one.id, document_of_task(one)) for one in tasks]
        things += [(one.task_id, one.id, document_of_comment(one)) for one in comments]
        return [
            (term, task_id, weight, source)
            for task_id, source, document in things
            for term, weight in document.items()
        ]


def _matches(sought: Sought, postings: Sequence[tuple[str, UUID, int, UUID]]) -> list[_Match]:
    """What a word matches, in the order in which it is looked at."""
    found = [_Match(how, *posting) for posting in postings if (how := sought.worth(posting[0]))]
    nearly = How.ONE_EDIT
    return sorted(found, key=lambda match: (max(match.how, nearly), match[1:]), reverse=True)


def _cut(matches: Sequence[_Match], most: int, within: Collection[UUID] | None) -> list[_Match]:
    """The first ones; with a filter, the first of each kind (whole, beginning, near) in what it selects."""
    if within is None:
        return list(matches[:most])
    kinds: dict[int, list[_Match]] = {}
    for one in matches:
        if one.task_id in within:
            kinds.setdefault(max(one.how, How.ONE_EDIT), []).append(one)
    return [one for kind in kinds.values() for one in kind[:most]]


def _joined(matches: Sequence[Sequence[_Match]]) -> Mapping[UUID, _Joined]:
    """Of the tasks that every word matches: the best matches of all words together, and the comments."""
    best = [{one.task_id: one.worth for one in sorted(found, key=lambda one: one.worth)} for found in matches]
    comments: defaultdict[UUID, set[UUID]] = defaultdict(set)
    for found in matches:
        said = [(one.source, one.task_id) for one in found if one.weight == Where.COMMENT]
        for task_id, comment_id in {task_id: source for source, task_id in sorted(said)}.items():
            comments[task_id].add(comment_id)
    everywhere = set(best[0]).intersection(*best)
    return {one: (sum(worths[one] for worths in best), frozenset(comments[one])) for one in everywhere}
