"""Projects, labels, trees, order, trash: what one account is answered is the same with and without the others,

and whoever names somebody else's things, in a path or in a body, changes nothing of theirs and learns nothing.
"""

import asyncio
import itertools
import re
from collections import defaultdict
from collections.abc import Callable, Coroutine, Mapping
from typing import Any
from uuid import uuid4

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from tests.security.test_non_interference import ACCOUNTS, CALM, which, whose
from tests.support.apps import App

_run = itertools.count()
API = "/api/v1"
TASK, PROJECT, SECTION, LABEL, COMMENT, VIEW = "task", "project", "section", "label", "comment", "view"

# By name: method, path, body, and what it makes. <kind> is an id of whoever is named, [kind] one of one's own.
REQUESTS: Mapping[str, tuple[str, str, Any, str | None]] = {
    "make a project": ("POST", "/projects", {"name": "p"}, PROJECT),
    "make a project within": ("POST", "/projects", {"name": "p", "parent_id": "<project>"}, PROJECT),
    "make a section": ("POST", "/sections", {"name": "s", "project_id": "<project>"}, SECTION),
    "make a label": ("POST", "/labels", {"name": "l#"}, LABEL),
    "make a task": ("POST", "/tasks", {"title": "t"}, TASK),
    "make a task in a project": ("POST", "/tasks", {"title": "t", "project_id": "<project>"}, TASK),
    "make a task in a section": ("POST", "/tasks", {"title": "t", "section_id": "<section>"}, TASK),
    "make a subtask": ("POST", "/tasks", {"title": "t", "parent_id": "<task>"}, TASK),
    "make a task with a label": ("POST", "/tasks", {"title": "t", "labels": ["<label>"]}, TASK),
    "make a blocked task": ("POST", "/tasks", {"title": "t", "blocked_by": ["<task>"]}, TASK),
    "comment": ("POST", "/comments", {"body": "c", "task_id": "<task>"}, COMMENT),
    "save a view": ("POST", "/views", {"name": "v#", "filter": "open"}, VIEW),
    "label": ("PATCH", "/tasks/[task]", {"labels": ["<label>"]}, None),
    "block": ("PATCH", "/tasks/[task]", {"blocked_by": ["<task>"]}, None),
    "put before": ("POST", "/tasks/[task]/move", {"before": "<task>"}, None),
    "put into": ("POST", "/tasks/[task]/move", {"project_id": "<project>"}, None),
    "put below": ("POST", "/tasks/[task]/move", {"parent_id": "<task>"}, None),
    "take": ("POST", "/tasks/<task>/move", {"project_id": "[project]"}, None),
    "take a project": ("POST", "/projects/<project>/move", {"parent_id": "[project]"}, None),
    "take a section": ("POST", "/sections/<section>/move", {"project_id": "[project]"}, None),
    "merge": ("POST", "/labels/<label>/merge", {"into": "[label]"}, None),
    "merge into": ("POST", "/labels/[label]/merge", {"into": "<label>"}, None),
    "edit": ("PATCH", "/projects/<project>", {"name": "edited #"}, None),
    "edit a comment": ("PATCH", "/comments/<comment>", {"body": "edited #"}, None),
    "edit a view": ("PATCH", "/views/<view>", {"filter": "overdue | p#"}, None),
    "archive": ("POST", "/projects/<project>/archive", None, None),
    "unarchive": ("POST", "/projects/<project>/unarchive", None, None),
    "complete": ("POST", "/tasks/<task>/complete?children=complete&override=true", None, None),
    "duplicate": ("POST", "/tasks/<task>/duplicate", {}, TASK),
    "duplicate a project": ("POST", "/projects/<project>/duplicate", {}, PROJECT),
    "delete a task": ("DELETE", "/tasks/<task>", None, None),
    "delete a project": ("DELETE", "/projects/<project>", None, None),
    "delete a section": ("DELETE", "/sections/<section>", None, None),
    "delete a label": ("DELETE", "/labels/<label>", None, None),
    "delete a comment": ("DELETE", "/comments/<comment>", None, None),
    "delete a view": ("DELETE", "/views/<view>", None, None),
    "restore a task": ("POST", "/trash/task/<task>/restore", None, None),
    "restore a project": ("POST", "/trash/project/<project>/restore", None, None),
    "restore a label": ("POST", "/trash/label/<label>/restore", None, None),
    "purge": ("DELETE", "/trash/task/<task>?count=1", None, None),
    "prefer": ("PATCH", "/me", {"default_project_id": "<project>"}, None),
    "many": ("POST", "/tasks/bulk", {"ids": ["<task>"], "verb": "task.cancel"}, None),
    "in a batch": ("POST", "/batch", {"mode": "atomic", "commands": [{"id": "1", "verb": "task.move", "args": {"id": "[task]", "after": "<task>"}}]}, None),
    "list": ("GET", "/tasks?limit=200", None, None),
    "list a project": ("GET", "/tasks?project_id=<project>", None, None),
    "list a label": ("GET", "/tasks?label_id=<label>", None, None),
    "list projects": ("GET", "/projects", None, None),
    "list views": ("GET", "/views", None, None),
    "look at a view": ("GET", "/views/<view>/tasks?group=label", None, None),
    "list what is next": ("GET", "/views/next/tasks", None, None),
    "list groups": ("GET", "/tasks?group=project", None, None),
    "list comments": ("GET", "/comments?task_id=<task>", None, None),
    "list the trash": ("GET", "/trash", None, None),
    "usage": ("GET", "/me/usage", None, None),
}  # fmt: skip
NAMING = [name for name, request in REQUESTS.items() if "<" in str(request)]
STATE = ("/tasks?limit=200", "/projects", "/trash", "/me", "/me/usage", "/changes?limit=500")
"""What tells all that there is: each change of anything is journaled."""
ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
PLACE = re.compile(r"(<|\[)(\w+)(>|\])")
TIME = re.compile(r"\d{4}-\d\d-\d\dT[0-9:.]+Z")


class Account:
    """A client, and the ids of what it has made."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.made: dict[str, list[str]] = defaultdict(list)

    def id_of(self, kind: str, number: int) -> str:
        made = self.made[kind]
        return made[number % len(made)] if made else str(uuid4())

    async def do(self, name: str, named: "Account", number: int) -> httpx.Response:
        method, path, body, makes = REQUESTS[name]

        def filled(value: Any) -> Any:
            if isinstance(value, Mapping):
                return {key: filled(part) for key, part in value.items()}
            if isinstance(value, list):
                return [filled(part) for part in value]
            return _text(value) if isinstance(value, str) else value

        def _text(value: str) -> str:
            value = PLACE.sub(
                lambda found: (named if found[1] == "<" else self).id_of(found[2], number), value
            )
            return value.replace("#", str(number))

        answer = await self.client.request(method, f"{API}{_text(path)}", json=filled(body))
        if makes is not None and answer.status_code == 201:
            self.made[makes].append(answer.json()["id"])
        return answer

    async def state(self) -> list[str]:
        """Everything that it has, as it is answered."""
        asked = (self.client.get(f"{API}{path}") for path in STATE)
        return [answer.text for answer in await asyncio.gather(*asked)]


class Accounts(RuleBasedStateMachine):
    """Three accounts that do anything with their own and anybody's things."""

    app: App
    loop: asyncio.AbstractEventLoop

    def __init__(self) -> None:
        super().__init__()
        run = next(_run)
        self.accounts = [Account(self.app.client(f"owner {n} of run {run}")) for n in range(ACCOUNTS)]
        self.states = [self.wait(account.state()) for account in self.accounts]
        self.acted: int | None = None

    def wait(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result()

    @rule(who=whose, number=which, name=st.sampled_from(sorted(REQUESTS)))
    def act(self, who: int, number: int, name: str) -> None:
        mine = self.accounts[who]
        assert self.wait(mine.do(name, mine, number)).status_code < 500
        self.states[who] = self.wait(mine.state())

    @rule(who=whose, victim=whose, number=which, name=st.sampled_from(NAMING))
    def act_on_what_is_stolen(self, who: int, victim: int, number: int, name: str) -> None:
        if who == victim:
            return
        answer = self.wait(self.accounts[who].do(name, self.accounts[victim], number))
        if name.startswith("list"):
            assert answer.json()["items"] == []
        else:
            assert answer.status_code in {404, 409, 422}, (name, answer.text)
            assert answer.status_code != 409 or answer.json()["code"] == "batch_failed"

    @invariant()
    def nobody_has_changed_what_is_somebody_elses(self) -> None:
        """Nor has one's own changed by what was refused."""
        for account, state in zip(self.accounts, self.states, strict=True):
            assert self.wait(account.state()) == state

    def teardown(self) -> None:
        for account in self.accounts:
            self.wait(account.client.aclose())


async def play(app: App, examples: int, steps: int) -> None:
    machine = type("Played", (Accounts,), {"app": app, "loop": asyncio.get_running_loop()})
    calm = settings(max_examples=examples, stateful_step_count=steps, **CALM)
    await asyncio.to_thread(run_state_machine_as_test, machine, settings=calm)


@pytest.mark.rule("TASK-1", "IDENT-3", "DB-4")
async def test_nobody_reaches_what_is_somebody_elses(app: App) -> None:
    await play(app, examples=5, steps=20)


@pytest.mark.rule("TASK-1")
async def test_in_memory_it_is_the_same(memory_app: App) -> None:
    await play(memory_app, examples=8, steps=20)


@pytest.mark.long
async def test_nobody_reaches_what_is_somebody_elses_for_long(app: App) -> None:
    await play(app, examples=100, steps=60)


histories = st.lists(
    st.tuples(whose, st.sampled_from(sorted(REQUESTS)), whose, which), min_size=10, max_size=40
)


@pytest.mark.rule("TASK-1", "IDENT-3")
@given(histories)
@settings(max_examples=15, **CALM)
async def test_an_accounts_answers_are_the_same_with_and_without_the_others(
    app: App, history: list[tuple[int, str, int, int]]
) -> None:
    with_others = await transcript(app, history, lambda _: True)
    assert with_others == await transcript(app, history, lambda who: who == 0)


async def transcript(
    app: App, history: list[tuple[int, str, int, int]], acts: Callable[[int], bool]
) -> list[tuple[object, ...]]:
    """What account 0 is answered when only those act who may: ids of its own by their number, others alike."""
    run = next(_run)
    accounts = [Account(app.client(f"owner {number} of history {run}")) for number in range(ACCOUNTS)]
    seen: list[tuple[object, ...]] = []
    for who, name, victim, number in history:
        if not acts(who):
            continue
        answer = await accounts[who].do(name, accounts[victim], number)
        if who == 0:
            seen.append((name, answer.status_code, masked(answer, accounts[0]), answer.headers.get("etag")))
    for account in accounts:
        await account.client.aclose()
    return seen


def masked(answer: httpx.Response, of: Account) -> str:
    text = answer.text.replace(answer.headers["x-request-id"], "request")
    known = {one: f"own {kind} {at}" for kind, made in of.made.items() for at, one in enumerate(made)}
    text = ID.sub(lambda found: known.get(found[0], "an id"), text)
    subject = re.sub(r"owner 0 of history \d+", "owner", TIME.sub("a time", text))
    return re.sub(r'"next_cursor":"[^"]*"', '"next_cursor":"more"', subject)
