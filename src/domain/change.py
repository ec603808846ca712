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
from domain.comment import Comment
from domain.errors import (
    ApiTokenNotFound,
    CommentNotFound,
    LabelNotFound,
    PreferencesNotFound,
    ProjectNotFound,
    RemitError,
    SectionNotFound,
    TaskNotFound,
    ViewNotFound,
)
from domain.ids import AccountId, ApiTokenId, ChangeId, change_id_for
from domain.label import Label
from domain.preferences import Preferences
from domain.project import Project, Section
from domain.state import Codec, Json, State
from domain.task import Task
from domain.view import View

CREATE, UPDATE, DELETE, RESTORE, PURGE = "create", "update", "delete", "restore", "purge"
REVOKE, REVERT, MOVE = "revoke", "revert", "move"


class EntityKind(StrEnum):
    """What the journal tells of."""

    TASK = "task"
    PROJECT = "project"
    SECTION = "section"
    LABEL = "label"
    COMMENT = "comment"
    VIEW = "view"
    PREFERENCES = "preferences"
    API_TOKEN = "api_token"  # noqa: S105 - a word, not a secret


@dataclass(frozen=True, slots=True)
class Journaled:
    """How a kind of entity is journaled: which fields, who may read and change it, what it is called.

    `follows` are fields that nobody sets: they follow from the others.
    """

    kind: EntityKind
    entity: type[Any]
    codec: Codec
    readable_with: Scope
    changed_with: Scope
    missing: Callable[[], RemitError]
    follows: frozenset[str]

    @property
    def has_trash(self) -> bool:
        """Whether it goes to the trash before it is gone."""
        return "deleted_at" in self.codec.names


def _of_tasks(
    kind: EntityKind, entity: type[Any], missing: Callable[[], RemitError], *follows: str
) -> Journaled:
    codec = Codec(entity, besides=frozenset({"account_id", "id", "version"}))
    more = frozenset({"updated_at", *follows})
    return Journaled(kind, entity, codec, Scope.TASKS_READ, Scope.TASKS_WRITE, missing, more)


JOURNALED: Mapping[EntityKind, Journaled] = {
    journaled.kind: journaled
    for journaled in (
        _of_tasks(EntityKind.TASK, Task, TaskNotFound, "completed_at"),
        _of_tasks(EntityKind.PROJECT, Project, ProjectNotFound),
        _of_tasks(EntityKind.SECTION, Section, SectionNotFound),
        _of_tasks(EntityKind.LABEL, Label, LabelNotFound, "key"),
        _of_tasks(EntityKind.COMMENT, Comment, CommentNotFound),
        _of_tasks(EntityKind.VIEW, View, ViewNotFound, "key"),
        Journaled(
            EntityKind.PREFERENCES,
            Preferences,
            Codec(Preferences, besides=frozenset({"account_id", "id", "version"})),
            Scope.TASKS_READ,
            Scope.ACCOUNT_ADMIN,
            PreferencesNotFound,
            frozenset({"updated_at"}),
        ),
        # Neither the digest, nor when it was last used: that is noted, not changed.
        Journaled(
            EntityKind.API_TOKEN,
            ApiToken,
            Codec(ApiToken, besides=frozenset({"account_id", "id", "version", "digest", "last_used_at"})),
            Scope.ACCOUNT_ADMIN,
            Scope.ACCOUNT_ADMIN,
            ApiTokenNotFound,
            frozenset(),
        ),
    )
}
_BY_TYPE: Mapping[type[Any], Journaled] = {one.entity: one for one in JOURNALED.values()}


def journaled_as(entity: object) -> Journaled:
    """How an entity is journaled. Every one that is kept is."""
    return _BY_TYPE[type(entity)]


def kind_of(entity: type[Any]) -> EntityKind:
    """The kind of a type of entities."""
    return _BY_TYPE[entity].kind


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
        how = JOURNALED[self.entity]
        if self.after is None:
            return Scope.TASKS_PURGE
        if not how.has_trash:
            return how.changed_with
        trashes = "deleted_at" in (self.before or {}) and (self.after or {}).get("deleted_at") is not None
        return Scope.TASKS_DELETE if trashes else how.changed_with


def record(
    actor: Actor,
    head: Head,
    at: datetime,
    before: Any | None,
    after: Any | None,
    verb: str,
    reverts: int | None = None,
) -> Change:
    """The change from one state of an entity to another, in the place after the head. One is there."""
    there: Any = before if after is None else after
    how = journaled_as(there)
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
        "entity_id": there.id,
        "verb": verb,
        "version": there.version + (after is None),
        "reverts": reverts,
        "before": was,
        "after": is_now,
    }
    return Change(**values, hash=chained(head.hash, values))


def _states(how: Journaled, before: object | None, after: object | None) -> tuple[State | None, State | None]:
    if before is None:
        return None, how.codec.state(after)
    if after is None:
        return how.codec.state(before), None
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
