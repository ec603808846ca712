"""What the journal, retries, plans, batches and reverts refuse."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from domain.errors.base import Kind, RemitError


class ChangeNotFound(RemitError):
    """No such change in this account's journal: never made, purged, or somebody else's. Always the same."""

    code = "change_not_found"
    kind = Kind.NOT_FOUND
    title = "There is no such change"

    def __init__(self) -> None:
        super().__init__("Your journal has no change with this id, or does not keep it any more.")


class ChangesGone(RemitError):
    """The changes after this place are not all kept any more."""

    code = "changes_gone"
    kind = Kind.GONE
    title = "The changes after this place cannot be had"

    def __init__(self, why: str = "") -> None:
        super().__init__(f"{why}Fetch a snapshot, and go on from the token at its end.")


class KeyReused(RemitError):
    """The Idempotency-Key was used for another request."""

    code = "idempotency_key_reused"
    kind = Kind.INVALID
    title = "The idempotency key belongs to another request"

    def __init__(self) -> None:
        super().__init__("Another request was sent with this key within 24 hours. Make a new key for each.")


class AnswerUnreadable(RemitError):
    """The request was done, but its kept answer cannot be read any more: the service's key has changed."""

    code = "answer_unreadable"
    kind = Kind.CONFLICT
    title = "This was done, and the answer cannot be repeated"

    def __init__(self) -> None:
        super().__init__("The request with this key was carried out. Look at what it changed.")


class PlanNotFound(RemitError):
    """No such plan for this account: never made, expired, or somebody else's. Always the same."""

    code = "plan_not_found"
    kind = Kind.NOT_FOUND
    title = "There is no such plan"

    def __init__(self) -> None:
        super().__init__("No plan of yours has this id, or it has expired. Rehearse the change again.")


class NotPlannable(RemitError):
    """What is shown once cannot be shown later."""

    code = "not_plannable"
    kind = Kind.CONFLICT
    title = "This cannot be planned"

    def __init__(self) -> None:
        super().__init__("A new API token is shown once, when it is made. Make it directly.")


class PlanApplied(RemitError):
    """A plan is applied once."""

    code = "plan_applied"
    kind = Kind.CONFLICT
    title = "This plan was applied already"

    def __init__(self) -> None:
        super().__init__("A plan can be applied once. Rehearse the change again to repeat it.")


@dataclass(frozen=True, slots=True)
class Moved:
    """A thing that is not as it was: the version that was seen (0 for none), and the one now (0 for none)."""

    entity: str
    entity_id: UUID
    seen: int
    current: int


class PlanOutdated(RemitError):
    """What the plan looked at has moved since."""

    code = "plan_outdated"
    kind = Kind.CONFLICT
    title = "Something has moved since the plan was made"

    def __init__(self, moved: Sequence[Moved]) -> None:
        super().__init__("Nothing was changed. Rehearse the change again, and look at what it would do now.")
        self.moved = tuple(moved)


class BatchFailed(RemitError):
    """A command of an atomic batch was refused, so nothing was done. `outcomes` says what became of each."""

    code = "batch_failed"
    kind = Kind.CONFLICT
    title = "A command of the batch was refused"

    def __init__(self, outcomes: Sequence[object]) -> None:
        super().__init__("Nothing was changed. In results one command says why; those after it were not run.")
        self.outcomes = tuple(outcomes)


class NotRevertible(RemitError):
    """What cannot be taken back: an API token that was shown, or revoked, and what is gone for good."""

    code = "not_revertible"
    kind = Kind.CONFLICT
    title = "This change cannot be taken back"

    def __init__(self) -> None:
        super().__init__("Changes of API tokens stay, and so does what was removed for good.")


@dataclass(frozen=True, slots=True)
class Overwritten:
    """A field that has changed again since: what it is now, and what taking the change back would make it."""

    change_id: UUID
    entity: str
    entity_id: UUID
    field: str
    current: object
    reverted: object


class RevertConflict(RemitError):
    """Somebody has changed the same fields since, or put things into it, which are `left`."""

    code = "revert_conflict"
    kind = Kind.CONFLICT
    title = "The same fields have changed since"

    def __init__(self, conflicts: Sequence[Overwritten] = (), left: Sequence[object] = ()) -> None:
        super().__init__(
            "Nothing was changed. Name fields in force to take the change back nevertheless."
            if conflicts
            else "Nothing was changed. Other things rely on it by now: take their changes back, too."
        )
        self.conflicts = tuple(conflicts)
        self.left = tuple(left)
