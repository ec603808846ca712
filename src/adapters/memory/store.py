"""What is kept: entities, journals and notes. All of it is frozen, so a shallow copy is a copy."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from domain.access import Actor
from domain.change import Change, EntityKind, Head
from domain.ids import AccountId

Entities = dict[tuple[AccountId, EntityKind, UUID], Any]


@dataclass
class Store:
    """Everything that is kept. Entities and changes are frozen, so a shallow copy is a copy."""

    entities: Entities = field(default_factory=Entities)
    journals: dict[AccountId, tuple[Change, ...]] = field(default_factory=dict[AccountId, tuple[Change, ...]])
    notes: dict[tuple[AccountId, type[Any], Any], Any] = field(
        default_factory=dict[tuple[AccountId, type[Any], Any], Any]
    )

    floors: dict[AccountId, Head] = field(default_factory=dict[AccountId, Head])
    counts: dict[AccountId, Mapping[str, int]] = field(default_factory=dict[AccountId, Mapping[str, int]])

    def copy(self) -> "Store":
        """What a unit of work sees."""
        return Store(
            dict(self.entities), dict(self.journals), dict(self.notes), dict(self.floors), dict(self.counts)
        )

    def of(self, actor: Actor, kind: EntityKind) -> list[Any]:
        """The actor's entities of a kind."""
        return [
            entity
            for (account_id, its_kind, _), entity in self.entities.items()
            if account_id == actor.account_id and its_kind is kind
        ]

    def find(self, account_id: AccountId, kind: EntityKind, entity_id: UUID) -> Any | None:
        """One entity."""
        return self.entities.get((account_id, kind, entity_id))

    def head(self, account_id: AccountId) -> Head:
        """Where the account's journal ends."""
        journal = self.journals.get(account_id, ())
        return Head(journal[-1].seq, journal[-1].hash, journal[-1].at) if journal else self.floor(account_id)

    def floor(self, account_id: AccountId) -> Head:
        """The last change of the account that is not kept any more."""
        return self.floors.get(account_id, Head())
