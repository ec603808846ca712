"""What a filter means, over HTTP."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.api.test_due_dates import TASKS, made

COMPILE = "/api/v1/filters/compile"
TOO_FAR = {"field": "due_date", "operator": "<", "values": ["+P9999Y"]}


@pytest.mark.rule("LIST-9")
async def test_text_and_tree_compile_to_the_same(client: httpx.AsyncClient) -> None:
    by_text = await client.post(COMPILE, json={"filter": " OVERDUE|( today&@home )"})
    assert by_text.status_code == 200, by_text.text
    found = by_text.json()
    assert set(found) == {"tree", "canonical", "english", "cost", "resolved_at", "time_zone", "unknown"}
    assert (found["canonical"], found["cost"], found["time_zone"]) == (
        "overdue | today & @home",
        "indexed",
        "UTC",
    )
    assert "overdue" in found["english"]
    by_tree = (await client.post(COMPILE, json={"filter": found["tree"]})).json()
    assert {**by_tree, "resolved_at": None, "unknown": None} == {
        **found,
        "resolved_at": None,
        "unknown": None,
    }
    await client.patch("/api/v1/me", json={"time_zone": "Europe/Berlin"})
    zoned = (await client.post(COMPILE, json={"filter": '"milk"'})).json()
    assert (zoned["time_zone"], zoned["cost"]) == ("Europe/Berlin", "text")


@pytest.mark.rule("LIST-9", "FLT-5")
@pytest.mark.parametrize(
    ("sent", "reason", "place"),
    [
        (
            "projct = x",
            "unknown_field",
            {"pointer": "/filter", "start": 0, "end": 6, "suggestions": ["project"]},
        ),
        ({"word": "overdu"}, "unknown_word", {"pointer": "/filter/word", "suggestions": ["overdue"]}),
        (
            {"and": [{"field": "colour", "operator": "=", "values": ["x"]}, {"word": "open"}]},
            "unknown_field",
            {"pointer": "/filter/and/0/field"},
        ),
        ("todo & due_date < +P9999Y", "out_of_range", {"pointer": "/filter", "start": 7, "end": 25}),
        (
            {"or": [{"word": "open"}, {"and": [TOO_FAR, {"not": TOO_FAR}]}]},
            "out_of_range",
            {"pointer": "/filter/or/1/and/0"},
        ),
        ({"and": [{"word": "open"}, {"not": TOO_FAR}]}, "out_of_range", {"pointer": "/filter/and/1/not"}),
        ({"and": []}, "bad_form", {"pointer": "/filter/and"}),
        ("", "empty", {"pointer": "/filter", "start": 0, "end": 0}),
    ],
)
async def test_what_is_no_filter(
    client: httpx.AsyncClient, sent: Any, reason: str, place: dict[str, Any]
) -> None:
    task = await made(client)
    for path in (COMPILE, f"{TASKS}/{task['id']}/explain"):
        answer = await client.post(path, json={"filter": sent})
        problem = answer.json()
        assert (answer.status_code, problem["code"], problem["reason"]) == (422, "invalid_filter", reason)
        assert place.items() <= problem.items()
        assert ("start" in problem) == ("start" in place)
        [error] = problem["errors"]
        assert error == {
            "in": "body", "pointer": problem["pointer"], "code": reason, "message": problem["detail"],
        }  # fmt: skip


@pytest.mark.rule("LIST-10")
async def test_which_terms_are_true_of_a_task(client: httpx.AsyncClient) -> None:
    task = await made(client, title="Übung", due_date="2025-01-01")
    place = f"{TASKS}/{task['id']}/explain"
    text = '!(overdue) | "ubung" & p1'
    found = (await client.post(place, json={"filter": text})).json()
    assert found["matches"] is False
    said = [(text[one["start"] : one["end"]], one["matched"], one["negated"]) for one in found["terms"]]
    assert said == [("overdue", True, True), ('"ubung"', True, False), ("p1", False, False)]
    tree = {"or": [{"word": "p1"}, {"field": "title", "operator": "=", "values": ["ubung"]}]}
    found = (await client.post(place, json={"filter": tree})).json()
    assert found["matches"] is True
    assert [found["canonical"][one["start"] : one["end"]] for one in found["terms"]] == [
        "p1",
        "title = ubung",
    ]
    missing = await client.post(f"{TASKS}/{uuid4()}/explain", json={"filter": "todo"})
    assert (missing.status_code, missing.json()["code"]) == (404, "task_not_found")


@pytest.mark.rule("LIST-11")
async def test_questions_change_nothing_and_are_not_rehearsed(client: httpx.AsyncClient) -> None:
    task = await made(client)
    before = (await client.get("/api/v1/changes")).json()["items"]
    for path in (COMPILE, f"{TASKS}/{task['id']}/explain"):
        for parameter in ("dry_run", "plan"):
            answer = await client.post(path, json={"filter": "todo"}, params={parameter: "true"})
            assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "unknown_field")
        for sent in ("todo", "done"):
            answer = await client.post(path, json={"filter": sent}, headers={"Idempotency-Key": "same"})
            assert (answer.status_code, answer.json()["canonical"]) == (200, sent)
            assert "idempotency-replayed" not in answer.headers
        for wrong in ({}, {"filter": 5}, {"filter": "todo", "more": 1}):
            assert (await client.post(path, json=wrong)).status_code == 422
    assert (await client.get("/api/v1/changes")).json()["items"] == before


@pytest.mark.rule("LIST-9")
async def test_names_that_nothing_has_are_told_with_near_ones(client: httpx.AsyncClient) -> None:
    for kind, name in (("labels", "home"), ("labels", "Büro"), ("projects", "Wörk"), ("sections", "Sketch")):
        assert (await client.post(f"/api/v1/{kind}", json={"name": name})).status_code == 201
    gone = (await client.post("/api/v1/labels", json={"name": "errand"})).json()["id"]
    assert (await client.delete(f"/api/v1/labels/{gone}")).status_code == 204
    text = 'todo & (@hmoe | #wrok) & !section = sketsh & label in (HOME, buero, "buro") & @errand & @zzz'
    found = (await client.post(COMPILE, json={"filter": text})).json()["unknown"]
    assert [(one["what"], text[one["start"] : one["end"]], one["suggestions"]) for one in found] == [
        ("label", "@hmoe", ["home"]),
        ("project", "#wrok", ["Wörk"]),
        ("section", "sketsh", ["Sketch"]),
        ("label", "buero", ["Büro"]),
        ("label", "@errand", []),
        ("label", "@zzz", []),
    ]
    known = await client.post(
        COMPILE, json={"filter": "@HOME & #work & section = SKETCH & label ~ x & text ~ y"}
    )
    assert known.json()["unknown"] == []


@pytest.mark.rule("LIST-10")
async def test_what_lists_leave_out_does_not_match(client: httpx.AsyncClient) -> None:
    project = (await client.post("/api/v1/projects", json={"name": "old"})).json()["id"]
    task = await made(client, project_id=project)
    assert (await client.post(f"/api/v1/projects/{project}/archive")).status_code == 200
    for text, expected in (("todo", (False, True)), ("todo & #old", (True, False)), ("done", (False, True))):
        found = (await client.post(f"{TASKS}/{task['id']}/explain", json={"filter": text})).json()
        listed = (await client.get(TASKS, params={"filter": f"({text}) & id = {task['id']}"})).json()["items"]
        assert (found["matches"], found["archived"]) == expected
        assert found["matches"] == bool(listed)
        assert found["terms"][0]["matched"] is (text != "done")
