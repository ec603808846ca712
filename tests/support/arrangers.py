"""Clients that put tasks in order, at random: projects, sections, labels, comments, places, and the trash."""

import random
from typing import Any, Protocol
from uuid import uuid4

API = "/api/v1"
KINDS = ("project", "section", "label", "comment", "view", "task")
REFUSED = {422}
"""What is named is not there, or not in use, by now."""


class Ask(Protocol):
    """One request, sent until it is answered. It may be refused as anybody's, or as REFUSED says."""

    async def __call__(self, method: str, path: str, **request: Any) -> Any: ...


class Arranger:
    """One of several that share the ids of what they have made, by kind."""

    def __init__(self, ask: Ask, dice: random.Random, shared: dict[str, list[str]], tasks: list[str]) -> None:
        self._ask = ask
        self._dice = dice
        self._made = {kind: shared.setdefault(kind, []) for kind in KINDS} | {"task": tasks}

    async def act(self) -> None:
        """Do something."""
        often = (self._make, self._make, self._place, self._tie, self._rename)
        seldom = (self._archive, self._duplicate, self._merge, self._prefer, self._discard, self._restore)
        await self._dice.choice((*often, *often, *seldom, self._purge))()

    def _one(self, kind: str) -> str:
        made = self._made[kind]
        return self._dice.choice(made) if made else str(uuid4())

    def _perhaps(self, kind: str) -> str | None:
        return self._dice.choice((None, self._one(kind)))

    async def _make(self) -> None:
        kind = self._dice.choice(KINDS)
        name = f"{kind} {self._dice.random()}"
        values: dict[str, Any] = {
            "project": {"name": name, "parent_id": self._perhaps("project")},
            "section": {"name": name, "project_id": self._perhaps("project")},
            "label": {"name": name},
            "view": {"name": name, "filter": f'"{name}"'},
            "comment": {"body": name, "task_id": self._one("task")},
            "task": {"title": name, "parent_id": self._perhaps("task"), "labels": [self._one("label")]},
        }[kind]
        made = await self._ask("POST", f"{API}/{kind}s", json=values)
        self._made[kind] += [made["id"]] if "id" in made else []

    async def _rename(self) -> None:
        kind = self._dice.choice(KINDS)
        name = {"comment": "body", "task": "title"}.get(kind, "name")
        change = {name: f"again {self._dice.random()}"}
        await self._ask("PATCH", f"{API}/{kind}s/{self._one(kind)}", json=change)

    async def _tie(self) -> None:
        ties = {"labels": [self._one("label")], "blocked_by": [self._one("task")]}
        name = self._dice.choice(sorted(ties))
        await self._ask("PATCH", f"{API}/tasks/{self._one('task')}", json={name: ties[name]})

    async def _place(self) -> None:
        kind = self._dice.choice(("project", "section", "task"))
        place: dict[str, Any] = self._dice.choice(
            (
                {"before": self._one(kind)},
                {"after": self._one(kind)},
                {"parent_id" if kind == "project" else "project_id": self._perhaps("project")},
            )
        )
        await self._ask("POST", f"{API}/{kind}s/{self._one(kind)}/move", json=place)

    async def _archive(self) -> None:
        verb = self._dice.choice(("archive", "unarchive"))
        await self._ask("POST", f"{API}/projects/{self._one('project')}/{verb}")

    async def _duplicate(self) -> None:
        kind = self._dice.choice(("project", "task"))
        made = await self._ask("POST", f"{API}/{kind}s/{self._one(kind)}/duplicate", json={})
        self._made[kind] += [made["id"]] if "id" in made else []

    async def _merge(self) -> None:
        await self._ask("POST", f"{API}/labels/{self._one('label')}/merge", json={"into": self._one("label")})

    async def _prefer(self) -> None:
        change = {
            "default_project_id": self._perhaps("project"),
            "first_day_of_week": self._dice.randint(1, 7),
        }
        await self._ask("PATCH", f"{API}/me", json=change)

    async def _discard(self) -> None:
        kind = self._dice.choice(KINDS)
        await self._ask("DELETE", f"{API}/{kind}s/{self._one(kind)}")

    async def _restore(self) -> None:
        kind = self._dice.choice(KINDS)
        await self._ask("POST", f"{API}/trash/{kind}/{self._one(kind)}/restore")

    async def _purge(self) -> None:
        kind = self._dice.choice(KINDS)
        await self._ask("DELETE", f"{API}/trash/{kind}/{self._one(kind)}", params={"count": 1})
