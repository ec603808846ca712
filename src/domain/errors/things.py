"""What projects, sections, labels, comments, trees, dependencies and the trash refuse."""

from collections.abc import Sequence
from uuid import UUID

from domain.errors.base import Kind, RemitError


class ProjectNotFound(RemitError):
    """No such project for this account: never made, deleted, or somebody else's. Always the same."""

    code = "project_not_found"
    kind = Kind.NOT_FOUND
    title = "There is no such project"

    def __init__(self) -> None:
        super().__init__("No project of yours has this id.")


class SectionNotFound(RemitError):
    """No such section for this account: never made, deleted, or somebody else's. Always the same."""

    code = "section_not_found"
    kind = Kind.NOT_FOUND
    title = "There is no such section"

    def __init__(self) -> None:
        super().__init__("No section of yours has this id.")


class LabelNotFound(RemitError):
    """No such label for this account: never made, deleted, or somebody else's. Always the same."""

    code = "label_not_found"
    kind = Kind.NOT_FOUND
    title = "There is no such label"

    def __init__(self) -> None:
        super().__init__("No label of yours has this id.")


class CommentNotFound(RemitError):
    """No such comment for this account: never made, deleted, or somebody else's. Always the same."""

    code = "comment_not_found"
    kind = Kind.NOT_FOUND
    title = "There is no such comment"

    def __init__(self) -> None:
        super().__init__("No comment of yours has this id.")


class ViewNotFound(RemitError):
    """No such view for this account: never made, deleted, or somebody else's. Always the same."""

    code = "view_not_found"
    kind = Kind.NOT_FOUND
    title = "There is no such view"

    def __init__(self) -> None:
        super().__init__("No view of yours has this id.")


class ViewBuiltIn(RemitError):
    """The view is one that every account has: it is read, and never changed."""

    code = "view_built_in"
    kind = Kind.CONFLICT
    title = "This view is built in"

    def __init__(self) -> None:
        super().__init__("Built-in views cannot be changed or deleted. Save one of your own.")


class PreferencesNotFound(RemitError):
    """Preferences of somebody else."""

    code = "preferences_not_found"
    kind = Kind.NOT_FOUND
    title = "There are no such preferences"

    def __init__(self) -> None:
        super().__init__("An account has its own preferences alone.")


class LabelNameTaken(RemitError):
    """Another label has the name, case and accents aside."""

    code = "label_name_taken"
    kind = Kind.CONFLICT
    title = "Another label has this name"

    def __init__(self, rivals: Sequence[object] = ()) -> None:
        super().__init__("Case and accents aside, you have a label of this name. Use it, or merge the two.")
        self.rivals = tuple(rivals)


class OpenSubtasks(RemitError):
    """The task has open subtasks, and nobody has said what is to become of them."""

    code = "open_subtasks"
    kind = Kind.CONFLICT
    title = "The task has open subtasks"

    def __init__(self, count: int) -> None:
        super().__init__(f"It has {count} open subtask(s). Say children=complete or children=keep.")
        self.count = count


class Blocked(RemitError):
    """Open tasks block this one. `blockers` are some of them."""

    code = "blocked"
    kind = Kind.CONFLICT
    title = "The task is blocked"

    def __init__(self, blockers: Sequence[UUID]) -> None:
        super().__init__(f"{len(blockers)} open task(s) block it. Close them first, or say override=true.")
        self.blockers = tuple(blockers)


class DependencyCycle(RemitError):
    """The task would block itself. `path` leads from it back to it."""

    code = "dependency_cycle"
    kind = Kind.CONFLICT
    title = "A task cannot wait for itself"

    def __init__(self, path: Sequence[UUID]) -> None:
        super().__init__(f"It would wait for itself over {len(path) - 1} step(s); path names them.")
        self.path = tuple(path)


class NestingCycle(RemitError):
    """The thing would be within itself."""

    code = "nesting_cycle"
    kind = Kind.CONFLICT
    title = "A thing cannot be within itself"

    def __init__(self) -> None:
        super().__init__("What it would be put into is itself, or within it.")


class TooDeep(RemitError):
    """The tree would have more levels than it may have."""

    code = "too_deep"
    kind = Kind.CONFLICT
    title = "The tree would be too deep"

    def __init__(self, limit: int) -> None:
        super().__init__(f"A tree has at most {limit} levels.")
        self.limit = limit


class InTrash(RemitError):
    """What the thing is in, or belongs to, is in the trash."""

    code = "parent_in_trash"
    kind = Kind.CONFLICT
    title = "What it belongs to is in the trash"

    def __init__(self) -> None:
        super().__init__("Restore what it belongs to first.")


class NotEmpty(RemitError):
    """There are things in it that would be left behind. `left` are these."""

    code = "not_empty"
    kind = Kind.CONFLICT
    title = "There are still things in it"

    def __init__(self, left: Sequence[object] = ()) -> None:
        super().__init__("Things that came later are in it or have it. Delete it, instead of taking it back.")
        self.left = tuple(left)


class CountMismatch(RemitError):
    """The caller expected to remove another number of things for good. `count` is how many there are."""

    code = "count_mismatch"
    kind = Kind.CONFLICT
    title = "The count is not the one you gave"

    def __init__(self, count: int) -> None:
        super().__init__(f"This would remove {count} thing(s) for good. Say so in count to do it.")
        self.count = count


class TooManyAffected(RemitError):
    """More things would change than the caller, or this service, allows at once."""

    code = "too_many_affected"
    kind = Kind.CONFLICT
    title = "Too many things would change"

    def __init__(self, affected: int, limit: int) -> None:
        super().__init__(f"{affected} things would change, and at most {limit} may. Nothing was changed.")
        self.affected = affected
        self.limit = limit
