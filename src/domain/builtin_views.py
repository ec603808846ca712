"""The views that every account has: read by everybody, changed by nobody."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from domain.view import Grouping

BY_SCORE = "-score"
"""A sort that only a view that is built in has: by what domain.score says, the highest first."""


class Builtin(StrEnum):
    """Their ids."""

    INBOX = "inbox"
    TODAY = "today"
    UPCOMING = "upcoming"
    OVERDUE = "overdue"
    NEXT = "next"
    WAITING = "waiting"
    DONE_THIS_WEEK = "done_this_week"


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltinView:
    """One of them, in the terms of a saved view; its sort may be BY_SCORE."""

    id: Builtin
    name: str
    filter: str
    sort: str | None = None
    grouping: Grouping | None = None

    @property
    def ranked(self) -> bool:
        """Whether its tasks are sorted by score."""
        return self.sort == BY_SCORE

    @property
    def builtin(self) -> bool:
        """Whether every account has it."""
        return True

    @property
    def created_at(self) -> None:
        """Never: it is there."""
        return

    @property
    def updated_at(self) -> None:
        """Never."""
        return

    @property
    def version(self) -> int:
        """Before any change."""
        return 0


BUILTINS: Mapping[Builtin, BuiltinView] = {
    view.id: view
    for view in (
        BuiltinView(id=Builtin.INBOX, name="Inbox", filter="project is null & open", sort="rank"),
        BuiltinView(id=Builtin.TODAY, name="Today", filter="today & open", sort="-priority,rank"),
        BuiltinView(
            id=Builtin.UPCOMING,
            name="Upcoming",
            filter="upcoming & open",
            sort="due_date,-priority,rank",
            grouping=Grouping.DAY,
        ),
        BuiltinView(id=Builtin.OVERDUE, name="Overdue", filter="overdue", sort="due_date,-priority,rank"),
        BuiltinView(id=Builtin.NEXT, name="Next", filter="ready", sort=BY_SCORE),
        BuiltinView(id=Builtin.WAITING, name="Waiting", filter="blocked & open", sort="-priority,rank"),
        BuiltinView(
            id=Builtin.DONE_THIS_WEEK,
            name="Done this week",
            filter="done & completed_at = this_week",
            sort="-completed_at",
        ),
    )
}
"""By id, in the order in which they are listed."""
