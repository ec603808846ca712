"""Whose data it is, what the account likes, and its API tokens."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, PrimaryKeyConstraint, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from adapters.postgres.tables.base import Table, one_of, owned, refers
from adapters.postgres.types import EnumText, ScopeSet, UtcDateTime
from domain.access import Scope
from domain.api_token import NAME_MAX, ApiTokenKind


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
    # How many entities of each kind it has, and how many ranks were given away.
    counts: dict[str, int] = Field(sa_type=JSONB, sa_column_kwargs={"server_default": text("'{}'::jsonb")})


class PreferencesRow(Table, table=True):
    """domain.preferences.Preferences, field by field. `id` is the account's."""

    __tablename__: ClassVar[Any] = "preferences"
    __table_args__ = (
        *owned("id"),
        refers("default_project_id", "project"),
        CheckConstraint("id = account_id", name="id"),
        CheckConstraint("first_day_of_week BETWEEN 1 AND 7", name="first_day_of_week"),
    )

    account_id: UUID
    id: UUID
    time_zone: str = Field(sa_type=Text)
    locale: str = Field(sa_type=Text)
    first_day_of_week: int
    default_project_id: UUID | None
    updated_at: datetime | None = Field(sa_type=UtcDateTime)
    version: int


class ApiTokenRow(Table, table=True):
    """domain.api_token.ApiToken, field by field. The token itself is nowhere."""

    __tablename__: ClassVar[Any] = "api_token"
    __table_args__ = (
        *owned("id"),
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


class DenialRow(Table, table=True):
    """Whose older JWTs are not believed. The operator's, not an account's: the server may only read it."""

    __tablename__: ClassVar[Any] = "denial"
    __table_args__ = (PrimaryKeyConstraint("issuer", "subject"),)

    issuer: str = Field(sa_type=Text)
    subject: str = Field(sa_type=Text)
    revoked_before: datetime = Field(sa_type=UtcDateTime)
