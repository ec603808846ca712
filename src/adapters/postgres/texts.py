"""What is kept beside things for filters and search to look at: how it follows from a thing."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from sqlalchemy import Table

from adapters.postgres.mapping import table_of
from adapters.postgres.tables import (
    CommentTextRow,
    CommentWordsRow,
    ProjectTextRow,
    SectionTextRow,
    TaskTextRow,
    TaskWordsRow,
)
from application.workspace import Kept, Workspace
from domain.change import EntityKind
from domain.folding import folded
from domain.search import Document, document_of_comment, document_of_task


@dataclass(frozen=True, slots=True)
class Texts:
    """A table beside that of a kind, which attributes of the thing it follows from, and how."""

    kind: EntityKind
    table: Table
    reads: Sequence[str]
    follow: Callable[[Any], Mapping[str, Any]]

    def of(self, thing: Any) -> Mapping[str, Any]:
        """What is kept of the thing."""
        return {"account_id": thing.account_id, "id": thing.id, **self.follow(thing)}

    def differ(self, now: Any, stored: Any) -> bool:
        """Whether a thing may have other texts than it had."""
        read = attrgetter(*self.reads)
        return bool(read(now) != read(stored))


def _text(kind: EntityKind, table: Table, *names: str) -> Texts:
    """Folded copies, for filters to be compared with."""
    return Texts(kind, table, names, lambda thing: {name: folded(getattr(thing, name)) for name in names})


def _task(task: Any) -> Mapping[str, Any]:
    return {
        "title": folded(task.title),
        "description": folded(task.description),
        "checklist": [folded(item.title) for item in task.checklist],
        "checked": [item.checked for item in task.checklist],
        "links": [folded(link.href) for link in task.links],
        "link_titles": [folded(link.title) for link in task.links if link.title],
    }


def _words(task_id: Any, document: Document) -> Mapping[str, Any]:
    """The terms, for search to find the task by."""
    return {"task_id": task_id, "terms": list(document), "weights": list(document.values())}


_OF_TASK = ("title", "description", "checklist")
_ALL = (
    Texts(EntityKind.TASK, table_of(TaskTextRow), (*_OF_TASK, "links"), _task),
    _text(EntityKind.PROJECT, table_of(ProjectTextRow), "name", "description"),
    _text(EntityKind.SECTION, table_of(SectionTextRow), "name"),
    _text(EntityKind.COMMENT, table_of(CommentTextRow), "body", "author"),
    Texts(
        EntityKind.TASK,
        table_of(TaskWordsRow),
        (*_OF_TASK, "deleted_at"),
        lambda task: _words(task.id, document_of_task(task)),
    ),
    Texts(
        EntityKind.COMMENT,
        table_of(CommentWordsRow),
        ("body", "deleted_at"),
        lambda comment: _words(comment.task_id, document_of_comment(comment)),
    ),
)
TEXTS: Mapping[str, Texts] = {texts.table.name: texts for texts in _ALL}
"""By the table's name."""


def text_rows(workspace: Workspace, texts: Texts, kept: Kept) -> list[Mapping[str, Any]]:
    """The rows to keep: of what is new, and of that whose texts have changed."""
    found = [texts.of(one) for one in kept.added]
    for one, _ in kept.changed:
        stored = workspace.stored(texts.kind, one.id)
        if stored is None or (texts.differ(one, stored) and texts.of(one) != texts.of(stored)):
            found.append(texts.of(one))
    return found
