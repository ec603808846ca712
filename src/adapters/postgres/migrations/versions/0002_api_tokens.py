"""API tokens."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

CALLER = "(SELECT nullif(current_setting('remit.account_id', true), '')::uuid)"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.create_table(
        "api_token",
        sa.Column("account_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("scopes", postgresql.ARRAY(sa.Text), nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("issuer", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True)),
        sa.Column("last_used_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("account_id", "id", name="api_token_pkey"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["remit.account.id"], name="api_token_account_id_fkey", ondelete="CASCADE"
        ),
        sa.CheckConstraint("char_length(name) BETWEEN 1 AND 100", name=op.f("api_token_name_check")),
        sa.CheckConstraint("kind IN ('person', 'agent')", name=op.f("api_token_kind_check")),
        sa.CheckConstraint("cardinality(scopes) >= 1", name=op.f("api_token_scopes_check")),
        sa.CheckConstraint("octet_length(digest) = 32", name=op.f("api_token_digest_check")),
        sa.CheckConstraint("expires_at > created_at", name=op.f("api_token_expires_at_check")),
        schema="remit",
    )
    op.execute("ALTER TABLE remit.api_token ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE remit.api_token FORCE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY api_token_owner ON remit.api_token "
        f"USING (account_id = {CALLER}) WITH CHECK (account_id = {CALLER})"
    )
    op.execute("GRANT SELECT, INSERT, UPDATE (revoked_at, last_used_at) ON remit.api_token TO remit_app")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.drop_table("api_token", schema="remit")
