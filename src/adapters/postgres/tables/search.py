"""What search finds tasks by: the terms of each thing, and from them the postings and the vocabulary.

Nobody writes the documents but flush, from the things themselves; triggers keep the rest the same.
"""

from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, PrimaryKeyConstraint, SmallInteger, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from adapters.postgres.tables.base import Table, owned, refers
from adapters.postgres.types import Rank

TERMS, WEIGHTS = ARRAY(Text(collation="C")), ARRAY(SmallInteger)


def _weighed() -> CheckConstraint:
    return CheckConstraint("cardinality(terms) = cardinality(weights)", name="weights")


class TaskWordsRow(Table, table=True):
    """The terms of a task, each with what the best place where it stands is worth."""

    __tablename__: ClassVar[Any] = "task_words"
    __table_args__ = (
        *owned("id"),
        refers("id", "task", ondelete="CASCADE"),
        _weighed(),
        CheckConstraint("task_id = id", name="task_id"),
    )

    account_id: UUID
    id: UUID
    task_id: UUID
    terms: list[str] = Field(sa_type=TERMS)
    weights: list[int] = Field(sa_type=WEIGHTS)


class CommentWordsRow(Table, table=True):
    """The terms of a comment."""

    __tablename__: ClassVar[Any] = "comment_words"
    __table_args__ = (
        *owned("id"),
        refers("id", "comment", ondelete="CASCADE"),
        _weighed(),
        Index(None, "account_id", "task_id"),
    )

    account_id: UUID
    id: UUID
    task_id: UUID
    terms: list[str] = Field(sa_type=TERMS)
    weights: list[int] = Field(sa_type=WEIGHTS)


class PostingRow(Table, table=True):
    """Which task is found by which term, and from which thing. Only the key is read, and it has all."""

    __tablename__: ClassVar[Any] = "posting"
    __table_args__ = (PrimaryKeyConstraint("account_id", "term", "task_id", "weight", "source"),)

    account_id: UUID
    term: str = Field(sa_type=Rank)
    task_id: UUID
    weight: int = Field(sa_type=SmallInteger)
    source: UUID


class TermRow(Table, table=True):
    """Each term that the account has, once."""

    __tablename__: ClassVar[Any] = "term"
    __table_args__ = (PrimaryKeyConstraint("account_id", "term"),)

    account_id: UUID
    term: str = Field(sa_type=Rank)
