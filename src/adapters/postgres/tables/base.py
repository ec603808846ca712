"""What every table shares."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, MetaData, PrimaryKeyConstraint
from sqlmodel import SQLModel

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


def owned(*key: str) -> tuple[Any, Any]:
    """What makes a table an account's own: the account leads the primary key, and is there."""
    return (
        PrimaryKeyConstraint("account_id", *key),
        ForeignKeyConstraint(["account_id"], ["remit.account.id"], ondelete="CASCADE"),
    )


def refers(
    name: str, table: str, *, ondelete: str | None = None, at_commit: bool = False
) -> ForeignKeyConstraint:
    """A reference that cannot bind to somebody else's: the account is part of it."""
    return ForeignKeyConstraint(
        ["account_id", name],
        [f"remit.{table}.account_id", f"remit.{table}.id"],
        ondelete=ondelete,
        deferrable=True if at_commit else None,
        initially="DEFERRED" if at_commit else None,
    )
