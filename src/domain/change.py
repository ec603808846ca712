"""The journal: what changed, who did it, through what, for which request and why. Rows are never edited."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any
from uuid import UUID

from domain.access import Actor, Scope, Via
from domain.api_token import ApiToken
from domain.errors import ApiTokenNotFound, RemitError, TaskNotFound
from domain.ids import AccountId, ApiTokenId, ChangeId, change_id_for
from domain.state import Codec, Json, State
from domain.task import Task

CREATE, UPDATE, DELETE, REVOKE, REVERT = "create", "update", "delete", "revoke", "revert"


class EntityKind(StrEnum):
    """What the journal tells of."""

    TASK = "task"
    API_TOKEN = "api_token"  # noqa: S105 - a word, not a secret


@dataclass(frozen=True, slots=True)
class Journaled:
    """How a kind of entity is journaled: which fields, who may read them, and what its absence is called."""

    kind: EntityKind
    entity: type[Any]
    codec: Codec
    readable_with: Scope
    missing: Callable[[], RemitError]


def _journaled(
    kind: EntityKind, entity: type[Any], scope: Scope, missing: Callable[[], RemitError], *secret: str
) -> Journaled:
    besides = frozenset({"account_id", "id", "version", *secret})
    return Journaled(kind, entity, Codec(entity, besides=besides), scope, missing)


JOURNALED: Mapping[EntityKind, Journaled] = {
    journaled.kind: journaled
    for journaled in (
        _journaled(EntityKind.TASK, Task, Scope.TASKS_READ, TaskNotFound),
        # Neither the digest, nor when it was last used: that is noted, not changed.
        _journaled(
            EntityKind.API_TOKEN, ApiToken, Scope.ACCOUNT_ADMIN, ApiTokenNotFound, "digest", "last_used_at"
        ),
    )
}
_BY_TYPE: Mapping[type[Any], Journaled] = {one.entity: one for one in JOURNALED.values()}


def journaled_as(entity: object) -> Journaled:
    """How an entity is journaled. Every one that is kept is."""
    return _BY_TYPE[type(entity)]


@dataclass(frozen=True, slots=True)
class Head:
    """Where an account's journal ends: the last place, the hash there, and when that was."""

    seq: int = 0
    hash: bytes = b""
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change of one entity. `seq` counts an account's changes from 1, gapless, in the order of commits.

    `before` and `after` hold the fields that changed: no `before` where it was made, no `after` where it
    is gone for good. What was in the trash and is back has every field in `after`. `reverts` is the place
    of the change that this one takes back. `hash` is SHA-256 over the hash before and everything here.
    """

    account_id: AccountId
    seq: int
    at: datetime
    actor: str
    token_id: ApiTokenId | None
    via: Via
    request_id: str
    batch_id: UUID | None
    reason: str | None
    entity: EntityKind
    entity_id: UUID
    verb: str
    version: int
    reverts: int | None
    before: State | None
    after: State | None
    hash: bytes

    @property
    def id(self) -> ChangeId:
        """Made from account and place, so it is not kept."""
        return change_id_for(self.account_id, self.seq)

    @property
    def needs(self) -> Scope:
        """What whoever makes it must hold, by whatever way."""
        if self.entity is not EntityKind.TASK:
            return Scope.ACCOUNT_ADMIN
        trashes = "deleted_at" in (self.before or {}) and (self.after or {}).get("deleted_at") is not None
        return Scope.TASKS_DELETE if trashes else Scope.TASKS_WRITE


def record(
    actor: Actor,
    head: Head,
    at: datetime,
    before: object | None,
    after: Any,
    verb: str,
    reverts: int | None = None,
) -> Change:
    """The change from one state of an entity to another, in the place after the head."""
    how = journaled_as(after)
    was, is_now = _states(how, before, after)
    values: dict[str, Any] = {
        "account_id": actor.account_id,
        "seq": head.seq + 1,
        "at": at,
        "actor": actor.name,
        "token_id": actor.token_id,
        "via": actor.via,
        "request_id": actor.errand.request_id,
        "batch_id": actor.errand.batch_id,
        "reason": actor.errand.reason,
        "entity": how.kind,
        "entity_id": after.id,
        "verb": verb,
        "version": after.version,
        "reverts": reverts,
        "before": was,
        "after": is_now,
    }
    return Change(**values, hash=chained(head.hash, values))


def _states(how: Journaled, before: object | None, after: object) -> tuple[State | None, State | None]:
    if before is None:
        return None, how.codec.state(after)
    was, is_now = how.codec.differing(before, after)
    if getattr(before, "deleted_at", None) is not None:
        return was, how.codec.state(after)
    return was, is_now


_HASHED = tuple(field.name for field in fields(Change) if field.name != "hash")
# Made once, as json.dumps would make it for each change.
_canonical = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode
_CODEC = Codec(Change, besides=frozenset({"before", "after", "hash"}))


def hash_of(previous: bytes, change: Change) -> bytes:
    """What the change's hash must be after the one before it."""
    return chained(previous, {name: getattr(change, name) for name in _HASHED})


def chained(previous: bytes, values: Mapping[str, Any]) -> bytes:
    """SHA-256 (32 bytes) of the hash before, then of the change as compact UTF-8 JSON with sorted names."""
    told: dict[str, Json] = _CODEC.dumped(values) | {"before": values["before"], "after": values["after"]}
    return sha256(previous + _canonical(told).encode()).digest()
