"""What is asked: requests as bytes, one after the other, for accounts in turn or at random."""

import json
import os
import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from urllib.parse import quote

from tests.performance.data import open_task, open_tasks, task_id

_TITLE = "Water the plants on the second floor, then the ones outside"
_CREATE = {"title": _TITLE, "priority": "high"}
_BATCH = {
    "mode": "atomic",
    "commands": [{"id": str(number), "verb": "task.create", "args": _CREATE} for number in range(100)],
}

_FILTER = 'todo & priority >= high & "plants"'
# What a read asks for: Remit's and the plain application's.
_PATHS = {
    "hello": "/",
    "page": "/api/v1/tasks",
    "filtered": f"/api/v1/tasks?filter={quote(_FILTER)}",
    "one": "/api/v1/tasks/{task}",
    "search": f"/api/v1/search?q={quote('plants flo')}",
    "plain_page": "/tasks",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """`tokens` of the accounts by their number. `first` is how many open tasks were completed before."""

    tokens: list[str]
    tasks: int
    first: int = 0
    keyed: bool = False

    def requests(self, operation: str) -> Iterator[bytes]:
        """An endless row of requests; of completions as many as there are open tasks."""
        if operation in _PATHS:
            return self._reads(operation)
        made: Iterator[bytes] = getattr(self, operation)()
        return made

    def path(self, operation: str, account: int) -> str:
        """Where a read is found; of one task it is any of the account's."""
        path = _PATHS[operation]
        if "{task}" in path:
            return path.format(task=task_id(account, random.randrange(self.tasks)))
        return path

    def _reads(self, operation: str) -> Iterator[bytes]:
        while True:
            account = self._somebody()
            yield self._request("GET", self.path(operation, account), account)

    def create(self) -> Iterator[bytes]:
        body = json.dumps(_CREATE).encode()
        while True:
            yield self._request("POST", "/api/v1/tasks", self._somebody(), body)

    def complete(self) -> Iterator[bytes]:
        for number in count(self.first):
            place, account = divmod(number, len(self.tokens))
            if place >= open_tasks(self.tasks):
                return
            path = f"/api/v1/tasks/{task_id(account, open_task(place))}/complete"
            yield self._request("POST", path, account, b"")

    def batch(self) -> Iterator[bytes]:
        body = json.dumps(_BATCH).encode()
        while True:
            yield self._request("POST", "/api/v1/batch", self._somebody(), body)

    def _somebody(self) -> int:
        return random.randrange(len(self.tokens))

    def _request(self, method: str, path: str, account: int, body: bytes | None = None) -> bytes:
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {self.tokens[account]}\r\n"
        )
        if body is not None:
            head += f"Content-Length: {len(body)}\r\n" + (
                "Content-Type: application/json\r\n" if body else ""
            )
            if self.keyed:
                head += f"Idempotency-Key: {os.urandom(16).hex()}\r\n"
        return head.encode() + b"\r\n" + (body or b"")
