"""The filter language, as the API describes it to whoever writes filters."""

from typing import Any

import httpx
import pytest

from domain.filters import FIELDS, WORDS, Operator
from domain.task import Priority, Status
from tests.support.apps import App

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
