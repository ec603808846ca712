"""What one account sees is its own history and nothing else, whatever the others do."""

import itertools
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.apps import App

TASKS = "/api/v1/tasks"
VERBS = ("start", "complete", "cancel", "reopen")
TARGETS = {  # TASK-6: the oracle has the table of the specification, not the code's
    "start": {"todo": "in_progress", "in_progress": "in_progress"},
    "complete": {"todo": "done", "in_progress": "done", "done": "done"},
    "cancel": {"todo": "cancelled", "in_progress": "cancelled", "cancelled": "cancelled"},
    "reopen": {"todo": "todo", "in_progress": "in_progress", "done": "todo", "cancelled": "todo"},
}
ACCOUNTS = 3
_run = itertools.count()

# (who acts, what it does, whose task it names, which of them)
steps = st.lists(
    st.tuples(
        st.integers(0, ACCOUNTS - 1),
        st.sampled_from(("create", "get", "edit", "delete", "list", *VERBS)),
        st.integers(0, ACCOUNTS - 1),
        st.integers(0, 5),
    ),
    min_size=5,
    max_size=25,
)


class Account:
    """A client, and what its history says that it must see: title, status and version of each task."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.tasks: dict[str, dict[str, Any]] = {}
        self.made: list[str] = []

    def named(self, number: int) -> str:
        return self.made[number % len(self.made)] if self.made else str(uuid4())

    def knows(self, answer: httpx.Response, task_id: str) -> None:
        task = self.tasks.get(task_id)
        if task is None:
            assert (answer.status_code, answer.json()["code"]) == (404, "task_not_found")
        else:
            assert {name: answer.json()[name] for name in task} == task

    async def act(self, verb: str, task_id: str, number: int) -> None:
        match verb:
            case "create":
                await self.create(number)
            case "list":
                await self.list()
            case "get":
                self.knows(await self.client.get(f"{TASKS}/{task_id}"), task_id)
            case "edit":
                await self.edit(task_id, f"edited {number}")
            case "delete":
                answer = await self.client.delete(f"{TASKS}/{task_id}")
                assert answer.status_code == (204 if task_id in self.made else 404)
                self.tasks.pop(task_id, None)
            case _:
                await self.apply(verb, task_id)

    async def create(self, number: int) -> None:
        made = (await self.client.post(TASKS, json={"title": f"task {number}"})).json()
        self.tasks[made["id"]] = {"title": f"task {number}", "status": "todo", "version": 1}
        self.made.append(made["id"])

    async def list(self) -> None:
        items = (await self.client.get(TASKS, params={"limit": 200})).json()["items"]
        assert {item["id"] for item in items} == set(self.tasks)

    async def edit(self, task_id: str, title: str) -> None:
        answer = await self.client.patch(f"{TASKS}/{task_id}", json={"title": title})
        task = self.tasks.get(task_id)
        if task is not None and task["title"] != title:
            task |= {"title": title, "version": task["version"] + 1}
        self.knows(answer, task_id)

    async def apply(self, verb: str, task_id: str) -> None:
        answer = await self.client.post(f"{TASKS}/{task_id}/{verb}")
        task = self.tasks.get(task_id)
        target = TARGETS[verb].get(task["status"]) if task else None
        if task is not None and target is None:
            assert answer.status_code == 409
            return
        if task is not None and target != task["status"]:
            task |= {"status": target, "version": task["version"] + 1}
        self.knows(answer, task_id)


async def play(app: App, history: list[tuple[int, str, int, int]]) -> None:
    run = next(_run)
    accounts = [Account(app.client(f"account {number} of run {run}")) for number in range(ACCOUNTS)]
    for who, verb, whose, number in history:
        await accounts[who].act(verb, accounts[whose].named(number), number)
    for account in accounts:
        await account.list()
        for task_id in account.tasks:
            await account.act("get", task_id, 0)
        await account.client.aclose()


@pytest.mark.rule("TASK-1", "TASK-6", "TASK-10", "IDENT-3")
@given(steps)
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
async def test_each_account_sees_its_own_history_alone(
    app: App, history: list[tuple[int, str, int, int]]
) -> None:
    await play(app, history)


@given(steps)
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
async def test_an_accounts_answers_are_the_same_with_and_without_the_others(
    app: App, history: list[tuple[int, str, int, int]]
) -> None:
    assert await transcript(app, history, lambda _: True) == await transcript(
        app, history, lambda who: who == 0
    )


async def transcript(
    app: App, history: list[tuple[int, str, int, int]], acts: Callable[[int], bool]
) -> list[tuple[object, ...]]:
    """What account 0 is answered, with ids and times masked, when only those who may act do."""
    run = next(_run)
    accounts = [Account(app.client(f"account {number} of run {run}")) for number in range(ACCOUNTS)]
    seen: list[tuple[object, ...]] = []

    async def remember(answer: httpx.Response) -> None:
        await answer.aread()
        body = answer.json() if answer.content else None
        shown = [masked(item) for item in body["items"]] if body and "items" in body else masked(body)
        seen.append((answer.request.method, answer.status_code, str(shown), answer.headers.get("etag")))

    accounts[0].client.event_hooks["response"].append(remember)
    for who, verb, whose, number in history:
        if acts(who):
            await accounts[who].act(verb, accounts[whose].named(number), number)
    for account in accounts:
        await account.client.aclose()
    return seen


def masked(body: Any) -> Any:
    hidden = {"id", "created_at", "updated_at", "completed_at", "instance", "request_id", "next_cursor"}
    return {name: value for name, value in body.items() if name not in hidden} if body else None
