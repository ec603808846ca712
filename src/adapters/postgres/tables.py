"""Every table, as SQLModel declares it. The schema's own description is specs/database/schema.md.

Every owned table has the primary key (account_id, id), and every foreign key, unique key and
index of one leads with account_id, so an id of somebody else cannot bind.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    MetaData,
    PrimaryKeyConstraint,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from adapters.postgres.types import EnumText, ScopeSet, UtcDateTime
from domain.access import REASON_MAX, Scope, Via
from domain.api_token import NAME_MAX, ApiTokenKind
from domain.change import EntityKind
from domain.retention import Purgeable
from domain.task import DESCRIPTION_MAX, TITLE_MAX, Priority, Status

SCHEMA = "remit"
NAMES = {
    "pk": "%(table_name)s_pkey",
    "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
    "uq": "%(table_name)s_%(column_0_N_name)s_key",
    "ix": "%(table_name)s_%(column_0_N_name)s_idx",
    "ck": "%(table_name)s_%(constraint_name)s_check",
}


class Table(SQLModel):
    """What every table shares: the schema, so that no name clashes with an application's own tables."""

    metadata = MetaData(schema=SCHEMA, naming_convention=NAMES)


def one_of(column: str, values: Iterable[str]) -> CheckConstraint:
    """A CHECK that the column holds one of the values."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


class AccountRow(Table, table=True):
    """Whose data it is. Made at the account's first write; locked by each of its writers."""

    __tablename__: ClassVar[Any] = "account"
    __table_args__ = (
        CheckConstraint("char_length(issuer) BETWEEN 1 AND 2048", name="issuer"),
        CheckConstraint("char_length(subject) BETWEEN 1 AND 255", name="subject"),
        CheckConstraint("floor_seq >= 0 AND floor_seq <= head_seq", name="head_seq"),
    )

    id: UUID = Field(primary_key=True)
    issuer: str = Field(sa_type=Text)
    subject: str = Field(sa_type=Text)
    created_at: datetime = Field(
        sa_type=UtcDateTime, sa_column_kwargs={"server_default": text("statement_timestamp()")}
    )
    # The journal's last change, and the last one that is not kept any more.
    head_seq: int = Field(sa_type=BigInteger, sa_column_kwargs={"server_default": text("0")})
    head_hash: bytes = Field(sa_column_kwargs={"server_default": text("'\\x'::bytea")})
    head_at: datetime | None = Field(sa_type=UtcDateTime)
    floor_seq: int = Field(sa_type=BigInteger, sa_column_kwargs={"server_default": text("0")})
    floor_hash: bytes = Field(sa_column_kwargs={"server_default": text("'\\x'::bytea")})
    floor_at: datetime | None = Field(sa_type=UtcDateTime)


class TaskRow(Table, table=True):
    """domain.task.Task, field by field."""

    __tablename__: ClassVar[Any] = "task"
    __table_args__ = (
        PrimaryKeyConstraint("account_id", "id"),
        ForeignKeyConstraint(["account_id"], ["remit.account.id"], ondelete="CASCADE"),
        CheckConstraint(f"char_length(title) BETWEEN 1 AND {TITLE_MAX}", name="title"),
        CheckConstraint(f"char_length(description) <= {DESCRIPTION_MAX}", name="description"),
        one_of("status", Status),
        one_of("priority", Priority),
        CheckConstraint("(status = 'done') = (completed_at IS NOT NULL)", name="completed_at"),
        CheckConstraint("version >= 1", name="version"),
        Index(None, "account_id", "created_at", "id", postgresql_where=text("deleted_at IS NULL")),
        Index(None, "account_id", "status", "created_at", "id", postgresql_where=text("deleted_at IS NULL")),
    )

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


class ApiTokenRow(Table, table=True):
    """domain.api_token.ApiToken, field by field. The token itself is nowhere."""

    __tablename__: ClassVar[Any] = "api_token"
    __table_args__ = (
        PrimaryKeyConstraint("account_id", "id"),
        ForeignKeyConstraint(["account_id"], ["remit.account.id"], ondelete="CASCADE"),
        CheckConstraint(f"char_length(name) BETWEEN 1 AND {NAME_MAX}", name="name"),
        one_of("kind", ApiTokenKind),
        CheckConstraint("cardinality(scopes) >= 1", name="scopes"),
        CheckConstraint("octet_length(digest) = 32", name="digest"),
        CheckConstraint("expires_at > created_at", name="expires_at"),
    )

    account_id: UUID
    id: UUID
    name: str = Field(sa_type=Text)
    kind: ApiTokenKind = Field(sa_type=EnumText(ApiTokenKind))
    scopes: frozenset[Scope] = Field(sa_type=ScopeSet)
    digest: bytes
    issuer: str = Field(sa_type=Text)
    subject: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(sa_type=UtcDateTime)
    last_used_at: datetime | None = Field(sa_type=UtcDateTime)


class ChangeRow(Table, table=True):
    """domain.change.Change, field by field. Rows are added and, when they are old, purged; never edited."""

    __tablename__: ClassVar[Any] = "change"
    __table_args__ = (
        PrimaryKeyConstraint("account_id", "seq"),
        ForeignKeyConstraint(["account_id"], ["remit.account.id"], ondelete="CASCADE"),
        CheckConstraint("seq >= 1", name="seq"),
        CheckConstraint("char_length(request_id) <= 64", name="request_id"),
        CheckConstraint(f"char_length(reason) BETWEEN 1 AND {REASON_MAX}", name="reason"),
        CheckConstraint("octet_length(hash) = 32", name="hash"),
        one_of("via", Via),
        one_of("entity", EntityKind),
        Index(None, "account_id", "entity_id", "seq"),
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
        PrimaryKeyConstraint("account_id", "digest"),
        ForeignKeyConstraint(["account_id"], ["remit.account.id"], ondelete="CASCADE"),
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
    __table_args__ = (
        PrimaryKeyConstraint("account_id", "id"),
        ForeignKeyConstraint(["account_id"], ["remit.account.id"], ondelete="CASCADE"),
        Index(None, "account_id", "expires_at"),
    )

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
    __table_args__ = (
        PrimaryKeyConstraint("account_id", "job"),
        ForeignKeyConstraint(["account_id"], ["remit.account.id"], ondelete="CASCADE"),
        one_of("job", Purgeable),
        Index(None, "job", "due_at"),
    )

    account_id: UUID
    job: Purgeable = Field(sa_type=EnumText(Purgeable))
    due_at: datetime = Field(sa_type=UtcDateTime)


class DenialRow(Table, table=True):
    """Whose older JWTs are not believed. The operator's, not an account's: the server may only read it."""

    __tablename__: ClassVar[Any] = "denial"
    __table_args__ = (PrimaryKeyConstraint("issuer", "subject"),)

    issuer: str = Field(sa_type=Text)
    subject: str = Field(sa_type=Text)
    revoked_before: datetime = Field(sa_type=UtcDateTime)
