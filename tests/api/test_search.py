"""Search over HTTP."""

from typing import Any

import httpx
import pytest

from entrypoints.http.search import SearchPageOut
from tests.support.asking import API, COMMENTS, TASKS, done, made

SEARCH = f"{API}/search"


async def found(client: httpx.AsyncClient, **query: Any) -> dict[str, Any]:
    answer = await client.get(SEARCH, params=query)
    assert answer.status_code == 200, answer.text
    SearchPageOut.model_validate_json(answer.content, strict=True)
    page: dict[str, Any] = answer.json()
    return page


@pytest.mark.rule("SEARCH-11", "SEARCH-6")
async def test_tasks_are_found_with_the_places(client: httpx.AsyncClient) -> None:
    task = await made(client, TASKS, "Große Straße", checklist=[{"title": "milk"}], description="**milky**")
    comment = await made(client, COMMENTS, "Milk in the strase", task_id=task["id"])
    page = await found(client, q="strasse milk")
    assert set(page) == {"items", "next_cursor", "truncated"}
    ((hit,), cursor, truncated) = page["items"], page["next_cursor"], page["truncated"]
    assert (hit["task"], hit["score"], cursor, truncated) == (task, 48 + 24, None, False)
    shown = {one["field"]: one for one in hit["snippets"]}
    assert shown["title"] == {
        "field": "title", "text": "Große Straße", "start": 0, "marks": [{"start": 6, "end": 12}], "item": None, "comment_id": None,
    }  # fmt: skip
    assert (shown["checklist"]["item"], shown["comment"]["comment_id"]) == (0, comment["id"])
    assert shown["description"]["marks"] == [{"start": 2, "end": 6}]
    assert [shown["comment"]["text"][one["start"] : one["end"]] for one in shown["comment"]["marks"]] == [
        "Milk",
        "strase",
    ]


@pytest.mark.rule("SEARCH-7", "SEARCH-8", "SEARCH-11", "HTTP-8")
async def test_filtered_and_page_by_page(client: httpx.AsyncClient) -> None:
    for number in range(3):
        await made(client, TASKS, f"milk & {number}")
    closed = await made(client, TASKS, "milk, bought")
    await done(client, f"{TASKS}/{closed['id']}/complete")
    answer = await client.get(SEARCH, params={"q": "milk", "filter": "todo", "limit": 2})
    page = answer.json()
    assert [hit["task"]["title"] for hit in page["items"]] == ["milk & 2", "milk & 1"]
    assert (page["time_zone"], page["resolved_at"][-1]) == ("UTC", "Z")
    following = answer.headers["link"].partition(">")[0][1:]
    rest = (await client.get(following)).json()
    assert [hit["task"]["title"] for hit in rest["items"]] == ["milk & 0"]
    assert (rest["next_cursor"], rest["resolved_at"]) == (None, page["resolved_at"])
    other = await client.get(SEARCH, params={"q": "milk", "cursor": page["next_cursor"]})
    assert (other.status_code, other.json()["code"]) == (400, "invalid_cursor")


@pytest.mark.rule("SEARCH-3", "SEARCH-11")
@pytest.mark.parametrize(
    ("query", "code", "pointer"),
    [
        ({}, "required", "/q"),
        ({"q": ""}, "too_short", "/q"),
        ({"q": "%"}, "no_words", "/q"),
        ({"q": "a" * 201}, "too_long", "/q"),
        ({"q": " ".join("abcdefghijklmnopq")}, "too_many_words", "/q"),
        ({"q": "a\x00"}, "control_character", "/q"),
        ({"q": "a", "limit": "0"}, "out_of_range", "/limit"),
        ({"q": "a", "limit": "51"}, "out_of_range", "/limit"),
        ({"q": "a", "sort": "title"}, "unknown_field", "/sort"),
    ],
)
async def test_what_cannot_be_asked(
    client: httpx.AsyncClient, query: dict[str, str], code: str, pointer: str
) -> None:
    answer = await client.get(SEARCH, params=query)
    assert answer.status_code == 422, answer.text
    assert {"in": "query", "pointer": pointer, "code": code} in [
        {name: one[name] for name in ("in", "pointer", "code")} for one in answer.json()["errors"]
    ]


@pytest.mark.rule("SEARCH-3")
async def test_it_says_what_counts_as_a_word(client: httpx.AsyncClient) -> None:
    (error,) = (await client.get(SEARCH, params={"q": "% + \u20ac"})).json()["errors"]
    assert "an emoji; punctuation and signs such as % do not count" in error["message"]


@pytest.mark.rule("SEARCH-11")
async def test_what_is_no_filter_is_told_as_by_lists(client: httpx.AsyncClient) -> None:
    answer = await client.get(SEARCH, params={"q": "milk", "filter": "nonsense = 1"})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_filter")
    assert {"reason", "start", "end", "suggestions"} <= set(answer.json())
