"""What a unit of work has seen and will keep: the one way for an entity into any store.

Repositories that write go through here, whatever they are made of. So nothing is kept that is not the
actor's, and nothing is kept that is not journaled.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from application.views import Mark
from domain.access import Actor, own
from domain.answer import Answer
from domain.change import CREATE, Change, EntityKind, Head, journaled_as, record
from domain.errors import PlanNotFound, StaleVersion, TaskIdTaken, TaskNotFound
from domain.plan import Plan

Entity = TypeVar("Entity")
Key = tuple[EntityKind, UUID]


@dataclass(frozen=True, slots=True)
class Step:
    """One entity from one state to the next, by a verb."""

    before: Any | None
    after: Any
    verb: str
    actor: Actor
    reverts: int | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """The entities of one kind that are new, and those that changed, each with the version that is stored."""

    added: Sequence[Any]
    changed: Sequence[tuple[Any, int]]


class Workspace:
    """One unit of work's entities, as it sees them; nothing here waits for anything."""

    def __init__(self, actor: Actor) -> None:
        self.actor = actor
        self._stored: dict[Key, Any] = {}
        self._current: dict[Key, Any] = {}
        self._steps: list[Step] = []
        self.notes: list[Answer | Plan] = []

    def act_as(self, actor: Actor) -> None:
        """From here on this actor, of the same account, does it."""
        self.actor = own(self.actor, actor, TaskNotFound)

    def remember(self, entity: Entity) -> Entity:
        """Note what the store has; answers the entity as this unit sees it."""
        key = _key(entity)
        self._stored.setdefault(key, entity)
        current: Entity = self._current.setdefault(key, entity)
        return current

    def find(self, kind: EntityKind, entity_id: UUID) -> Any | None:
        """The entity, if this unit has seen or made it."""
        return self._current.get((kind, entity_id))

    def add(self, entity: Any, verb: str = CREATE) -> None:
        """Keep a new entity. Raises TaskIdTaken where this unit has seen one with its id."""
        self._own(entity)
        if _key(entity) in self._current:
            raise TaskIdTaken
        self._step(Step(None, entity, verb, self.actor))

    def save(self, before: Any, after: Any, verb: str, reverts: int | None = None) -> None:
        """Keep the change of an entity that was seen. Raises StaleVersion where `before` is not its state."""
        self._own(after)
        current = self._current[_key(after)]
        if current.version != before.version:
            raise StaleVersion(current)
        self._step(Step(current, after, verb, self.actor, reverts))

    @property
    def steps(self) -> Sequence[Step]:
        """What was done, in order."""
        return tuple(self._steps)

    @property
    def seen_versions(self) -> Mapping[Key, int]:
        """The stored version of each entity that was looked at."""
        return {key: entity.version for key, entity in self._stored.items()}

    def note(self, note: Answer | Plan) -> None:
        """Keep something beside the account's data."""
        own(self.actor, note, PlanNotFound)
        self.notes.append(note)

    def mark(self) -> Mark:
        """How far it has come."""
        return len(self._steps), len(self.notes)

    def rewind(self, mark: Mark) -> None:
        """Forget what was done since."""
        steps, notes = mark
        del self.notes[notes:]
        while len(self._steps) > steps:
            step = self._steps.pop()
            if step.before is None:
                del self._current[_key(step.after)]
            else:
                self._current[_key(step.after)] = step.before

    def kept(self, kind: EntityKind) -> Kept:
        """What a store must take over of the kind, each entity once and in its last state."""
        touched = {_key(step.after): None for step in self._steps}
        mine = [key for key in touched if key[0] is kind]
        added = [self._current[key] for key in mine if key not in self._stored]
        changed = [(self._current[key], self._stored[key].version) for key in mine if key in self._stored]
        return Kept(added, changed)

    def gained(self, kind: EntityKind, counts: Callable[[Any], bool]) -> int:
        """How many more entities of the kind count now than in the store."""
        touched = {key for key in (_key(step.after) for step in self._steps) if key[0] is kind}
        before = sum(counts(self._stored[key]) for key in touched if key in self._stored)
        return sum(counts(self._current[key]) for key in touched) - before

    def changes(self, head: Head, at: datetime) -> Sequence[Change]:
        """The journal's new rows, after the head. `at` never runs backwards."""
        at = at if head.at is None else max(at, head.at)
        changes: list[Change] = []
        for step in self._steps:
            change = record(step.actor, head, at, step.before, step.after, step.verb, step.reverts)
            changes.append(change)
            head = Head(change.seq, change.hash, change.at)
        return changes

    def _own(self, entity: Any) -> None:
        own(self.actor, entity, journaled_as(entity).missing)

    def _step(self, step: Step) -> None:
        self._steps.append(step)
        self._current[_key(step.after)] = step.after


def _key(entity: Any) -> Key:
    return journaled_as(entity).kind, entity.id
