"""What a unit of work has seen and will keep: the one way for an entity into any store.

Repositories that write go through here, whatever they are made of. So nothing is kept that is not the
actor's, and nothing is kept that is not journaled.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from application.views import Criteria, Mark
from domain.access import Actor, own
from domain.answer import Answer
from domain.change import CREATE, Change, EntityKind, Head, journaled_as, record
from domain.errors import IdTaken, PlanNotFound, StaleVersion, TaskNotFound, TooManyAffected
from domain.plan import Plan
from domain.rank import number_in

AFFECTED_MAX = 10_000
"""Changes of one unit of work: seconds, while the account waits. Removing for good has a limit of its own."""

Entity = TypeVar("Entity")
Key = tuple[EntityKind, UUID]


@dataclass(frozen=True, slots=True)
class Step:
    """One entity from one state to the next, by a verb; from None where it is made, to None where it goes."""

    before: Any | None
    after: Any | None
    verb: str
    actor: Actor
    reverts: int | None = None

    @property
    def key(self) -> Key:
        """Which entity it is."""
        return _key(self.before if self.after is None else self.after)

    @property
    def gain(self) -> int:
        """How many more entities there are after it."""
        return (self.before is None) - (self.after is None)


@dataclass(frozen=True, slots=True)
class Kept:
    """Of one kind: what is new, what has changed, each with the version that is stored, and what goes."""

    added: Sequence[Any]
    changed: Sequence[tuple[Any, int]]
    removed: Sequence[Any]


class Workspace:
    """One unit of work's entities, as it sees them; nothing here waits for anything."""

    def __init__(self, actor: Actor, counts: Mapping[str, int] | None = None) -> None:
        self.actor = actor
        self._counts = dict(counts or {})
        self._stored: dict[Key, Any] = {}
        self._current: dict[Key, Any | None] = {}
        self._steps: list[Step] = []
        self._gains: Counter[EntityKind] = Counter()
        self._checked = 0
        self.notes: list[Answer | Plan] = []

    def act_as(self, actor: Actor) -> None:
        """From here on this actor, of the same account, does it."""
        self.actor = own(self.actor, actor, TaskNotFound)

    def remember(self, entity: Entity) -> Entity | None:
        """Note what the store has; answers the entity as this unit sees it, None where it has removed it."""
        key = _key(entity)
        if key not in self._current:
            self._stored[key] = self._current[key] = entity
        current: Entity | None = self._current[key]
        return current

    def find(self, kind: EntityKind, entity_id: UUID) -> Any | None:
        """The entity, if this unit has seen or made it."""
        return self._current.get((kind, entity_id))

    def knows(self, kind: EntityKind, entity_id: UUID) -> bool:
        """Whether this unit has seen, made or removed the entity."""
        return (kind, entity_id) in self._current

    def is_new(self, kind: EntityKind, entity_id: UUID) -> bool:
        """Whether this unit has made the entity."""
        key = (kind, entity_id)
        return key in self._current and key not in self._stored

    def matching(self, kind: EntityKind, where: Criteria) -> list[Any]:
        """What this unit has seen or made of the kind and is, by now, as the criteria say."""
        mine = (entity for (its_kind, _), entity in self._current.items() if its_kind is kind)
        return [entity for entity in mine if entity is not None and is_as(entity, where)]

    def add(self, entity: Any, verb: str = CREATE) -> None:
        """Keep a new entity. Raises IdTaken where this unit has seen one with its id."""
        self._own(entity)
        if _key(entity) in self._current:
            raise IdTaken
        self._step(Step(None, entity, verb, self.actor))

    def save(self, before: Any, after: Any, verb: str, reverts: int | None = None) -> None:
        """Keep the change of an entity that was seen. Raises StaleVersion where `before` is not its state."""
        self._own(after)
        current = self._current[_key(after)]
        if current is None or current.version != before.version:
            raise StaleVersion(current)
        self._step(Step(current, after, verb, self.actor, reverts))

    def remove(self, entity: Any, verb: str) -> None:
        """Remove an entity that was seen, for good."""
        self._own(entity)
        self._step(Step(self._current[_key(entity)], None, verb, self.actor))

    def count(self, kind: EntityKind) -> int:
        """How many entities of the kind the account has, those in the trash too."""
        return self._counts.get(kind, 0) + self._gains[kind]

    @property
    def counts(self) -> Mapping[str, int]:
        """What the account has by now: entities by kind, and ranks that were given away."""
        return self._counts | {kind.value: self.count(kind) for kind in self._gains}

    def next_rank(self) -> int:
        """A number that no rank of the account was made of."""
        number = self._counts.get(_RANKS, 0)
        self._counts[_RANKS] = number + 1
        return number

    @property
    def steps(self) -> Sequence[Step]:
        """What was done, in order."""
        return tuple(self._steps)

    def unchecked(self) -> Sequence[Step]:
        """What was done since this was asked last."""
        steps = self._steps[self._checked :]
        self._checked = len(self._steps)
        return steps

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
            self._gains[step.key[0]] -= step.gain
            if step.before is None:
                del self._current[step.key]
            else:
                self._current[step.key] = step.before
        self._checked = min(self._checked, len(self._steps))

    def kept(self, kind: EntityKind) -> Kept:
        """What a store must take over of the kind, each entity once and in its last state."""
        known = [(self._stored.get(key), self._current[key]) for key in self._touched(kind)]
        return Kept(
            added=[now for was, now in known if was is None and now is not None],
            changed=[(now, was.version) for was, now in known if was is not None and now is not None],
            removed=[was for was, now in known if was is not None and now is None],
        )

    def stored(self, kind: EntityKind, entity_id: UUID) -> Any | None:
        """The entity as it was seen first; None where it is new or was not looked at."""
        return self._stored.get((kind, entity_id))

    def gained(self, kind: EntityKind, counts: Callable[[Any], bool]) -> int:
        """How many more entities of the kind count now than in the store."""
        found = 0
        for key in self._touched(kind):
            was, now = self._stored.get(key), self._current[key]
            found += (now is not None and counts(now)) - (was is not None and counts(was))
        return found

    def touched(self, kind: EntityKind) -> int:
        """How many entities of the kind were made, changed or removed."""
        return len(dict.fromkeys(self._touched(kind)))

    def _touched(self, kind: EntityKind) -> Iterable[Key]:
        return dict.fromkeys(step.key for step in self._steps if step.key[0] is kind)

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
        if step.after is not None and len(self._steps) >= AFFECTED_MAX:
            raise TooManyAffected(len(self._steps) + 1, AFFECTED_MAX)
        self._steps.append(step)
        rank: str | None = getattr(step.after, "rank", None)
        if rank is not None:  # what comes from a plan or from the past was not given away here
            self._counts[_RANKS] = max(self._counts.get(_RANKS, 0), number_in(rank) + 1)
        self._gains[step.key[0]] += step.gain
        self._current[step.key] = step.after


_RANKS = "rank"


def _key(entity: Any) -> Key:
    return journaled_as(entity).kind, entity.id


def is_as(entity: Any, where: Criteria) -> bool:
    """Whether the criteria fit the entity."""
    return all(_has(getattr(entity, name), wanted) for name, wanted in where.items())


def _has(value: Any, wanted: Collection[Any]) -> bool:
    return not value.isdisjoint(wanted) if isinstance(value, frozenset) else value in wanted
