"""What was answered to a request that may come again, and changes that were rehearsed to be made later."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

CALLER = "(SELECT nullif(current_setting('remit.account_id', true), '')::uuid)"

# One round trip: who asks, the lock, the end of the journal, and what was answered under the key, if any.
BEGIN_WRITE = """
CREATE FUNCTION remit.begin_write(
    p_account_id uuid, p_issuer text, p_subject text, p_digest bytea,
    OUT head_seq bigint, OUT head_hash bytea, OUT head_at timestamptz,
    OUT fingerprint bytea, OUT status integer, OUT headers jsonb, OUT body bytea, OUT expires_at timestamptz
)
LANGUAGE plpgsql SECURITY INVOKER AS $$
BEGIN
    PERFORM set_config('remit.account_id', p_account_id::text, true);
    SELECT a.head_seq, a.head_hash, a.head_at INTO head_seq, head_hash, head_at
    FROM remit.account AS a WHERE a.id = p_account_id FOR UPDATE;
    IF NOT FOUND THEN
        INSERT INTO remit.account (id, issuer, subject) VALUES (p_account_id, p_issuer, p_subject)
        ON CONFLICT (id) DO NOTHING;
        SELECT a.head_seq, a.head_hash, a.head_at INTO head_seq, head_hash, head_at
        FROM remit.account AS a WHERE a.id = p_account_id FOR UPDATE;
    END IF;
    IF p_digest IS NOT NULL THEN
        SELECT w.fingerprint, w.status, w.headers, w.body, w.expires_at
        INTO fingerprint, status, headers, body, expires_at
        FROM remit.answer AS w WHERE w.account_id = p_account_id AND w.digest = p_digest;
    END IF;
END
$$
"""
BEGIN_WRITE_BEFORE = """
CREATE FUNCTION remit.begin_write(
    p_account_id uuid, p_issuer text, p_subject text,
    OUT head_seq bigint, OUT head_hash bytea, OUT head_at timestamptz
)
LANGUAGE plpgsql SECURITY INVOKER AS $$
BEGIN
    PERFORM set_config('remit.account_id', p_account_id::text, true);
    SELECT a.head_seq, a.head_hash, a.head_at INTO head_seq, head_hash, head_at
    FROM remit.account AS a WHERE a.id = p_account_id FOR UPDATE;
    IF NOT FOUND THEN
        INSERT INTO remit.account (id, issuer, subject) VALUES (p_account_id, p_issuer, p_subject)
        ON CONFLICT (id) DO NOTHING;
        SELECT a.head_seq, a.head_hash, a.head_at INTO head_seq, head_hash, head_at
        FROM remit.account AS a WHERE a.id = p_account_id FOR UPDATE;
    END IF;
END
$$
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.create_table(
        "answer",
        sa.Column("account_id", sa.Uuid, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("fingerprint", sa.LargeBinary, nullable=False),
        sa.Column("status", sa.Integer, nullable=False),
        sa.Column("headers", postgresql.JSONB, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "digest", name="answer_pkey"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["remit.account.id"], name="answer_account_id_fkey", ondelete="CASCADE"
        ),
        sa.CheckConstraint("octet_length(digest) = 32", name=op.f("answer_digest_check")),
        sa.CheckConstraint("octet_length(fingerprint) = 32", name=op.f("answer_fingerprint_check")),
        sa.CheckConstraint("status BETWEEN 200 AND 299", name=op.f("answer_status_check")),
        schema="remit",
    )
    op.create_table(
        "plan",
        sa.Column("account_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("scopes", postgresql.ARRAY(sa.Text), nullable=False),
        sa.Column("steps", postgresql.JSONB, nullable=False),
        sa.Column("seen", postgresql.JSONB, nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("account_id", "id", name="plan_pkey"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["remit.account.id"], name="plan_account_id_fkey", ondelete="CASCADE"
        ),
        schema="remit",
    )
    for table in ("answer", "plan"):
        op.execute(f"ALTER TABLE remit.{table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE remit.{table} FORCE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY {table}_owner ON remit.{table} "
            f"USING (account_id = {CALLER}) WITH CHECK (account_id = {CALLER})"
        )
        op.execute(f"GRANT SELECT, INSERT, UPDATE ON remit.{table} TO remit_app")
    _replace_begin_write(BEGIN_WRITE)


def _replace_begin_write(definition: str) -> None:
    op.execute("DROP FUNCTION remit.begin_write")
    op.execute(definition)
    op.execute("REVOKE ALL ON FUNCTION remit.begin_write FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION remit.begin_write TO remit_app")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    _replace_begin_write(BEGIN_WRITE_BEFORE)
    for table in ("plan", "answer"):
        op.drop_table(table, schema="remit")
