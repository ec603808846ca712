"""Search: tasks by the words that are written in them, the best ones first, and where the words are."""

import json
from collections.abc import Sequence
from uuid import UUID

from application.cursors import check_limit
from application.ports import Clock, ReadUnit, Seal, UnitsOfWork
from application.task_lists import Reading, reading_of
from application.views import Found, Hit, Ranked, SearchPage, SearchQuery
from domain.access import Actor, Scope
from domain.change import EntityKind
from domain.comment import Comment
from domain.errors import InvalidCursor
from domain.filters import Resolved, Tree, canonical, from_sent
from domain.lens import asks_of_projects
from domain.search import Lexicon, Written, asked, snippets

_PURPOSE = "search"
HITS_DEFAULT, HITS_MAX = 20, 50
"""Less than a page of tasks: of each, all texts are read once more, for the snippets."""


class Search:
    """A cursor is good for the account, the words and the filter, and keeps how dates were read."""

    def __init__(self, units: UnitsOfWork, clock: Clock, seal: Seal) -> None:
        self._units = units
        self._clock = clock
        self._seal = seal

    async def page(
        self,
        actor: Actor,
        text: str,
        filter_text: str | None = None,
        limit: int = HITS_DEFAULT,
        cursor: str | None = None,
    ) -> SearchPage:
        """Some of the tasks that have all the words. Raises Invalid, FilterInvalid, InvalidCursor."""
        check_limit(limit, HITS_MAX)
        words, tree = asked(text), None if filter_text is None else from_sent(filter_text)
        context = _context(actor, words, tree)
        place, reading = (None, None) if cursor is None else self._open(context, cursor)
        async with self._units.reading(actor, Scope.TASKS_READ) as unit:
            if tree is not None and reading is None:
                reading = await reading_of(unit, actor, self._clock.now())
            resolved = None if tree is None or reading is None else reading.resolve(tree)
            found = await unit.search.find(_query(words, resolved, limit + 1, place))
            items = await _shown(unit, found, found.hits[:limit])
        more = len(found.hits) > limit
        closed = self._close(context, found.hits[limit - 1], reading) if more else None
        return SearchPage(items, closed, found.truncated, resolved)

    def _close(self, context: bytes, last: Ranked, reading: Reading | None) -> str:
        how = [] if reading is None else reading.dumped()
        value = json.dumps([last.score, last.task["id"], *how])
        return self._seal.close(_PURPOSE, context, value.encode())

    def _open(self, context: bytes, cursor: str) -> tuple[tuple[int, UUID], Reading | None]:
        value = self._seal.open(_PURPOSE, context, cursor)
        if value is None:
            raise InvalidCursor
        score, last_id, *how = json.loads(value)
        return (score, UUID(last_id)), Reading.loaded(how)


def _query(
    words: tuple[str, ...], resolved: Resolved | None, limit: int, place: tuple[int, UUID] | None
) -> SearchQuery:
    everywhere = asks_of_projects(resolved)
    return SearchQuery(words=words, filter=resolved, everywhere=everywhere, limit=limit, beyond=place)


async def _shown(unit: ReadUnit, found: Found, hits: Sequence[Ranked]) -> list[Hit]:
    """The tasks as they are answered, in the order of the hits, with what was found in them."""
    said = set[UUID]().union(*(hit.comment_ids for hit in hits))
    comments: dict[str, list[Comment]] = {}
    for one in await unit.entities.some(EntityKind.COMMENT, {"id": said}) if said else ():
        comments.setdefault(str(one.task_id), []).append(one)
    shown, lexicon = list[Hit](), Lexicon(found.sought)
    for hit in hits:
        task = hit.task
        written = Written(task["title"], [item["title"] for item in task["checklist"]], task["description"])
        pieces = snippets(written, comments.get(task["id"], ()), lexicon)
        shown.append(Hit(task, hit.score, pieces))
    return shown


def _context(actor: Actor, words: tuple[str, ...], tree: Tree | None) -> bytes:
    """What a cursor is bound to: whose search it is, and for what."""
    return json.dumps([str(actor.account_id), words, None if tree is None else canonical(tree)]).encode()
