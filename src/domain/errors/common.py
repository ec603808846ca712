"""What any request can be refused for, and what tasks and API tokens refuse."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.errors.base import Kind, RemitError


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


class IdTaken(RemitError):
    """The client chose an id that this account has already used for a thing of this kind."""

    code = "id_taken"
    kind = Kind.CONFLICT
    title = "This id is taken"

    def __init__(self) -> None:
        super().__init__("You have used this id already, perhaps for something deleted. Choose another id.")


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


class LimitReached(RemitError):
    """The account has as many of something as it may have."""

    code = "limit_reached"
    kind = Kind.CONFLICT
    title = "The limit of your account is reached"

    def __init__(self, what: str, limit: int) -> None:
        super().__init__(f"An account has at most {limit} {what}.")
        self.what = what
        self.limit = limit


class Unavailable(RemitError):
    """Something this service depends on does not answer. Nothing was changed."""

    code = "temporarily_unavailable"
    kind = Kind.UNAVAILABLE
    title = "Try again in a moment"
    retry_after = 5
    """Seconds."""
