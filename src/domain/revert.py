"""Taking a change back, and looking at how things were: pure, and by the journal alone."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.change import JOURNALED, Change, EntityKind, Journaled
from domain.errors import NotRevertible, Overwritten, RevertConflict
from domain.folding import folded
from domain.ids import AccountId
from domain.state import Json, State, moment
from domain.task import Status
from domain.view import key_of


def reverted(entity: Any, change: Change, force: Collection[str], now: datetime) -> Any:
    """The entity without what the change did; the very same where it is so already.

    What was made goes to the trash. Raises NotRevertible; RevertConflict where a field that the change has
    set has another value by now, unless `force` names the field.
    """
    how = JOURNALED[change.entity]
    if how.kind is EntityKind.API_TOKEN or change.after is None:
        raise NotRevertible
    state = how.codec.state(entity)
    in_trash = state.get("deleted_at") is not None
    if change.before is None and in_trash:
        return entity
    wanted, expected = _sides(how, change, now)
    if wanted.get("deleted_at") is not None and in_trash:  # in the trash is in the trash
        wanted = {**wanted, "deleted_at": state["deleted_at"], "deleted_with": state["deleted_with"]}
    conflicts = [
        Overwritten(change.id, change.entity, change.entity_id, name, state[name], wanted.get(name))
        for name in expected
        if state[name] not in (expected[name], wanted.get(name, expected[name]))
        and name not in force
        and not (name == "deleted_at" and state[name] == moment(now))  # it went there just now, by this
    ]
    if conflicts:
        raise RevertConflict(conflicts)
    if all(state[name] == value for name, value in wanted.items()):
        return entity
    values = how.codec.values(wanted)
    if "deleted_at" in values and "deleted_with" not in values:  # told before things went along
        values["deleted_with"] = None if values["deleted_at"] is None else entity.id
    values |= _following(how, entity, change, values)
    return replace(entity, **values, updated_at=now, version=entity.version + 1)


def _sides(how: Journaled, change: Change, now: datetime) -> tuple[Mapping[str, Json], Mapping[str, Json]]:
    """What the fields shall be, and what they must be by now for nobody to be overruled."""
    after = {name: value for name, value in (change.after or {}).items() if name not in how.follows}
    if change.before is None and how.has_trash:
        return how.codec.dumped_some({"deleted_at": now, "deleted_with": change.entity_id}), after
    if change.before is None:  # it was as it is for everybody who has changed nothing
        blank = how.codec.state(how.entity.of(change.account_id))
        return {name: value for name, value in blank.items() if name not in how.follows}, after
    wanted = {name: value for name, value in change.before.items() if name not in how.follows}
    expected = {name: after[name] for name in wanted}
    if wanted.get("deleted_at") is not None:  # into the trash again, but as of now
        wanted |= how.codec.dumped_some({"deleted_at": now})
    # What happened to it in the trash can be taken back there.
    lived = how.has_trash and after.get("deleted_at") is None
    return wanted, ({"deleted_at": None} if lived else {}) | expected


def goes_along(one: Change, root: Change) -> bool:
    """Whether a change of the same act is part of what sent the root to the trash, or brought it back."""
    was, became = one.before or {}, one.after or {}
    if one.entity_id == root.entity_id:
        return False
    if "deleted_with" in was:
        return str(root.entity_id) in (was["deleted_with"], became.get("deleted_with"))
    if root.entity is EntityKind.LABEL and "labels" in was:
        return (str(root.entity_id) in was["labels"]) != (str(root.entity_id) in became.get("labels", ()))
    return False


def _following(how: Journaled, entity: Any, change: Change, values: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that follow from the others, once these have the values."""
    if how.kind is EntityKind.LABEL:
        return {"key": folded(values.get("name", entity.name))}
    if how.kind is EntityKind.VIEW:
        return {"key": key_of(values.get("name", entity.name))}
    if how.kind is EntityKind.TASK:
        return {"completed_at": _completed_at(how, entity, change, values.get("status", entity.status))}
    return {}


def _completed_at(how: Journaled, task: Any, change: Change, status: Status) -> datetime | None:
    if status is not Status.DONE:
        return None
    before: datetime | None = how.codec.values(change.before or {}).get("completed_at")
    return before or task.completed_at or task.updated_at


def before(entity: Any | None, change: Change) -> Any | None:
    """The entity as it was before the change; None where it was not there."""
    if change.before is None:
        return None
    values = JOURNALED[change.entity].codec.values(change.before)
    if entity is None:
        return _revived(change, values)
    return replace(entity, **values, version=change.version - 1)


def _revived(change: Change, values: Mapping[str, Any]) -> Any | None:
    """What was removed for good: the change has all of it."""
    if change.after is not None:
        return None
    entity = JOURNALED[change.entity].entity
    return entity(account_id=change.account_id, id=change.entity_id, version=change.version - 1, **values)


def without(kind: EntityKind, key: tuple[AccountId, UUID], now: Any | None, was: State, version: int) -> Any:
    """A thing without several changes at once: `was` are all the fields that they changed, as they were."""
    how = JOURNALED[kind]
    values = how.codec.values(was)
    if now is not None:
        return replace(now, **values, version=version)
    account_id, thing_id = key
    return how.entity(account_id=account_id, id=thing_id, version=version, **values)
