"""The filter language, as the API describes it to whoever writes filters."""

import json
from typing import Any

import httpx
import pytest

from domain.filters import FIELDS, WORDS, Operator
from domain.task import Priority, Status
from tests.support.apps import App
from tests.support.asking import TASKS, VIEWS, made, refused

LANGUAGE = "/api/v1/filters/fields"
COMPILE = "/api/v1/filters/compile"
VALUES = {
    "id": "01a205a5-565c-7059-93dd-bd22278c9913", "text": "x", "body": "x", "name": "x", "choice": "done", "rank": "high",
    "key": "x", "number": 1, "boolean": True, "date": "today", "instant": "now",
}  # fmt: skip


def term(field: Any, operator: str) -> dict[str, Any]:
    values = {} if "null" in operator else {"values": [VALUES[field["type"]]]}
    return {"field": field["name"], "operator": operator, **values}


async def compiled(client: httpx.AsyncClient, sent: Any) -> httpx.Response:
    return await client.post(COMPILE, json={"filter": sent})


@pytest.mark.rule("LIST-16")
async def test_what_is_listed_is_what_filters_take(client: httpx.AsyncClient) -> None:
    found = (await client.get(LANGUAGE)).json()
    assert set(found) == {"fields", "words"}
    assert [one["name"] for one in found["fields"]] == [*FIELDS]
    assert [one["name"] for one in found["words"]] == [*WORDS]
    for field in found["fields"]:
        assert set(field) == {"name", "type", "operators", "nullable", "many", "choices", "description"}
        assert field["nullable"] == ("is null" in field["operators"])
        assert (field["choices"] != []) == (field["type"] in {"choice", "rank"})
        taken = [one for one in map(str, Operator) if (await compiled(client, term(field, one))).is_success]
        assert sorted(field["operators"]) == sorted(taken), field["name"]
    by_name = {field["name"]: field for field in found["fields"]}
    assert (by_name["status"]["choices"], by_name["priority"]["choices"]) == ([*Status], [*Priority])
    assert [by_name[name]["many"] for name in ("label", "comment", "title", "project")] == [
        True,
        True,
        False,
        False,
    ]
    for word in found["words"]:
        assert (await compiled(client, word["filter"])).json()["canonical"] == word["filter"]
        assert word["english"] in (await compiled(client, word["name"])).json()["english"]


@pytest.mark.rule("LIST-16")
async def test_it_is_the_same_for_every_account_and_has_a_tag(client: httpx.AsyncClient, app: App) -> None:
    mine = await client.get(LANGUAGE)
    async with app.client("somebody else") as other:
        theirs = await other.get(LANGUAGE)
    assert (mine.content, mine.headers["etag"]) == (theirs.content, theirs.headers["etag"])
    assert not mine.headers["etag"].startswith("W/")
    held = await client.get(LANGUAGE, headers={"If-None-Match": mine.headers["etag"]})
    assert (held.status_code, held.content, held.headers["etag"]) == (304, b"", mine.headers["etag"])
    assert (await client.get(LANGUAGE, headers={"If-None-Match": '"another"'})).status_code == 200


@pytest.mark.rule("LIST-16")
async def test_each_filter_is_documented(app: App, client: httpx.AsyncClient) -> None:
    document = app.asgi.openapi()
    operations = [one for path in document["paths"].values() for one in path.values()]
    told = [
        parameter["description"]
        for operation in operations
        for parameter in operation.get("parameters", ())
        if parameter["name"] == "filter"
    ]
    schemas = document["components"]["schemas"]
    told += [
        schemas[name]["properties"]["filter"]["description"]
        for name in ("FilterIn", "ViewCreate", "ViewPatch")
    ]
    assert len(told) == 5 + 3
    [language] = {one.partition(". ")[2] for one in told}
    assert LANGUAGE in language
    examples = language.partition("For example ")[2].partition(". `GET")[0].split("`")[1::2]
    assert len(examples) == 3
    for example in examples:
        assert (await compiled(client, example)).status_code == 200, example


ASKED = [
    (TASKS, {}), (TASKS, {"group": "day"}), ("/api/v1/search", {"q": "t"}), ("/api/v1/changes", {}),
    ("/api/v1/changes/stream", {}), ("/api/v1/snapshot", {"types": "task"}),
]  # fmt: skip
FAR = {"field": "due_date", "operator": "<", "values": ["+P9999Y"]}


@pytest.mark.rule("FLT-7", "FLT-5", "LIST-8", "FSYNC-10")
@pytest.mark.parametrize(("path", "query"), ASKED)
async def test_a_tree_that_is_wrong_is_refused_where_it_is(
    client: httpx.AsyncClient, path: str, query: Any
) -> None:
    for tree, reason, pointer in (
        ({"word": "overdu"}, "unknown_word", "/filter/word"),
        (
            {"and": [{"word": "open"}, {"field": "colour", "operator": "=", "values": ["x"]}]},
            "unknown_field",
            "/filter/and/1/field",
        ),
        ({"or": [{"word": "open"}, {"and": [FAR, {"not": FAR}]}]}, "out_of_range", "/filter/or/1/and/0"),
    ):
        answer = await client.get(path, params={**query, "filter": json.dumps(tree)})
        refused(answer, 422, "invalid_filter", reason=reason, pointer=pointer)
        assert {(one["in"], one["pointer"], one["code"]) for one in answer.json()["errors"]} == {
            ("query", pointer, reason)
        }
        assert "start" not in answer.json()
        body = await client.post(COMPILE, json={"filter": tree})
        assert (body.json()["pointer"], body.json()["detail"]) == (pointer, answer.json()["detail"])
    answer = await client.get(path, params={**query, "filter": "{today}"})
    refused(answer, 422, "invalid_filter", reason="bad_form", pointer="/filter", start=1, end=2)


@pytest.mark.rule("FLT-7", "LIST-5", "LIST-8")
async def test_a_tree_selects_what_its_text_does(client: httpx.AsyncClient) -> None:
    for number in range(4):
        await made(client, TASKS, f"t{number}", priority="high" if number % 2 else "none")
    text = "p2 | title = t0"
    tree = json.dumps((await compiled(client, text)).json()["tree"])
    assert tree.startswith("{")

    async def asked(path: str, **query: Any) -> Any:
        answer = await client.get(path, params=query)
        assert answer.status_code == 200, answer.text
        return {**answer.json(), "resolved_at": None}

    first = await asked(TASKS, filter=tree, sort="title", limit=2)
    assert [one["title"] for one in first["items"]] == ["t0", "t1"]
    rest = await asked(TASKS, filter=text, sort="title", cursor=first["next_cursor"])
    assert [one["title"] for one in rest["items"]] == ["t3"]
    grouped = [await asked(TASKS, filter=one, group="priority", sort="title") for one in (tree, text)]
    assert grouped[0] == grouped[1]
    assert [group["key"] for group in grouped[0]["groups"]] == ["high", "none"]
    found = [await asked("/api/v1/search", q="t1", filter=one) for one in (tree, text)]
    assert found[0] == found[1]
    assert [one["task"]["title"] for one in found[0]["items"]] == ["t1"]
    changes = await asked("/api/v1/changes", filter=tree, limit=500)
    assert len(changes["items"]) == 3
    assert (await asked("/api/v1/changes", filter=text, after=changes["next"]))["items"] == []
    snapshot = [
        (await client.get("/api/v1/snapshot", params={"types": "task", "filter": one})).text
        for one in (tree, text)
    ]
    assert snapshot[0].splitlines()[:-1] == snapshot[1].splitlines()[:-1]
    assert all(f'"t{number}"' in snapshot[0] for number in (0, 1, 3))
    assert '"t2"' not in snapshot[0]


@pytest.mark.rule("FLT-7", "VIEW-2")
async def test_a_body_takes_the_tree_as_text_too(client: httpx.AsyncClient) -> None:
    view = await made(client, VIEWS, "v", filter=json.dumps({"word": "today"}))
    assert view["filter"] == "today"
    answer = await client.patch(f"{VIEWS}/{view['id']}", json={"filter": json.dumps({"not": {"word": "x"}})})
    refused(answer, 422, "invalid_filter", reason="unknown_word", pointer="/filter/not/word")
    assert (await compiled(client, json.dumps({"word": "today"}))).json()["canonical"] == "today"
