"""Clients that read and write a few shared tasks at random, and note what they sent, when, and what came back."""

import json
import random
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import httpx

from tests.support.histories import NEVER, Entry, Operation, Outcome, Seen, Write

TASKS, CHANGES, BATCH, SNAPSHOT = "/api/v1/tasks", "/api/v1/changes", "/api/v1/batch", "/api/v1/snapshot"
PAGE = 500
Found = Mapping[str, Any]
Understand = Callable[[httpx.Response], Found]


def seen(task: Mapping[str, Any]) -> Seen:
    """The title is the register's value."""
    return Seen(task["id"], task["version"], task["title"])


def entries(changes: Sequence[Mapping[str, Any]]) -> list[Entry]:
    """The journal's lines; each change sets the title."""
    return [Entry(c["seq"], c["entity_id"], c["version"], c["after"]["title"]) for c in changes]


class Service(Protocol):
    """Whom the clients ask."""

    async def count(self) -> None:
        """One more request has been answered."""

    async def up(self) -> None:
        """Until it serves."""


class Recorder:
    """One client. `history` is what it has sent."""

    def __init__(
        self,
        name: str,
        client: httpx.AsyncClient,
        tasks: Sequence[str],
        dice: random.Random,
        service: Service,
    ) -> None:
        self.history: list[Operation] = []
        self._name = name
        self._client = client
        self._tasks = tasks
        self._dice = dice
        self._service = service
        self._held: dict[str, Seen] = {}
        self._place: dict[str, str] = {}
        self._seq = 0
        self._values = 0

    async def create(self, task: str) -> None:
        """Make one of the shared tasks."""
        write = Write(task, self._value())
        await self._write([write], "POST", TASKS, json={"id": task, "title": write.value})

    async def act(self) -> None:
        """One request."""
        acts = (self._edit, self._demand, self._demand, self._batch, self._failing_batch, self._rehearse)
        await self._dice.choice(
            (*acts, self._get, self._get, self._ask_again, self._list, self._copy, self._follow)
        )()

    def _value(self) -> str:
        self._values += 1
        return f"{self._name}-{self._values}"

    def _task(self) -> str:
        return self._dice.choice(self._tasks)

    async def _edit(self) -> None:
        write = Write(self._task(), self._value())
        await self._write([write], "PATCH", f"{TASKS}/{write.key}", json={"title": write.value})

    async def _demand(self) -> None:
        """If-Match, with what this client has seen last."""
        task = self._task()
        if task not in self._held:
            await self._get(task)
            return
        write = Write(task, self._value(), expected=self._held[task].version)
        tag = {"If-Match": f'"v{write.expected}"'}
        await self._write([write], "PATCH", f"{TASKS}/{task}", json={"title": write.value}, headers=tag)

    async def _rehearse(self) -> None:
        write = Write(self._task(), self._value())
        path = f"{TASKS}/{write.key}"
        refused = {"outcome": Outcome.REFUSED, "writes": [write]}
        await self._send(
            lambda _: refused, [write], "PATCH", path, json={"title": write.value}, params={"dry_run": "true"}
        )

    async def _batch(self) -> None:
        await self._run(self._commands())

    async def _failing_batch(self) -> None:
        """Its last command is refused, so nothing of it may ever be seen."""
        await self._run([*self._commands(), Write(self._task(), self._value(), expected=10**6)])

    def _commands(self) -> list[Write]:
        """Two tasks, and one of them twice: there is a state in the middle."""
        first, second = self._dice.sample(self._tasks, 2)
        held = self._held.get(first)
        demanded = held.version if held and self._dice.random() < 0.5 else None
        return [
            Write(first, self._value(), expected=demanded),
            Write(second, self._value()),
            Write(first, self._value()),
        ]

    async def _run(self, writes: list[Write]) -> None:
        commands = [
            {
                "id": str(number),
                "verb": "task.update",
                "args": {"id": write.key, "title": write.value},
                **({"if_version": write.expected} if write.expected else {}),
            }
            for number, write in enumerate(writes)
        ]
        await self._write(writes, "POST", BATCH, json={"mode": "atomic", "commands": commands})

    async def _get(self, task: str | None = None) -> None:
        await self._send(
            lambda answer: {"reads": [seen(answer.json())]}, [], "GET", f"{TASKS}/{task or self._task()}"
        )

    async def _ask_again(self) -> None:
        """If-None-Match: what the client holds is still so, or it is something else."""
        task = self._task()
        if (held := self._held.get(task)) is None:
            await self._get(task)
            return
        tag = {"If-None-Match": f'"v{held.version}"'}
        await self._send(
            lambda answer: {"reads": [held if answer.status_code == 304 else seen(answer.json())]},
            [], "GET", f"{TASKS}/{task}", headers=tag,
        )  # fmt: skip

    async def _list(self) -> None:
        await self._send(
            lambda answer: {"reads": [seen(task) for task in answer.json()["items"]]}, [], "GET", TASKS
        )

    async def _copy(self) -> None:
        def understand(answer: httpx.Response) -> Found:
            lines = [json.loads(line) for line in answer.text.splitlines()[:-1]]
            return {"reads": [seen({**line["state"], **line}) for line in lines]}

        await self._send(understand, [], "GET", SNAPSHOT)

    async def _follow(self) -> None:
        """What has happened since it asked last."""

        def understand(answer: httpx.Response) -> Found:
            page, since = answer.json(), self._seq
            self._place = {"after": page["next"]}
            self._seq += len(page["items"])
            assert not page["has_more"]
            return {"told": entries(page["items"]), "since": since}

        await self._send(understand, [], "GET", CHANGES, params={"limit": PAGE, **self._place})

    async def _write(self, writes: list[Write], method: str, path: str, **request: Any) -> None:
        def understand(answer: httpx.Response) -> Found:
            body = answer.json()
            done = [one["data"] for one in body["results"]] if "results" in body else [body]
            versions = [task["version"] for task in done]
            return {"writes": [w._replace(version=v) for w, v in zip(writes, versions, strict=True)]}

        await self._send(understand, writes, method, path, **request)

    async def _send(
        self, understand: Understand, writes: list[Write], method: str, path: str, **request: Any
    ) -> None:
        name = f"{self._name}#{len(self.history)}"
        invoked = time.monotonic()
        try:
            answer = await self._client.request(method, path, **request)
        except httpx.TransportError:
            answer = None
        completed = time.monotonic()
        if answer is None or answer.status_code == 503:
            lost: Found = {"outcome": Outcome.UNKNOWN, "writes": writes}
            self.history.append(Operation(name=name, invoked=invoked, completed=NEVER, **lost))
            await self._service.up()
            return
        found = _refusal(answer, writes) if answer.status_code >= 400 else understand(answer)
        self.history.append(Operation(name=name, invoked=invoked, completed=completed, **found))
        self._held |= {one.key: one for one in found.get("reads", ())}
        await self._service.count()


def _refusal(answer: httpx.Response, writes: list[Write]) -> Found:
    """A refused precondition says what is there."""
    assert answer.status_code in {409, 412}, answer.text
    body = answer.json()
    reads = [seen(body["current"])] if answer.status_code == 412 else []
    return {"outcome": Outcome.REFUSED, "writes": writes, "reads": reads}
