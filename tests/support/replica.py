"""A copy of an account that is kept as the specification says: a snapshot, and the changes after it."""

from typing import Any

from application.changes import Changes
from application.following import Following
from domain.access import Actor
from domain.change import Change, journaled_as

Key = tuple[str, str]


class Replica:
    """What each thing's fields are, by kind and id."""

    def __init__(self, changes: Changes, following: Following, actor: Actor) -> None:
        self._changes = changes
        self._following = following
        self._actor = actor
        self.things: dict[Key, dict[str, Any]] = {}
        self.token = ""

    async def start(self) -> None:
        async for part in self._following.snapshot(self._actor):
            if isinstance(part, str):
                self.token = part
            else:
                for entity in part:
                    how = journaled_as(entity)
                    self.things[how.kind, str(entity.id)] = {
                        **how.codec.state(entity), "version": entity.version,
                    }  # fmt: skip

    async def catch_up(self, limit: int = 7) -> None:
        more = True
        while more:
            page = await self._changes.list(self._actor, self.token, limit=limit)
            for change in page.items:
                self.apply(change)
            self.token, more = page.next, page.has_more

    def apply(self, change: Change) -> None:
        key = (change.entity, str(change.entity_id))
        thing = {**self.things.get(key, {}), **(change.after or {}), "version": change.version}
        if change.after is None or thing.get("deleted_at") is not None:
            self.things.pop(key, None)
        else:
            self.things[key] = thing


async def fetched(following: Following, actor: Actor) -> dict[Key, dict[str, Any]]:
    """What a fresh copy has."""
    fresh = Replica(None, following, actor)  # type: ignore[arg-type]
    await fresh.start()
    return fresh.things
