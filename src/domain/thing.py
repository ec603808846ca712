"""What all things of an account have in common: versions, and a trash from which they come back."""

from dataclasses import replace
from datetime import datetime
from typing import Any, Protocol, TypeVar, cast
from uuid import UUID

from domain.ids import AccountId


class Thing(Protocol):
    """Something that is kept, journaled and versioned."""

    @property
    def account_id(self) -> AccountId: ...

    @property
    def id(self) -> UUID: ...

    @property
    def version(self) -> int: ...


class Trashable(Thing, Protocol):
    """Something that goes to the trash before it is gone.

    `deleted_with` is the id of the thing that was deleted and took this along: its own, where it was it.
    """

    @property
    def deleted_at(self) -> datetime | None: ...

    @property
    def deleted_with(self) -> UUID | None: ...


AnyThing = TypeVar("AnyThing", bound=Thing)
AnyTrashable = TypeVar("AnyTrashable", bound=Trashable)


def revised(thing: AnyThing, now: datetime, **values: Any) -> AnyThing:
    """The thing with the values, one version on; the very same thing where nothing differs."""
    if all(getattr(thing, name) == value for name, value in values.items()):
        return thing
    changed: AnyThing = replace(cast(Any, thing), **values, updated_at=now, version=thing.version + 1)
    return changed


def trashed(thing: AnyTrashable, now: datetime, root: UUID | None = None) -> AnyTrashable:
    """The thing in the trash, taken along by the root; the very same where it was there already."""
    if thing.deleted_at is not None:
        return thing
    return revised(thing, now, deleted_at=now, deleted_with=root or thing.id)


def restored(thing: AnyTrashable, now: datetime) -> AnyTrashable:
    """The thing out of the trash; the very same where it was not there."""
    return revised(thing, now, deleted_at=None, deleted_with=None)


def is_live(thing: object) -> bool:
    """Whether it is not in the trash. What has no trash is always live."""
    return getattr(thing, "deleted_at", None) is None
