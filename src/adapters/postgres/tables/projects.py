"""Projects, their sections, and labels."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlmodel import Field

from adapters.postgres.tables.base import Table, owned, refers
from adapters.postgres.types import IdSet, Rank, UtcDateTime
from domain import label, project

LIVE = text("deleted_at IS NULL")
TRASHED = text("deleted_at IS NOT NULL")


class ProjectRow(Table, table=True):
    """domain.project.Project, field by field."""

    __tablename__: ClassVar[Any] = "project"
    __table_args__ = (
        *owned("id"),
        refers("parent_id", "project"),
        CheckConstraint(f"char_length(name) BETWEEN 1 AND {project.NAME_MAX}", name="name"),
        CheckConstraint(f"char_length(description) <= {project.DESCRIPTION_MAX}", name="description"),
        CheckConstraint("color ~ '^#[0-9a-f]{6}$'", name="color"),
        CheckConstraint("(deleted_at IS NULL) = (deleted_with IS NULL)", name="deleted_with"),
        CheckConstraint("parent_id <> id", name="parent_id"),
        UniqueConstraint(
            "account_id", "parent_id", "rank",
            postgresql_nulls_not_distinct=True, deferrable=True, initially="IMMEDIATE",
            name="project_place_key",
        ),
        Index(None, "account_id", "rank", "id", postgresql_where=LIVE),
        Index("project_trash_idx", "account_id", "deleted_at", "id", postgresql_where=TRASHED),
    )  # fmt: skip

    account_id: UUID
    id: UUID
    name: str = Field(sa_type=Text)
    description: str = Field(sa_type=Text)
    color: str | None = Field(sa_type=Text)
    parent_id: UUID | None
    rank: str = Field(sa_type=Rank)
    archived_at: datetime | None = Field(sa_type=UtcDateTime)
    created_at: datetime = Field(sa_type=UtcDateTime)
    updated_at: datetime = Field(sa_type=UtcDateTime)
    deleted_at: datetime | None = Field(sa_type=UtcDateTime)
    deleted_with: UUID | None
    version: int


class SectionRow(Table, table=True):
    """domain.project.Section, field by field."""

    __tablename__: ClassVar[Any] = "section"
    __table_args__ = (
        *owned("id"),
        refers("project_id", "project"),
        CheckConstraint(f"char_length(name) BETWEEN 1 AND {project.NAME_MAX}", name="name"),
        CheckConstraint("(deleted_at IS NULL) = (deleted_with IS NULL)", name="deleted_with"),
        UniqueConstraint(
            "account_id", "project_id", "rank",
            postgresql_nulls_not_distinct=True, deferrable=True, initially="IMMEDIATE",
            name="section_place_key",
        ),
        Index(None, "account_id", "rank", "id", postgresql_where=LIVE),
        Index("section_trash_idx", "account_id", "deleted_at", "id", postgresql_where=TRASHED),
    )  # fmt: skip

    account_id: UUID
    id: UUID
    project_id: UUID | None
    name: str = Field(sa_type=Text)
    rank: str = Field(sa_type=Rank)
    created_at: datetime = Field(sa_type=UtcDateTime)
    updated_at: datetime = Field(sa_type=UtcDateTime)
    deleted_at: datetime | None = Field(sa_type=UtcDateTime)
    deleted_with: UUID | None
    version: int


class LabelRow(Table, table=True):
    """domain.label.Label, field by field."""

    __tablename__: ClassVar[Any] = "label"
    __table_args__ = (
        *owned("id"),
        CheckConstraint(f"char_length(name) BETWEEN 1 AND {label.NAME_MAX}", name="name"),
        CheckConstraint("color ~ '^#[0-9a-f]{6}$'", name="color"),
        CheckConstraint("(deleted_at IS NULL) = (deleted_with IS NULL)", name="deleted_with"),
        # As unique as an index, but looked at when all is done: names can be swapped, or given on.
        ExcludeConstraint(
            ("account_id", "="), ("key", "="),
            using="btree", where=LIVE, deferrable=True, initially="IMMEDIATE", name="label_name_key",
        ),
        Index("label_trash_idx", "account_id", "deleted_at", "id", postgresql_where=TRASHED),
    )  # fmt: skip

    account_id: UUID
    id: UUID
    name: str = Field(sa_type=Text)
    key: str = Field(sa_type=Rank)
    color: str | None = Field(sa_type=Text)
    taken_from: frozenset[UUID] = Field(sa_type=IdSet)
    created_at: datetime = Field(sa_type=UtcDateTime)
    updated_at: datetime = Field(sa_type=UtcDateTime)
    deleted_at: datetime | None = Field(sa_type=UtcDateTime)
    deleted_with: UUID | None
    version: int
