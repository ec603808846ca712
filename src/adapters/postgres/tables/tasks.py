"""Tasks and what they are tied to."""

from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Text, UniqueConstraint, text
from sqlmodel import Field

from adapters.postgres.tables.base import Table, one_of, owned, refers
from adapters.postgres.types import EnumText, IdSet, Parts, Rank, UtcDateTime
from domain.attached import ChecklistItem, Link
from domain.task import (
    BLOCKERS_MAX,
    DESCRIPTION_MAX,
    DUE_FIRST,
    DUE_LAST,
    LABELS_MAX,
    TITLE_MAX,
    Priority,
    Status,
)

LIVE = text("deleted_at IS NULL")
TRASHED = text("deleted_at IS NOT NULL")
OPEN = text("status IN ('todo', 'in_progress') AND deleted_at IS NULL")
DUE = text("due_date IS NOT NULL AND deleted_at IS NULL")


class TaskRow(Table, table=True):
    """domain.task.Task, field by field."""

    __tablename__: ClassVar[Any] = "task"
    __table_args__ = (
        *owned("id"),
        refers("project_id", "project"),
        refers("section_id", "section"),
        refers("parent_id", "task"),
        CheckConstraint(f"char_length(title) BETWEEN 1 AND {TITLE_MAX}", name="title"),
        CheckConstraint(f"char_length(description) <= {DESCRIPTION_MAX}", name="description"),
        one_of("status", Status),
        one_of("priority", Priority),
        CheckConstraint("(status = 'done') = (completed_at IS NOT NULL)", name="completed_at"),
        CheckConstraint("(deleted_at IS NULL) = (deleted_with IS NULL)", name="deleted_with"),
        CheckConstraint(f"cardinality(labels) <= {LABELS_MAX}", name="labels"),
        CheckConstraint(
            f"cardinality(blocked_by) <= {BLOCKERS_MAX} AND id <> ALL (blocked_by)", name="blocked_by"
        ),
        CheckConstraint(f"due_date BETWEEN '{DUE_FIRST}' AND '{DUE_LAST}'", name="due_date"),
        CheckConstraint("parent_id <> id", name="parent_id"),
        CheckConstraint("version >= 1", name="version"),
        # Siblings in their order, those in the trash among them: their places stay theirs.
        UniqueConstraint(
            "account_id", "project_id", "section_id", "parent_id", "rank",
            postgresql_nulls_not_distinct=True, deferrable=True, initially="IMMEDIATE",
            name="task_place_key",
        ),
        Index(None, "account_id", "created_at", "id", postgresql_where=LIVE),
        Index(None, "account_id", "status", "created_at", "id", postgresql_where=LIVE),
        Index(None, "account_id", "due_date", "id", postgresql_where=DUE),
        # With what ranks them: an account's open tasks are ranked by this alone.
        Index(
            "task_open_idx", "account_id", "due_date", "id",
            postgresql_include=["status", "priority", "created_at", "project_id", "blocked_by"],
            postgresql_where=OPEN,
        ),
        Index(None, "account_id", "parent_id", postgresql_where=text("parent_id IS NOT NULL")),
        Index(None, "account_id", "section_id", postgresql_where=text("section_id IS NOT NULL")),
        Index("task_trash_idx", "account_id", "deleted_at", "id", postgresql_where=TRASHED),
    )  # fmt: skip

    account_id: UUID
    id: UUID
    title: str = Field(sa_type=Text)
    description: str = Field(sa_type=Text)
    status: Status = Field(sa_type=EnumText(Status))
    priority: Priority = Field(sa_type=EnumText(Priority))
    created_at: datetime = Field(sa_type=UtcDateTime)
    updated_at: datetime = Field(sa_type=UtcDateTime)
    completed_at: datetime | None = Field(sa_type=UtcDateTime)
    deleted_at: datetime | None = Field(sa_type=UtcDateTime)
    version: int
    project_id: UUID | None
    section_id: UUID | None
    parent_id: UUID | None
    rank: str = Field(sa_type=Rank)
    # What task_label and blocker tie to their tasks and labels, for reading: a trigger keeps both the same.
    labels: frozenset[UUID] = Field(sa_type=IdSet)
    blocked_by: frozenset[UUID] = Field(sa_type=IdSet)
    checklist: list[Any] = Field(sa_type=Parts(ChecklistItem))
    links: list[Any] = Field(sa_type=Parts(Link))
    deleted_with: UUID | None
    due_date: date | None


class TaskLabelRow(Table, table=True):
    """Which task has which label."""

    __tablename__: ClassVar[Any] = "task_label"
    __table_args__ = (
        *owned("label_id", "task_id"),
        refers("label_id", "label"),
        refers("task_id", "task", ondelete="CASCADE"),
        Index(None, "account_id", "task_id"),
    )

    account_id: UUID
    label_id: UUID
    task_id: UUID


class BlockerRow(Table, table=True):
    """Which task blocks which."""

    __tablename__: ClassVar[Any] = "blocker"
    __table_args__ = (
        *owned("task_id", "blocker_id"),
        refers("task_id", "task", ondelete="CASCADE"),
        # Where both are removed at once, the row goes with its task, perhaps after this one was looked at.
        refers("blocker_id", "task", at_commit=True),
        Index(None, "account_id", "blocker_id"),
    )

    account_id: UUID
    task_id: UUID
    blocker_id: UUID


class CommentRow(Table, table=True):
    """domain.comment.Comment, field by field."""

    __tablename__: ClassVar[Any] = "comment"
    __table_args__ = (
        *owned("id"),
        refers("task_id", "task"),
        CheckConstraint("char_length(body) BETWEEN 1 AND 16384", name="body"),
        CheckConstraint("(deleted_at IS NULL) = (deleted_with IS NULL)", name="deleted_with"),
        Index(None, "account_id", "task_id", "created_at", "id"),
        Index("comment_trash_idx", "account_id", "deleted_at", "id", postgresql_where=TRASHED),
    )

    account_id: UUID
    id: UUID
    task_id: UUID
    author: str = Field(sa_type=Text)
    body: str = Field(sa_type=Text)
    edited_at: datetime | None = Field(sa_type=UtcDateTime)
    created_at: datetime = Field(sa_type=UtcDateTime)
    updated_at: datetime = Field(sa_type=UtcDateTime)
    deleted_at: datetime | None = Field(sa_type=UtcDateTime)
    deleted_with: UUID | None
    version: int
