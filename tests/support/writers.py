"""Clients that do whatever can be done over REST, at random, and know no more than what they were answered."""

import random
from collections.abc import Awaitable, Collection
from functools import partial
from typing import Any, Protocol
from uuid import uuid4

import httpx

from domain.task import Priority, Verb
from tests.support.arrangers import REFUSED, Arranger

TASKS, CHANGES, TOKENS = "/api/v1/tasks", "/api/v1/changes", "/api/v1/tokens"
BATCH, REVERTS, PLANS = "/api/v1/batch", "/api/v1/reverts", "/api/v1/plans"
# What some libraries take for the end of a line or a string, beside plain text.
WORDS = ("plants", "Ärger", "\u2028", "\u2029", '"', "\\", "🪴", "'; --", "  ", "\u00a0")
ANSWERS = {200, 201, 204, 404, 409, 412}


class Send(Protocol):
    """One request, sent until it is answered."""

    def __call__(self, method: str, path: str, **request: Any) -> Awaitable[httpx.Response]: ...


class Writer:
    """One of several that share the ids of what they have made."""

    def __init__(self, send: Send, dice: random.Random, shared: dict[str, list[str]]) -> None:
        self._send = send
        self._dice = dice
        self._tasks, self._tokens = shared.setdefault("tasks", []), shared.setdefault("tokens", [])
        self._arranger = Arranger(partial(self._ask, also=REFUSED), dice, shared, self._tasks)
        self._requests, self._batches = shared.setdefault("requests", []), shared.setdefault("batches", [])

    async def act(self) -> None:
        """Do something. What is refused for what it is (missing, conflicting, stale) has changed nothing."""
        many = (self._create, self._edit, self._verb, self._verb)
        few = (
            self._delete,
            self._batch,
            self._revert,
            self._revert_many,
            self._issue,
            self._revoke,
            self._plan,
        )
        arrange = (self._arranger.act,) * 8
        await self._dice.choice((*many, *many, *few, *arrange))()

    async def _ask(self, method: str, path: str, also: Collection[int] = (), **request: Any) -> Any:
        answer = await self._send(method, path, **request)
        assert answer.status_code in {*ANSWERS, *also}, (method, path, request, answer.text)
        self._requests.append(answer.headers["x-request-id"])
        return answer.json() if answer.content else {}

    def _text(self) -> str:
        return f"{self._dice.randrange(1000)} " + " ".join(self._dice.choices(WORDS, k=3)) + " ."

    def _task(self) -> str:
        return self._dice.choice(self._tasks) if self._tasks else str(uuid4())

    def _condition(self) -> dict[str, str]:
        return {"If-Match": f'"v{self._dice.randint(1, 3)}"'} if self._dice.random() < 0.2 else {}

    def _fields(self) -> dict[str, Any]:
        fields = {
            "title": self._text(),
            "description": self._text() + "\r\n\t" + self._text() * self._dice.randrange(40),
            "priority": str(self._dice.choice(list(Priority))),
        }
        return {name: fields[name] for name in self._dice.sample(sorted(fields), self._dice.randint(1, 3))}

    async def _create(self) -> None:
        chosen = {"id": str(uuid4())} if self._dice.random() < 0.5 else {}
        made = await self._ask("POST", TASKS, json={**self._fields(), "title": self._text(), **chosen})
        self._tasks.append(made["id"])

    async def _edit(self) -> None:
        await self._ask("PATCH", f"{TASKS}/{self._task()}", json=self._fields(), headers=self._condition())

    async def _verb(self) -> None:
        path = f"{TASKS}/{self._task()}/{self._dice.choice(list(Verb))}"
        await self._ask("POST", path, headers=self._condition())

    async def _delete(self) -> None:
        await self._ask("DELETE", f"{TASKS}/{self._task()}", headers=self._condition())

    async def _issue(self) -> None:
        made = await self._ask("POST", TOKENS, json=self._new_token())
        self._tokens += [made["id"]] if "id" in made else []

    async def _revoke(self) -> None:
        token = self._dice.choice(self._tokens) if self._tokens else str(uuid4())
        await self._ask("DELETE", f"{TOKENS}/{token}")

    def _new_token(self) -> dict[str, Any]:
        return {
            "name": f"n{self._dice.random()}",
            "kind": "agent",
            "scopes": ["tasks:read"],
            "expires_in": 600,
        }

    async def _batch(self) -> None:
        commands: list[dict[str, Any]] = [
            {"verb": "task.create", "args": {"title": self._text()}, "temp_id": "new"},
            {"verb": f"task.{self._dice.choice(list(Verb))}", "args": {"id": "new"}},
            {"verb": "task.update", "args": {"id": self._task(), **self._fields()}},
            {"verb": f"task.{self._dice.choice(list(Verb))}", "args": {"id": self._task()}},
            {"verb": "task.update", "args": {"id": "new", **self._fields()}, "if_version": 2},
            {"verb": "api_token.create", "args": self._new_token(), "temp_id": "token"},
            {"verb": "api_token.revoke", "args": {"id": "token"}},
            {"verb": "task.delete", "args": {"id": self._task()}},
        ]
        numbered = [{"id": str(number), **command} for number, command in enumerate(commands)]
        mode = self._dice.choice(("atomic", "independent"))
        done = await self._ask("POST", BATCH, json={"mode": mode, "commands": numbered})
        self._tasks += [done["temp_ids"]["new"]] if "new" in done.get("temp_ids", {}) else []

    async def _plan(self) -> None:
        path = f"{TASKS}/{self._task()}"
        planned = await self._ask("PATCH", path, json=self._fields(), params={"plan": "true"})
        if "plan" in planned:
            await self._ask("POST", f"{PLANS}/{planned['plan']}/apply")

    async def _revert(self) -> None:
        history = await self._ask("GET", f"{TASKS}/{self._task()}/history", params={"limit": 5})
        for change in history.get("items", [])[: self._dice.randint(1, 2)]:
            self._batches += [change["batch_id"]] if change["batch_id"] else []
            force = self._dice.choice(([], ["title", "status"]))
            await self._ask("POST", f"{CHANGES}/{change['id']}/revert", params={"force": force})

    async def _revert_many(self) -> None:
        kind, known = self._dice.choice((("request_id", self._requests), ("batch_id", self._batches)))
        chosen = self._dice.choice(known[-50:]) if known else str(uuid4())
        await self._ask("POST", REVERTS, json={kind: chosen})
