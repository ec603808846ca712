"""What a filter means, over HTTP."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.api.test_due_dates import TASKS, made

COMPILE = "/api/v1/filters/compile"


@pytest.mark.rule("LIST-9")
async def test_text_and_tree_compile_to_the_same(client: httpx.AsyncClient) -> None:
    by_text = await client.post(COMPILE, json={"filter": " OVERDUE|( today&@home )"})
    assert by_text.status_code == 200, by_text.text
    found = by_text.json()
    assert set(found) == {"tree", "canonical", "english", "cost", "resolved_at", "time_zone"}
    assert (found["canonical"], found["cost"], found["time_zone"]) == (
        "overdue | today & @home",
        "indexed",
        "UTC",
    )
    assert "overdue" in found["english"]
    by_tree = (await client.post(COMPILE, json={"filter": found["tree"]})).json()
    assert {**by_tree, "resolved_at": None} == {**found, "resolved_at": None}
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
            {"start": 0, "end": 6, "suggestions": ["project"]},
        ),
        ({"word": "overdu"}, "unknown_word", {"pointer": "/word", "suggestions": ["overdue"]}),
        ("due_date < +P9999Y", "out_of_range", {}),
        ({"and": []}, "bad_form", {}),
    ],
)
async def test_what_is_no_filter(
    client: httpx.AsyncClient, sent: Any, reason: str, place: dict[str, Any]
) -> None:
    answer = await client.post(COMPILE, json={"filter": sent})
    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["reason"]) == (422, "invalid_filter", reason)
    assert place.items() <= problem.items()


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
