"""What happened, what was answered, and what may be done later."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from adapters.postgres.tables.base import Table, one_of, owned
from adapters.postgres.types import EnumText, ScopeSet, UtcDateTime
from domain.access import REASON_MAX, Scope, Via
from domain.change import EntityKind
from domain.retention import Purgeable


class ChangeRow(Table, table=True):
    """domain.change.Change, field by field. Rows are added and, when they are old, purged; never edited."""

    __tablename__: ClassVar[Any] = "change"
    __table_args__ = (
        *owned("seq"),
        CheckConstraint("seq >= 1", name="seq"),
        CheckConstraint("char_length(request_id) <= 64", name="request_id"),
        CheckConstraint(f"char_length(reason) BETWEEN 1 AND {REASON_MAX}", name="reason"),
        CheckConstraint("octet_length(hash) = 32", name="hash"),
        one_of("via", Via),
        one_of("entity", EntityKind),
        Index(None, "account_id", "entity_id", "seq"),
        Index(None, "account_id", "request_id"),
        Index(None, "account_id", "batch_id", postgresql_where=text("batch_id IS NOT NULL")),
        Index(None, "account_id", "token_id", "seq", postgresql_where=text("token_id IS NOT NULL")),
    )

    account_id: UUID
    seq: int = Field(sa_type=BigInteger)
    at: datetime = Field(sa_type=UtcDateTime)
    actor: str = Field(sa_type=Text)
    token_id: UUID | None
    via: Via = Field(sa_type=EnumText(Via))
    request_id: str = Field(sa_type=Text)
    batch_id: UUID | None
    reason: str | None = Field(sa_type=Text)
    entity: EntityKind = Field(sa_type=EnumText(EntityKind))
    entity_id: UUID
    verb: str = Field(sa_type=Text)
    version: int
    reverts: int | None = Field(sa_type=BigInteger)
    before: dict[str, Any] | None = Field(sa_type=JSONB(none_as_null=True))
    after: dict[str, Any] | None = Field(sa_type=JSONB(none_as_null=True))
    hash: bytes


class AnswerRow(Table, table=True):
    """domain.answer.Answer, field by field: what was answered to an Idempotency-Key. The key is nowhere."""

    __tablename__: ClassVar[Any] = "answer"
    __table_args__ = (
        *owned("digest"),
        CheckConstraint("octet_length(digest) = 32", name="digest"),
        CheckConstraint("octet_length(fingerprint) = 32", name="fingerprint"),
        CheckConstraint("status BETWEEN 200 AND 299", name="status"),
        Index(None, "account_id", "expires_at"),
    )

    account_id: UUID
    digest: bytes
    fingerprint: bytes
    status: int
    headers: dict[str, Any] = Field(sa_type=JSONB)
    body: bytes
    expires_at: datetime = Field(sa_type=UtcDateTime)


class PlanRow(Table, table=True):
    """domain.plan.Plan, field by field: a rehearsed change that may be made later."""

    __tablename__: ClassVar[Any] = "plan"
    __table_args__ = (*owned("id"), Index(None, "account_id", "expires_at"))

    account_id: UUID
    id: UUID
    scopes: frozenset[Scope] = Field(sa_type=ScopeSet)
    steps: list[Any] = Field(sa_type=JSONB)
    seen: list[Any] = Field(sa_type=JSONB)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    applied_at: datetime | None = Field(sa_type=UtcDateTime)


class UpkeepRow(Table, table=True):
    """When it is an account's turn for a job. Only functions of the tables' owner read and write it."""

    __tablename__: ClassVar[Any] = "upkeep"
    __table_args__ = (*owned("job"), one_of("job", (*Purgeable, "trash")), Index(None, "job", "due_at"))

    account_id: UUID
    job: str = Field(sa_type=Text)
    due_at: datetime = Field(sa_type=UtcDateTime)
