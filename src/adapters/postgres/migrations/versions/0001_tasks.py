"""Accounts and tasks, behind row security."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# (select ...) makes it an InitPlan: read once a statement, not once a row. A connection that was
# used before answers '' for a setting that is gone, which must mean nobody.
CALLER = "(SELECT nullif(current_setting('remit.account_id', true), '')::uuid)"

BEGIN_WRITE = """
CREATE FUNCTION remit.begin_write(p_account_id uuid, p_issuer text, p_subject text) RETURNS void
LANGUAGE plpgsql SECURITY INVOKER AS $$
BEGIN
    PERFORM set_config('remit.account_id', p_account_id::text, true);
    PERFORM FROM remit.account WHERE id = p_account_id FOR UPDATE;
    IF NOT FOUND THEN
        INSERT INTO remit.account (id, issuer, subject) VALUES (p_account_id, p_issuer, p_subject)
        ON CONFLICT (id) DO NOTHING;
        PERFORM FROM remit.account WHERE id = p_account_id FOR UPDATE;
    END IF;
END
$$
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.create_table(
        "account",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("issuer", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            nullable=False,
            server_default=sa.text("statement_timestamp()"),
        ),
        sa.PrimaryKeyConstraint("id", name="account_pkey"),
        sa.CheckConstraint("char_length(issuer) BETWEEN 1 AND 2048", name=op.f("account_issuer_check")),
        sa.CheckConstraint("char_length(subject) BETWEEN 1 AND 255", name=op.f("account_subject_check")),
        schema="remit",
    )
    op.create_table(
        "task",
        sa.Column("account_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("priority", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True)),
        sa.Column("deleted_at", sa.DateTime(timezone=True)),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("account_id", "id", name="task_pkey"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["remit.account.id"], name="task_account_id_fkey", ondelete="CASCADE"
        ),
        sa.CheckConstraint("char_length(title) BETWEEN 1 AND 500", name=op.f("task_title_check")),
        sa.CheckConstraint("char_length(description) <= 16384", name=op.f("task_description_check")),
        sa.CheckConstraint(
            "status IN ('todo', 'in_progress', 'done', 'cancelled')", name=op.f("task_status_check")
        ),
        sa.CheckConstraint(
            "priority IN ('none', 'low', 'medium', 'high', 'urgent')", name=op.f("task_priority_check")
        ),
        sa.CheckConstraint(
            "(status = 'done') = (completed_at IS NOT NULL)", name=op.f("task_completed_at_check")
        ),
        sa.CheckConstraint("version >= 1", name=op.f("task_version_check")),
        schema="remit",
    )
    for columns in (["created_at", "id"], ["status", "created_at", "id"]):
        op.create_index(
            f"task_account_id_{'_'.join(columns)}_idx",
            "task",
            ["account_id", *columns],
            schema="remit",
            postgresql_where=sa.text("deleted_at IS NULL"),
        )
    protect("account", "id")
    protect("task", "account_id")
    op.execute(BEGIN_WRITE)
    op.execute("REVOKE ALL ON FUNCTION remit.begin_write FROM PUBLIC")
    op.execute("GRANT USAGE ON SCHEMA remit TO remit_app")
    op.execute("GRANT EXECUTE ON FUNCTION remit.begin_write TO remit_app")
    op.execute("GRANT SELECT, INSERT, UPDATE ON remit.account, remit.task TO remit_app")
    op.execute("GRANT SELECT ON remit.alembic_version TO remit_app")


def protect(table: str, owner: str) -> None:
    """Row security for everyone, the table's owner included."""
    op.execute(f"ALTER TABLE remit.{table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE remit.{table} FORCE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY {table}_owner ON remit.{table} "
        f"USING ({owner} = {CALLER}) WITH CHECK ({owner} = {CALLER})"
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("DROP FUNCTION remit.begin_write")
    op.drop_table("task", schema="remit")
    op.drop_table("account", schema="remit")
    op.execute("REVOKE ALL ON remit.alembic_version FROM remit_app")
    op.execute("REVOKE ALL ON SCHEMA remit FROM remit_app")
