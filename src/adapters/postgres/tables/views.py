"""Saved views."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Text, text
from sqlmodel import Field

from adapters.postgres.tables.base import Table, one_of, owned
from adapters.postgres.types import EnumText, Rank, UtcDateTime
from domain import view
from domain.filters import MAX_LENGTH
from domain.view import Grouping

LIVE = text("deleted_at IS NULL")
TRASHED = text("deleted_at IS NOT NULL")


class ViewRow(Table, table=True):
    """domain.view.View, field by field."""

    __tablename__: ClassVar[Any] = "view"
    __table_args__ = (
        *owned("id"),
        CheckConstraint(f"char_length(name) BETWEEN 1 AND {view.NAME_MAX}", name="name"),
        CheckConstraint(f"char_length(key) <= {view.KEY_MAX}", name="key"),
        CheckConstraint(f"char_length(filter) <= {MAX_LENGTH}", name="filter"),
        CheckConstraint(f"char_length(sort) BETWEEN 1 AND {view.SORT_MAX}", name="sort"),
        one_of("grouping", Grouping),
        CheckConstraint("(deleted_at IS NULL) = (deleted_with IS NULL)", name="deleted_with"),
        Index(None, "account_id", "key", "id", postgresql_where=LIVE),
        Index("view_trash_idx", "account_id", "deleted_at", "id", postgresql_where=TRASHED),
    )

    account_id: UUID
    id: UUID
    name: str = Field(sa_type=Text)
    key: str = Field(sa_type=Rank)
    filter: str | None = Field(sa_type=Text)
    sort: str | None = Field(sa_type=Text)
    grouping: Grouping | None = Field(sa_type=EnumText(Grouping))
    created_at: datetime = Field(sa_type=UtcDateTime)
    updated_at: datetime = Field(sa_type=UtcDateTime)
    deleted_at: datetime | None = Field(sa_type=UtcDateTime)
    deleted_with: UUID | None
    version: int
