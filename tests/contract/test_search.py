"""Search on every adapter: what is found, in which order, by pages; and that all adapters answer the same."""

import json
import random
from dataclasses import replace
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.clock import UuidV7
from adapters.memory import MemoryUnits
from adapters.postgres.uow import PostgresUnits
from adapters.seal import HmacSeal
from application.ports import UnitsOfWork
from application.search import Search
from application.views import Found, SearchPage, SearchQuery
from domain.access import Actor, Scope
from domain.attached import ChecklistItem
from domain.errors import FilterInvalid, Invalid, InvalidCursor
from domain.filters import parse, resolve
from domain.search import asked
from domain.search.snippets import Field
from domain.task import TaskChanges
from entrypoints.http.rendering import dumped
from tests.support.actors import actor
from tests.support.clocks import FixedClock
from tests.support.filters import NOW
from tests.support.household import use_cases
from tests.support.texts import SOME
from tests.support.worlds import World


class Searcher:
    """The use cases on one adapter."""

    def __init__(self, units: UnitsOfWork, me: Actor | None = None) -> None:
        self.me, self.units, self.clock = me or actor(), units, FixedClock()
        self.search = Search(units, self.clock, HmacSeal(b"k" * 32))
        self.make = use_cases(units)

    async def task(self, title: str, project: UUID | None = None, **values: Any) -> UUID:
        asked: TaskChanges = {"title": title, **values}  # type: ignore[typeddict-item]
        return (await self.make.tasks.create(self.me, asked, {"project_id": project})).task.id

    async def page(self, text: str, **more: Any) -> SearchPage:
        return await self.search.page(self.me, text, **more)

    async def titles(self, text: str, **more: Any) -> list[str]:
        return [hit.task["title"] for hit in (await self.page(text, **more)).items]


@pytest.fixture(name="searcher")
def make_searcher(units: UnitsOfWork) -> Searcher:
    return Searcher(units)


@pytest.mark.rule("SEARCH-3", "SEARCH-5", "SEARCH-7")
async def test_all_words_wherever_they_are_the_best_first(searcher: Searcher) -> None:
    first = await searcher.task("Errands", checklist=items("Milk"), description="and eggs")
    await searcher.task("Call", description="about the milk")
    said = await searcher.task("Note")
    await searcher.make.comments.create(searcher.me, said, "milk, eggs")
    await searcher.task("Milk and eggs")
    await searcher.task("Milkshake")
    await searcher.task("Mlik")
    await searcher.task("Nothing of it")
    found = await searcher.page("milk")
    assert [(hit.task["title"], hit.score) for hit in found.items] == [
        ("Milk and eggs", 48), ("Milkshake", 24), ("Errands", 24), ("Mlik", 16), ("Call", 12), ("Note", 6),
    ]  # fmt: skip
    both = await searcher.page("EGGS milk")
    assert [hit.task["title"] for hit in both.items] == ["Milk and eggs", "Errands", "Note"]
    assert [snippet.field for snippet in both.items[1].snippets] == [Field.CHECKLIST, Field.DESCRIPTION]
    assert UUID(both.items[1].task["id"]) == first
    assert (both.truncated, both.next_cursor, both.resolved) == (False, None, None)
    assert await searcher.titles("milk tea") == []


def items(*titles: str) -> Any:
    return [ChecklistItem(title=title) for title in titles]


@pytest.mark.rule("SEARCH-5")
async def test_of_equal_ones_the_newer_comes_first(units: UnitsOfWork) -> None:
    searcher = Searcher(units)
    make = UuidV7()
    ids = [make.new() for _ in range(3)]
    for place in (1, 0, 2):
        await searcher.make.tasks.create(searcher.me, {"title": f"milk {place}"}, {}, ids[place])
    assert await searcher.titles("milk") == ["milk 2", "milk 1", "milk 0"]


@pytest.mark.rule("SEARCH-4")
@pytest.mark.parametrize(
    ("text", "query", "found"),
    [
        ("the receipt", "reciept", True), ("the reciept", "receipt", True), ("groceries", "grocerise", True),
        ("groceries", "grocreeis", True), ("milk", "silk", True), ("milk", "ilk", False), ("milk", "amilk", True), ("milk", "imlk", True), ("milk", "slik", False), ("milk", "mlkk", False), ("milk", "mikl", True), ("may", "mat", False), ("2026", "2025", False),
        ("Straße", "STRASE", True), ("買牛奶", "牛", True), ("買牛奶", "奶", True), ("買牛奶", "買奶", False), ("Café", "cafe", True),
        ("한국어 공부", "한국", True), ("🎉 party", "🎉", True), ("receipt", "ceipt", False), ("receipt", "eceipt", True), ("Москва", "носква", True), ("łódź", "lodz", True),
        ("receipt", "recie", True), ("receipt", "reciep", True), ("receipt", "reci", False), ("receipt", "tecei", True), ("receipt", "teceo", False), ("recall receipt", "recaip", True),
    ],
)  # fmt: skip
async def test_what_is_found(searcher: Searcher, text: str, query: str, found: bool) -> None:
    await searcher.task(text)
    assert await searcher.titles(query) == ([text] if found else [])


@pytest.mark.rule("SEARCH-7")
async def test_the_trash_and_archived_projects_are_left_out(searcher: Searcher) -> None:
    make, me = searcher.make, searcher.me
    project = (await make.projects.create(me, {"name": "Old"})).id
    await searcher.task("old milk", project)
    gone, kept = await searcher.task("gone milk"), await searcher.task("kept")
    comment = await make.comments.create(me, kept, "milk")
    await make.comments.create(me, gone, "milk, too")
    assert len(await searcher.titles("milk")) == 3
    await make.projects.archive(me, project)
    await make.tasks.delete(me, gone)
    assert await searcher.titles("milk") == ["kept"]
    await make.comments.delete(me, comment.id)
    assert await searcher.titles("milk") == []
    assert await searcher.titles("milk", filter_text="#Old") == ["old milk"]
    assert await searcher.titles("milk", filter_text="!project_archived") == []


@pytest.mark.rule("SEARCH-7")
async def test_what_is_written_anew_is_found_anew(searcher: Searcher) -> None:
    make, me = searcher.make, searcher.me
    task = await searcher.task("milk", description="bread")
    comment = await make.comments.create(me, task, "bread and butter")
    await make.tasks.edit(me, task, {"title": "bread"})
    assert await searcher.titles("milk") == []
    (hit,) = (await searcher.page("bread")).items
    assert (hit.score, {one.field for one in hit.snippets}) == (
        48,
        {Field.TITLE, Field.DESCRIPTION, Field.COMMENT},
    )
    await make.comments.edit(me, comment.id, "jam")
    assert await searcher.titles("butter") == []
    assert await searcher.titles("bred jma jams") == []
    assert await searcher.titles("bred ja") == ["bread"]


@pytest.mark.rule("SEARCH-6")
async def test_the_best_of_the_newest_comments_is_shown(searcher: Searcher) -> None:
    make, me = searcher.make, searcher.me
    task = await searcher.task("t")
    new = UuidV7()
    ids = [new.new() for _ in range(4)]
    for number, body in enumerate(("milk eggs", "milk", "eggs and milk", "egg")):
        await make.comments.create(me, task, body, ids[number])
    (hit,) = (await searcher.page("milk eggs")).items
    assert [snippet.comment_id for snippet in hit.snippets] == [ids[2]]
    await make.comments.delete(me, ids[2])
    (hit,) = (await searcher.page("milk")).items
    assert [snippet.comment_id for snippet in hit.snippets] == [ids[1]]


@pytest.mark.rule("SEARCH-8")
async def test_pages_are_of_one_search_and_one_day(searcher: Searcher) -> None:
    today = searcher.clock.now().date()
    for number in range(5):
        await searcher.task(f"milk {number}", due_date=today)
    how: dict[str, Any] = {"filter_text": "today", "limit": 2}
    first = await searcher.page("Milk", **how)
    assert first.resolved is not None
    searcher.clock.advance(seconds=3 * 86_400)
    assert await searcher.titles("milk", **how) == []
    second = await searcher.page("milk", **how | {"filter_text": " TODAY "}, cursor=first.next_cursor)
    third = await searcher.page("MILK", **how, cursor=second.next_cursor)
    seen = [hit.task["title"] for page in (first, second, third) for hit in page.items]
    assert seen == [f"milk {number}" for number in (4, 3, 2, 1, 0)]
    assert third.next_cursor is None
    assert third.resolved is not None
    assert third.resolved.resolved_at == first.resolved.resolved_at
    cursor = first.next_cursor or ""
    for other in ({"filter_text": "todo"}, {"filter_text": None}):
        with pytest.raises(InvalidCursor):
            await searcher.page("milk", **how | other, cursor=cursor)
    with pytest.raises(InvalidCursor):
        await searcher.page("milk 1", **how, cursor=cursor)
    with pytest.raises(InvalidCursor):
        await Searcher(searcher.units, actor()).page("milk", **how, cursor=cursor)
    for place, character in enumerate(cursor):
        with pytest.raises(InvalidCursor):
            changed = cursor[:place] + ("A" if character != "A" else "B") + cursor[place + 1 :]
            await searcher.page("milk", **how, cursor=changed)


@pytest.mark.rule("SEARCH-8")
async def test_what_is_there_throughout_is_found_once(searcher: Searcher) -> None:
    dice = random.Random(5)
    stay = [await searcher.task(dice.choice(("milk", "milkshake", "mlik", "buy milk"))) for _ in range(12)]
    seen: list[UUID] = []
    page = await searcher.page("milk", limit=3)
    while True:
        seen += [UUID(hit.task["id"]) for hit in page.items]
        if page.next_cursor is None:
            break
        await searcher.task(dice.choice(("milk", "mlik", "milky")))
        page = await searcher.page("milk", limit=2, cursor=page.next_cursor)
    assert [seen.count(one) for one in stay] == [1] * len(stay)


@pytest.mark.rule("SEARCH-3", "SEARCH-7")
async def test_what_cannot_be_asked_is_refused(searcher: Searcher) -> None:
    for text, more in (("?", {}), ("milk", {"limit": 0}), ("milk", {"limit": 51})):
        with pytest.raises(Invalid):
            await searcher.page(text, **more)
    with pytest.raises(FilterInvalid):
        await searcher.page("milk", filter_text="nonsense =")


# All adapters alike


class Written(World):
    """A random account whose texts are hard to search."""

    def text(self) -> str:
        return " ".join(self._dice.choices(SOME, k=self._dice.randint(1, 4)))


QUERIES = [
    "milk", "m", "a", "re receipt", "reciept", "strasse ubung", "牛", "買牛奶", "奶 milk", "🎉", "recieve mlik", "groceries", "2026", "x" * 45,
    "ilk", "nilk", "teceipt", "recie", "milk recei", "mlk reciev", "tecei", "nilk ecei", "roceri", "straze", "groec", "ubumg", "한", "no", "étés", "mil gro", "milky straße ab", "receipts a b",
]  # fmt: skip
FILTERS = [
    None,
    None,
    "todo",
    "!done & has_subtasks",
    "project_archived",
    "comment ~ m",
    "label is null",
    "#home | overdue",
]


def as_answered(found: Found) -> tuple[Any, ...]:
    """Whatever sequences an adapter has put into a task. Members of an object have no order."""
    hits = [(json.loads(dumped(hit.task)), hit.score, hit.comment_ids) for hit in found.hits]
    return hits, found.sought, found.truncated


@pytest.mark.rule("SEARCH-10")
@pytest.mark.parametrize("seed", range(6))
async def test_every_adapter_finds_the_same(engine: AsyncEngine, seed: int) -> None:
    dice, owner = random.Random(seed), actor()
    world = Written(owner, seed)
    both = (MemoryUnits(), PostgresUnits(engine))
    for units in both:
        await world.keep(units)
    hits, truncated = 0, set[bool]()
    for _ in range(60):
        text = (
            dice.choice(QUERIES) if dice.random() < 0.6 else " ".join(dice.sample(SOME, dice.randint(1, 3)))
        )
        chosen = dice.choice(FILTERS)
        resolved = None if chosen is None else resolve(parse(chosen), NOW, ZoneInfo("UTC"))
        query = SearchQuery(
            words=asked(text), filter=resolved, everywhere=dice.random() < 0.5, limit=dice.choice((3, 50)),
            matches=dice.choice((1, 5, 20, 10_000)), looked_up=dice.choice((1, 4, 1_000)), few=dice.choice((0, 0, 4, 256)), looks=dice.choice(((), (4,), (3, 12), (12, 256), (1, 4, 20))),
            looked_at=dice.choice((1, 4, 12, 1_000)), compared=dice.choice((1, 2, 6, 1_000)),
        )  # fmt: skip
        for _ in range(2):
            answers = []
            for units in both:
                async with units.reading(owner, Scope.TASKS_READ) as unit:
                    answers.append(await unit.search.find(query))
            assert as_answered(answers[0]) == as_answered(answers[1]), (text, chosen, query)
            hits += len(answers[0].hits)
            truncated.add(answers[0].truncated)
            if not answers[0].hits:
                break
            last = answers[0].hits[-1]
            query = replace(query, beyond=(last.score, UUID(last.task["id"])))
    assert hits > 40
    assert len(truncated) > 1
