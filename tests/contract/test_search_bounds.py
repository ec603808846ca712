"""What a search looks at where there is much: the newest first, and not all; on every adapter."""

from uuid import UUID

import pytest

from application.views import SearchQuery
from domain.access import Scope
from domain.task import TaskChanges
from tests.contract.test_search import Searcher, make_searcher

__all__ = ["make_searcher"]


@pytest.mark.rule("SEARCH-9")
async def test_of_what_has_too_many_matches_some_are_looked_at(searcher: Searcher) -> None:
    ids = sorted(UUID(int=number) for number in range(1, 9))
    for number, one in enumerate(ids):
        title = ("milk", "milk", "milk eggs", "milk eggs", "milky", "mlik", "milk eggs", "eggs")[number]
        await searcher.make.tasks.create(searcher.me, {"title": title}, {}, one)

    async def found(*words: str, matches: int, looked_up: int = 9) -> tuple[list[int], bool]:
        query = SearchQuery(words=words, limit=9, few=0, looks=(), matches=matches, looked_up=looked_up)
        async with searcher.units.reading(searcher.me, Scope.TASKS_READ) as unit:
            answer = await unit.search.find(query)
        return [UUID(hit.task["id"]).int for hit in answer.hits], answer.truncated

    assert await found("milk", matches=7) == ([7, 4, 3, 2, 1, 5, 6], False)
    assert await found("milk", matches=6) == ([7, 4, 3, 2, 1, 5], True)
    assert await found("milk", matches=2) == ([7, 4], True)
    assert await found("milk", "eggs", matches=11) == ([7, 4, 3], False)
    assert await found("milk", "eggs", matches=4) == ([7, 4, 3], False)
    assert await found("milk", "eggs", matches=4, looked_up=3) == ([7, 4], True)
    assert await found("milk", "eggs", matches=1, looked_up=1) == ([7], True)
    assert await found("milk", "none", matches=1, looked_up=1) == ([], False)


@pytest.mark.rule("SEARCH-9")
async def test_the_newest_matches_may_show_what_is_best(searcher: Searcher) -> None:
    for number in range(1, 10):
        title, more = ("milk", "") if number in {1, 2, 5, 6} else ("tea", "milk")
        values: TaskChanges = {"title": title, "description": more}
        await searcher.make.tasks.create(searcher.me, values, {}, UUID(int=number))

    async def found(limit: int, *looks: int, beyond: int | None = None) -> tuple[list[int], bool]:
        place = None if beyond is None else (48, UUID(int=beyond))
        query = SearchQuery(words=("milk",), limit=limit, beyond=place, few=0, looks=looks, matches=3)
        async with searcher.units.reading(searcher.me, Scope.TASKS_READ) as unit:
            answer = await unit.search.find(query)
        return [UUID(hit.task["id"]).int for hit in answer.hits], answer.truncated

    assert await found(1, 5) == ([6], False)
    assert await found(2, 6) == ([6, 5], False)
    # Of the task with the least id not all matches may have been looked at, and others may be as good.
    assert await found(2, 5) == ([9, 8], True)
    assert await found(3, 9) == ([6, 5, 2], False)
    assert await found(1, 6, beyond=6) == ([5], False)
    assert await found(1, 6, beyond=5) == ([9], True)
    # One of two is there, so twice as many are likely to have the other.
    assert await found(2, 5, 10) == ([6, 5], False)
    assert await found(2, 5, 9) == ([9, 8], True)
    assert await found(2, 4, 10) == ([9, 8], True)


@pytest.mark.rule("SEARCH-9")
async def test_other_words_are_looked_up_in_the_newest(searcher: Searcher) -> None:
    for number in range(1, 9):
        title = f"{'milk' if number % 2 else 'milky'} {'eggs' if number < 7 else 'egg'}"
        await searcher.make.tasks.create(searcher.me, {"title": title}, {}, UUID(int=number))

    async def found(*words: str, limit: int, look: int, few: int = 0) -> tuple[list[int], bool]:
        query = SearchQuery(words=words, limit=limit, few=few, looks=(look,), matches=2, looked_up=1)
        async with searcher.units.reading(searcher.me, Scope.TASKS_READ) as unit:
            answer = await unit.search.find(query)
        return [UUID(hit.task["id"]).int for hit in answer.hits], answer.truncated

    assert await found("milk", "eggs", limit=1, look=5) == ([5], False)
    assert await found("milk", "eggs", limit=2, look=6) == ([7], True)
    assert await found("milk", "eggs", limit=2, look=8) == ([5, 3], False)
    assert await found("milk", "eggs", limit=9, look=8, few=99) == ([5, 3, 1, 6, 4, 2, 7, 8], False)
    assert await found("mil", "egg", limit=1, look=3) == ([8], False)
    assert await found("mil", "egg", limit=9, look=9) == ([8, 7, 6, 5, 4, 3, 2, 1], False)


@pytest.mark.rule("SEARCH-14")
async def test_the_first_that_are_alike_are_compared(searcher: Searcher) -> None:
    for number, word in enumerate(("mila", "mild", "mile", "milkshake", "moon", "mull", "silk", "vilk"), 1):
        await searcher.make.tasks.create(searcher.me, {"title": word}, {}, UUID(int=number))

    async def found(*words: str, **most: int) -> list[int]:
        query = SearchQuery(words=words, limit=9, **most)
        async with searcher.units.reading(searcher.me, Scope.TASKS_READ) as unit:
            answer = await unit.search.find(query)
        assert not answer.truncated
        return sorted(UUID(hit.task["id"]).int for hit in answer.hits)

    assert await found("milx") == [1, 2, 3]
    assert await found("milx", compared=3) == [1, 2, 3]
    assert await found("milx", compared=2) == [1, 2]
    assert await found("milx", looked_at=2) == [1, 2]
    # What is not alike is looked at, and not compared: milkshake and moon are between.
    assert await found("mulx", compared=1) == [6]
    assert await found("mulx", looked_at=6, compared=1) == [6]
    assert await found("mulx", looked_at=5) == []
    # What has another first character is looked up, and two words share what there is.
    assert await found("milk", looked_at=1, compared=1) == [1, 4, 7, 8]
    assert await found("milx", "milz", compared=4) == [1, 2]
    assert await found("milx", "milz", compared=5) == [1, 2]
    assert await found("milx", "milz", compared=6) == [1, 2, 3]
    # Of what is typed the beginnings have a share as well.
    assert await found("milsk", looked_at=8) == [4]
    assert await found("milsk", looked_at=6) == []
    assert await found("milsk", compared=1) == [4]
