"""Search in a snapshot: postings made when they are asked for, and read in the order of the other adapter."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from adapters.memory.store import Store
from adapters.memory.tasks import MemoryTaskReads
from application.ports import TaskSearch
from application.search_plan import Verdict, best_score, driving, planned, verdict
from application.shown import shown_of
from application.views import Found, Ranked, SearchQuery, TaskQuery, TaskView
from domain.access import Actor
from domain.change import EntityKind
from domain.search import (
    BEGINNINGS_MAX,
    Part,
    Sought,
    Where,
    compared,
    document_of_comment,
    document_of_task,
    is_typed,
    near,
)


class _Match(NamedTuple):
    """A posting that a word matches, as which part of its matches and how."""

    part: Part
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
        sought = _sought(query, {term for term, *_ in postings})
        matches = [_matches(one, postings) for one in sought]
        if not all(matches):
            return Found([], sought)
        counted = [Counter(one.part for one in found) for found in matches]
        look = min(query.looks, default=0)
        enough = max(query.few, look) + 1
        first = [{part: min(some, enough) for part, some in of.items()} for of in counted]
        chosen, said = self._chosen(query), _said(matches)
        plan = planned(first, query.few, look)
        if plan.most is not None:
            driver, best = driving(first, query.words), best_score(counted, sought)
            for turn, most in enumerate(query.looks):
                newest = _newest(matches, driver, most)
                hits = _ranked(query, chosen, _joined(newest), said)
                found = verdict(hits, best, query.limit, query.looks[turn:])
                if found is Verdict.PROVEN:
                    return Found(hits, sought)
                if found is Verdict.UNKNOWN or not newest:
                    break
            plan = planned(counted, query.matches, query.looked_up)
        if plan.most is not None:
            place, within = plan.read[0], None if query.filter is None else chosen.keys()
            matches[place] = _cut(matches[place], plan.most, within)
        hits = _ranked(query, chosen, _joined(matches), said)
        return Found(hits, sought, truncated=plan.most is not None)

    def _chosen(self, query: SearchQuery) -> Mapping[UUID, TaskView]:
        """The tasks that may be found, whatever their words."""
        reads = MemoryTaskReads(self._snapshot, self._actor)
        tasks = reads.live()
        asked = TaskQuery(filter=query.filter, everywhere=query.everywhere)
        return {task.id: reads.viewed(task, tasks) for task in reads.chosen(tasks, asked)}

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


def _sought(query: SearchQuery, vocabulary: Collection[str]) -> tuple[Sought, ...]:
    """The words, and what may be meant by them."""
    found, last = list[Sought](), query.words[-1]
    for word in query.words:
        terms = compared(word, vocabulary, query.ceiling, typed=word == last and is_typed(word))
        found.append(Sought(word, near(word, terms, typing=word == last)))
    return tuple(found)


def _matches(sought: Sought, postings: Sequence[tuple[str, UUID, int, UUID]]) -> list[_Match]:
    """What a word matches, in the order in which it is looked at."""
    found = [
        _Match(part, sought.worth(posting[0]), *posting)
        for posting in postings
        if (part := sought.part(posting[0])) is not None
    ]
    return sorted(found, key=lambda match: (-match.part, match[2:]), reverse=True)


def _newest(matches: Sequence[Sequence[_Match]], driver: int, most: int) -> list[Sequence[_Match]]:
    """With so many of the newest matches of one word, but for the last task's; none if it begins too many."""
    if len({one.term for one in matches[driver] if one.part is Part.BEGINNING}) > BEGINNINGS_MAX:
        return []
    newest = sorted(matches[driver], key=lambda one: one.task_id, reverse=True)[:most]
    beyond = [one for one in newest if one.task_id > newest[-1].task_id]
    return [beyond if place == driver else found for place, found in enumerate(matches)]


def _cut(matches: Sequence[_Match], most: int, within: Collection[UUID] | None) -> list[_Match]:
    """The first ones; with a filter, the first of each part in what it selects."""
    if within is None:
        return list(matches[:most])
    parts: dict[Part, list[_Match]] = {}
    for one in matches:
        if one.task_id in within:
            parts.setdefault(one.part, []).append(one)
    return [one for part in parts.values() for one in part[:most]]


def _joined(matches: Sequence[Sequence[_Match]]) -> Mapping[UUID, int]:
    """Of the tasks that every word matches: what the best matches of all words are worth together."""
    if not matches:
        return {}
    best = [{one.task_id: one.worth for one in sorted(found, key=lambda one: one.worth)} for found in matches]
    return {one: sum(worths[one] for worths in best) for one in set(best[0]).intersection(*best)}


def _said(matches: Sequence[Sequence[_Match]]) -> Mapping[UUID, set[UUID]]:
    """Of each task, and of each word that its comments have, the comment with the greatest id."""
    comments: defaultdict[UUID, set[UUID]] = defaultdict(set)
    for found in matches:
        said = [(one.source, one.task_id) for one in found if one.weight == Where.COMMENT]
        for task_id, comment_id in {task_id: source for source, task_id in sorted(said)}.items():
            comments[task_id].add(comment_id)
    return comments


def _ranked(
    query: SearchQuery,
    chosen: Mapping[UUID, TaskView],
    scores: Mapping[UUID, int],
    said: Mapping[UUID, set[UUID]],
) -> list[Ranked]:
    """The first of the chosen ones after the query's place."""
    found = [
        Ranked(shown_of(chosen[task_id]), score, frozenset(said.get(task_id, ())))
        for task_id, score in scores.items()
        if task_id in chosen and (query.beyond is None or (score, task_id) < query.beyond)
    ]
    found.sort(key=lambda one: (one.score, one.task["id"]), reverse=True)
    return found[: query.limit]
