"""Saved views."""

import sqlalchemy as sa
from alembic import op

from adapters.postgres.migrations.pieces import (
    check,
    journal_kinds,
    owned,
    protect,
    times,
    trash,
    trash_index,
)

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

KINDS = "'task', 'project', 'section', 'label', 'comment', 'view', 'preferences', 'api_token'"
KINDS_BEFORE = "'task', 'project', 'section', 'label', 'comment', 'preferences', 'api_token'"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.create_table(
        "view",
        sa.Column("account_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("key", sa.Text(collation="C"), nullable=False),
        sa.Column("filter", sa.Text),
        sa.Column("sort", sa.Text),
        sa.Column("grouping", sa.Text),
        *times(),
        *owned("view", "id"),
        check("view", "name", "char_length(name) BETWEEN 1 AND 100"),
        check("view", "key", "char_length(key) <= 100"),
        check("view", "filter", "char_length(filter) <= 1024"),
        check("view", "sort", "char_length(sort) BETWEEN 1 AND 100"),
        check("view", "grouping", "grouping IN ('project', 'day', 'label', 'priority', 'status')"),
        trash("view"),
        schema="remit",
    )
    op.create_index(
        "view_account_id_key_id_idx",
        "view",
        ["account_id", "key", "id"],
        schema="remit",
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    trash_index("view")
    protect("view", "SELECT, INSERT, UPDATE, DELETE")
    journal_kinds(KINDS)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("ALTER TABLE remit.change NO FORCE ROW LEVEL SECURITY")
    op.execute("DELETE FROM remit.change WHERE entity = 'view'")
    op.execute("ALTER TABLE remit.change FORCE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE remit.account NO FORCE ROW LEVEL SECURITY")
    op.execute("UPDATE remit.account SET counts = counts - 'view' WHERE counts ? 'view'")
    op.execute("ALTER TABLE remit.account FORCE ROW LEVEL SECURITY")
    journal_kinds(KINDS_BEFORE)
    op.drop_table("view", schema="remit")
