"""What tables of things have in common, for migrations to make them of. Once released, it stays as it is."""

from typing import Any

import sqlalchemy as sa
from alembic import op

CALLER = "(SELECT nullif(current_setting('remit.account_id', true), '')::uuid)"
LIVE, TRASHED = "deleted_at IS NULL", "deleted_at IS NOT NULL"


def times() -> list[sa.Column[Any]]:
    """When it was made, changed and deleted, and its version."""
    return [
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True)),
        sa.Column("deleted_with", sa.Uuid),
        sa.Column("version", sa.Integer, nullable=False),
    ]


def owned(table: str, *key: str) -> list[sa.Constraint]:
    """What makes a table an account's own."""
    return [
        sa.PrimaryKeyConstraint("account_id", *key, name=f"{table}_pkey"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["remit.account.id"], name=f"{table}_account_id_fkey", ondelete="CASCADE"
        ),
    ]


def refers(
    table: str, name: str, other: str, ondelete: str | None = None, *, at_commit: bool = False
) -> sa.Constraint:
    """A reference that cannot bind to somebody else's."""
    return sa.ForeignKeyConstraint(
        ["account_id", name],
        [f"remit.{other}.account_id", f"remit.{other}.id"],
        name=f"{table}_account_id_{name}_fkey",
        ondelete=ondelete,
        deferrable=True if at_commit else None,
        initially="DEFERRED" if at_commit else None,
    )


def check(table: str, name: str, condition: str) -> sa.Constraint:
    """A CHECK, named as all of them are."""
    return sa.CheckConstraint(condition, name=op.f(f"{table}_{name}_check"))


def trash(table: str) -> sa.Constraint:
    """What is in the trash knows with what it went there."""
    return check(table, "deleted_with", "(deleted_at IS NULL) = (deleted_with IS NULL)")


def place_key(table: str, *columns: str) -> None:
    """One rank for each thing at a place. Checked at the end of a statement, for ranks are swapped."""
    op.create_unique_constraint(
        f"{table}_place_key",
        table,
        ["account_id", *columns, "rank"],
        schema="remit",
        deferrable=True,
        initially="IMMEDIATE",
        postgresql_nulls_not_distinct=True,
    )


def trash_index(table: str) -> None:
    """What is in the trash, by when it went there."""
    op.create_index(
        f"{table}_trash_idx",
        table,
        ["account_id", "deleted_at", "id"],
        schema="remit",
        postgresql_where=sa.text(TRASHED),
    )


def rank_index(table: str) -> None:
    """What is in use, in its order."""
    op.create_index(
        f"{table}_account_id_rank_id_idx",
        table,
        ["account_id", "rank", "id"],
        schema="remit",
        postgresql_where=sa.text(LIVE),
    )


def journal_kinds(kinds: str) -> None:
    """What the journal may tell of."""
    op.drop_constraint(op.f("change_entity_check"), "change", schema="remit")
    op.create_check_constraint(op.f("change_entity_check"), "change", f"entity IN ({kinds})", schema="remit")


def replace_begin_write(definition: str) -> None:
    """Another begin_write in place of the one there is."""
    op.execute("DROP FUNCTION remit.begin_write")
    op.execute(definition)
    op.execute("REVOKE ALL ON FUNCTION remit.begin_write FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION remit.begin_write TO remit_app")


def protect(table: str, granted: str) -> None:
    """Row security by the account, for the owner of the table, too; and what the server may do."""
    op.execute(f"ALTER TABLE remit.{table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE remit.{table} FORCE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY {table}_owner ON remit.{table} "
        f"USING (account_id = {CALLER}) WITH CHECK (account_id = {CALLER})"
    )
    op.execute(f"GRANT {granted} ON remit.{table} TO remit_app")
