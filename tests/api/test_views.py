"""Saved views over REST."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

from domain.builtin_views import BUILTINS, Builtin
from tests.support.asking import TASKS, TRASH, VIEWS, got, invalid, listed, made, refused

SLUGS = [*Builtin]


@pytest.mark.rule("VIEW-1", "VIEW-2")
async def test_a_view_is_saved_read_changed_and_deleted(client: httpx.AsyncClient) -> None:
    view = await made(client, VIEWS, "Errands", filter=" @home&OPEN", sort="-priority,rank", grouping="day")
    assert view["filter"] == "@home & open"
    assert (view["sort"], view["grouping"], view["builtin"], view["version"]) == (
        *("-priority,rank", "day", False, 1),
    )
    assert await got(client, VIEWS, view) == view
    path = f"{VIEWS}/{view['id']}"
    edited = await client.patch(
        path, json={"grouping": None, "filter": {"word": "today"}}, headers={"If-Match": '"v1"'}
    )
    assert edited.status_code == 200, edited.text
    assert (edited.json()["grouping"], edited.json()["filter"], edited.json()["sort"]) == (
        *(None, "today", "-priority,rank"),
    )
    assert edited.headers["etag"] == '"v2"'
    stale = await client.patch(path, json={"filter": "p1"}, headers={"If-Match": '"v1"'})
    refused(stale, 412, "version_mismatch", conflicts=["/filter"])
    assert (await client.get(path, headers={"If-None-Match": '"v2"'})).status_code == 304
    assert (await client.delete(path)).status_code == 204
    refused(await client.get(path), 404, "view_not_found")
    assert [one["title"] for one in await listed(client, TRASH)] == ["Errands"]
    restored = await client.post(f"{TRASH}/view/{view['id']}/restore")
    assert restored.json()["filter"] == "today"


@pytest.mark.rule("VIEW-2")
async def test_what_cannot_be_a_view(client: httpx.AsyncClient) -> None:
    answer = await client.post(VIEWS, json={"name": "v", "filter": "todya & open"})
    refused(answer, 422, "invalid_filter", reason="unknown_word", start=0, end=5)
    assert "today" in answer.json()["suggestions"]
    tree = {"or": [{"word": "open"}, {"word": "x"}]}
    answer = await client.post(VIEWS, json={"name": "v", "filter": tree})
    refused(answer, 422, "invalid_filter", pointer="/filter/or/1/word")
    invalid(answer, ("/filter/or/1/word", "unknown_word"))
    invalid(
        await client.post(VIEWS, json={"name": "v", "sort": "due", "grouping": "week", "owner_id": "x"}),
        *(("/sort", "not_a_sort"), ("/grouping", "not_one_of"), ("/owner_id", "unknown_field")),
    )
    invalid(await client.post(VIEWS, json={"filter": "open"}), ("/name", "required"))
    by_score = (await client.get(f"{VIEWS}/next")).json()["sort"]
    assert by_score == "-score"
    invalid(await client.post(VIEWS, json={"name": "v", "sort": by_score}), ("/sort", "not_a_sort"))
    invalid(await client.get(TASKS, params={"sort": by_score}), ("/sort", "not_a_sort"))
    view = await made(client, VIEWS, "v", filter="open")
    answer = await client.patch(f"{VIEWS}/{view['id']}", json={"filter": "open &"})
    refused(answer, 422, "invalid_filter", reason="term_expected")
    assert (await got(client, VIEWS, view))["version"] == 1
    assert len(await listed(client, VIEWS)) == 1 + len(SLUGS)


@pytest.mark.rule("VIEW-3")
async def test_the_list_has_the_built_in_ones_first_and_then_the_saved_by_name(
    client: httpx.AsyncClient,
) -> None:
    for name in ("zebra", "Apfel", "äpfel", "\ufdfa" * 100, "Birne"):
        await made(client, VIEWS, name)
    for limit in (1, 2, 3, 7, 8, 200):
        found = await listed(client, VIEWS, limit=limit)
        assert [one["id"] for one in found[:7]] == SLUGS
        assert [one["builtin"] for one in found] == [True] * 7 + [False] * 5
        names = [one["name"] for one in found[7:]]
        assert names[2:] == ["Birne", "zebra", "\ufdfa" * 100]
        assert set(names[:2]) == {"Apfel", "äpfel"}
        assert found[7]["id"] < found[8]["id"]


@pytest.mark.rule("VIEW-3")
async def test_a_cursor_of_the_list_is_the_accounts_own(client: httpx.AsyncClient, app: Any) -> None:
    await made(client, VIEWS, "v")
    for limit in (3, 7):
        cursor = (await client.get(VIEWS, params={"limit": limit})).json()["next_cursor"]
        refused(await client.get(VIEWS, params={"cursor": cursor + "A"}), 400, "invalid_cursor")
        async with app.client("somebody else's views") as other:
            refused(await other.get(VIEWS, params={"cursor": cursor}), 400, "invalid_cursor")


@pytest.mark.rule("VIEW-4")
@pytest.mark.parametrize("slug", SLUGS)
async def test_a_built_in_view_is_read_and_never_changed(client: httpx.AsyncClient, slug: str) -> None:
    answer = await client.get(f"{VIEWS}/{slug}")
    one = BUILTINS[Builtin(slug)]
    assert answer.json() == {
        "id": slug, "name": one.name, "filter": one.filter, "sort": one.sort, "grouping": one.grouping,
        "builtin": True, "created_at": None, "updated_at": None, "version": 0,
    }  # fmt: skip
    assert answer.headers["etag"] == '"v0"'
    for method, body in (("PATCH", {"name": "mine"}), ("DELETE", None)):
        refused(await client.request(method, f"{VIEWS}/{slug}", json=body), 409, "view_built_in")
    commands = [{"id": "1", "verb": "view.delete", "args": {"id": slug}}]
    answer = await client.post("/api/v1/batch", json={"mode": "atomic", "commands": commands})
    invalid(answer, ("/commands/0/args/id", "not_a_uuid"))
    assert (await client.get(f"{VIEWS}/{slug}")).json()["name"] == one.name


@pytest.mark.rule("VIEW-4")
async def test_other_words_are_no_views(client: httpx.AsyncClient) -> None:
    for method in ("GET", "PATCH", "DELETE"):
        body = {"name": "x"} if method == "PATCH" else None
        invalid(await client.request(method, f"{VIEWS}/tomorrow", json=body), ("/view_id", "not_a_uuid"))
        missing = await client.request(method, f"{VIEWS}/{uuid4()}", json=body)
        refused(missing, 404, "view_not_found")
