"""Texts as filters compare them: folded by domain.folding, beside the things they were written in.

Nobody writes them but flush, from the things themselves.
"""

from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Boolean, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from adapters.postgres.tables.base import Table, owned, refers
from adapters.postgres.types import Rank

Copies = ARRAY(Text(collation="C"))


class TaskTextRow(Table, table=True):
    """What is written in a task."""

    __tablename__: ClassVar[Any] = "task_text"
    __table_args__ = (*owned("id"), refers("id", "task", ondelete="CASCADE"))

    account_id: UUID
    id: UUID
    title: str = Field(sa_type=Rank)
    description: str = Field(sa_type=Rank)
    checklist: list[str] = Field(sa_type=Copies)
    # Of each item of the checklist, whether it is ticked.
    checked: list[bool] = Field(sa_type=ARRAY(Boolean))
    links: list[str] = Field(sa_type=Copies)
    link_titles: list[str] = Field(sa_type=Copies)


class ProjectTextRow(Table, table=True):
    """What is written in a project."""

    __tablename__: ClassVar[Any] = "project_text"
    __table_args__ = (*owned("id"), refers("id", "project", ondelete="CASCADE"))

    account_id: UUID
    id: UUID
    name: str = Field(sa_type=Rank)
    description: str = Field(sa_type=Rank)


class SectionTextRow(Table, table=True):
    """The name of a section."""

    __tablename__: ClassVar[Any] = "section_text"
    __table_args__ = (*owned("id"), refers("id", "section", ondelete="CASCADE"))

    account_id: UUID
    id: UUID
    name: str = Field(sa_type=Rank)


class CommentTextRow(Table, table=True):
    """What is written in a comment, and by whom."""

    __tablename__: ClassVar[Any] = "comment_text"
    __table_args__ = (*owned("id"), refers("id", "comment", ondelete="CASCADE"))

    account_id: UUID
    id: UUID
    body: str = Field(sa_type=Rank)
    author: str = Field(sa_type=Rank)
