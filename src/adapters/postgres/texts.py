"""The folded copies of what people write, which filters are compared with: how they follow from a thing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Table

from adapters.postgres.mapping import table_of
from adapters.postgres.tables import CommentTextRow, ProjectTextRow, SectionTextRow, TaskTextRow
from application.workspace import Kept, Workspace
from domain.change import EntityKind
from domain.folding import folded


@dataclass(frozen=True, slots=True)
class Texts:
    """The table of a kind's folded texts, and how each of its columns follows from the thing."""

    table: Table
    columns: Mapping[str, Callable[[Any], Any]]

    def of(self, thing: Any) -> dict[str, Any]:
        """What is kept of the thing."""
        return {name: follow(thing) for name, follow in self.columns.items()}


def _name(thing: Any) -> str:
    return folded(thing.name)


TEXTS: Mapping[EntityKind, Texts] = {
    EntityKind.TASK: Texts(
        table_of(TaskTextRow),
        {
            "title": lambda task: folded(task.title),
            "description": lambda task: folded(task.description),
            "checklist": lambda task: [folded(item.title) for item in task.checklist],
        },
    ),
    EntityKind.PROJECT: Texts(table_of(ProjectTextRow), {"name": _name}),
    EntityKind.SECTION: Texts(table_of(SectionTextRow), {"name": _name}),
    EntityKind.COMMENT: Texts(table_of(CommentTextRow), {"body": lambda comment: folded(comment.body)}),
}


def text_rows(workspace: Workspace, kind: EntityKind, kept: Kept) -> list[dict[str, Any]]:
    """The copies to keep: of what is new, and of that whose texts have changed."""
    texts = TEXTS[kind]
    found = [(one, texts.of(one)) for one in kept.added]
    for one, _ in kept.changed:
        now, stored = texts.of(one), workspace.stored(kind, one.id)
        if stored is None or texts.of(stored) != now:
            found.append((one, now))
    return [{"account_id": one.account_id, "id": one.id, **values} for one, values in found]
