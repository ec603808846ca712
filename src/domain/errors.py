"""Every business error: a stable code and a kind. This page is the API's error catalogue.

Only an entrypoint knows which status or protocol error a kind becomes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import ClassVar
from uuid import UUID


class Kind(Enum):
    """What a caller can do about an error."""

    MALFORMED = auto()  # the request itself cannot be read
    INVALID = auto()  # read, but a value breaks a rule
    UNAUTHENTICATED = auto()
    FORBIDDEN = auto()
    NOT_FOUND = auto()
    GONE = auto()  # it was there, and is not kept any more
    CONFLICT = auto()  # the state of things forbids it
    STALE = auto()  # a stated precondition no longer holds
    UNAVAILABLE = auto()  # try again later


class RemitError(Exception):
    """A refusal that a caller is meant to understand. `detail` never holds a rejected value."""

    code: ClassVar[str]
    kind: ClassVar[Kind]
    title: ClassVar[str]

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Violation:
    """One value that breaks a rule: where it is (RFC 6901 JSON Pointer), which rule, in words."""

    pointer: str
    code: str
    message: str


class Invalid(RemitError):
    """One or more values break a rule; all of them are named at once."""

    code = "validation_failed"
    kind = Kind.INVALID
    title = "Some values are not valid"

    def __init__(self, violations: Sequence[Violation]) -> None:
        super().__init__("; ".join(f"{v.pointer or '/'}: {v.message}" for v in violations))
        self.violations = tuple(violations)


class InvalidCursor(RemitError):
    """The cursor was not made by this service for this account and these parameters."""

    code = "invalid_cursor"
    kind = Kind.MALFORMED
    title = "The cursor is not valid here"

    def __init__(self) -> None:
        super().__init__("Use next_cursor exactly as it was answered, with the same parameters.")


class Unauthenticated(RemitError):
    """The credentials prove nothing. `reason` is a stable word for the log, never for the caller."""

    code = "invalid_token"
    kind = Kind.UNAUTHENTICATED
    title = "The access token is not valid"

    def __init__(self, reason: str) -> None:
        super().__init__("The access token is missing, malformed, expired or not meant for this service.")
        self.reason = reason


class InsufficientScope(RemitError):
    """The actor is known but was not granted this."""

    code = "insufficient_scope"
    kind = Kind.FORBIDDEN
    title = "The access token does not grant this"

    def __init__(self, scope: str) -> None:
        super().__init__(f"This needs the scope {scope}.")
        self.scope = scope


class TaskNotFound(RemitError):
    """No such task for this account: never made, deleted, or somebody else's. Always the same."""

    code = "task_not_found"
    kind = Kind.NOT_FOUND
    title = "There is no such task"

    def __init__(self) -> None:
        super().__init__("No task of yours has this id.")


class TaskIdTaken(RemitError):
    """The client chose an id that this account has already used."""

    code = "task_id_taken"
    kind = Kind.CONFLICT
    title = "A task with this id exists"

    def __init__(self) -> None:
        super().__init__("You already have a task with this id, perhaps a deleted one. Choose another id.")


class TransitionForbidden(RemitError):
    """The task's status does not allow the verb."""

    code = "transition_forbidden"
    kind = Kind.CONFLICT
    title = "The task's status does not allow this"

    def __init__(self, verb: str, status: str) -> None:
        super().__init__(f"A task that is {status} cannot take the verb {verb}. Reopen it first.")
        self.verb = verb
        self.status = status


class StaleVersion(RemitError):
    """The caller's precondition names another version than the current one.

    `current` is the entity as it is now; `conflicts` names the fields of the request
    whose current value differs from the one it would have set.
    """

    code = "version_mismatch"
    kind = Kind.STALE
    title = "It has changed since you read it"

    def __init__(self, current: object, conflicts: Sequence[str] = ()) -> None:
        super().__init__("If-Match names another version than the current one. Nothing was changed.")
        self.current = current
        self.conflicts = tuple(conflicts)


class ApiTokenNotFound(RemitError):
    """No such API token for this account: never made, or somebody else's. Always the same."""

    code = "api_token_not_found"
    kind = Kind.NOT_FOUND
    title = "There is no such API token"

    def __init__(self) -> None:
        super().__init__("No API token of yours has this id.")


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
    title = "These changes are not kept any more"

    def __init__(self) -> None:
        super().__init__("Fetch a snapshot, and go on from the token at its end.")


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


class LimitReached(RemitError):
    """The account has as many of something as it may have."""

    code = "limit_reached"
    kind = Kind.CONFLICT
    title = "The limit of your account is reached"

    def __init__(self, what: str, limit: int) -> None:
        super().__init__(f"An account has at most {limit} {what}.")
        self.limit = limit


class Unavailable(RemitError):
    """Something this service depends on does not answer. Nothing was changed."""

    code = "temporarily_unavailable"
    kind = Kind.UNAVAILABLE
    title = "Try again in a moment"
    retry_after = 5
    """Seconds."""
