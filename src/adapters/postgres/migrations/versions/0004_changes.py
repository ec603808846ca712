"""The journal: what changed, in order, and where each account's journal begins and ends."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

CALLER = "(SELECT nullif(current_setting('remit.account_id', true), '')::uuid)"
NEW_COLUMNS = (
    ("head_seq", sa.BigInteger, "0"),
    ("head_hash", sa.LargeBinary, r"'\x'::bytea"),
    ("head_at", sa.DateTime(timezone=True), None),
    ("floor_seq", sa.BigInteger, "0"),
    ("floor_hash", sa.LargeBinary, r"'\x'::bytea"),
    ("floor_at", sa.DateTime(timezone=True), None),
)

# The lock is taken by its own statement: one that waited for it would not see what the one before wrote.
BEGIN_WRITE = """
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
BEGIN_WRITE_BEFORE = """
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
    for name, kind, default in NEW_COLUMNS:
        column = sa.Column(
            name, kind, nullable=default is None, server_default=None if default is None else sa.text(default)
        )
        op.add_column("account", column, schema="remit")
    op.create_check_constraint(
        op.f("account_head_seq_check"),
        "account",
        "floor_seq >= 0 AND floor_seq <= head_seq",
        schema="remit",
    )
    op.create_table(
        "change",
        sa.Column("account_id", sa.Uuid, nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("token_id", sa.Uuid),
        sa.Column("via", sa.Text, nullable=False),
        sa.Column("request_id", sa.Text, nullable=False),
        sa.Column("batch_id", sa.Uuid),
        sa.Column("reason", sa.Text),
        sa.Column("entity", sa.Text, nullable=False),
        sa.Column("entity_id", sa.Uuid, nullable=False),
        sa.Column("verb", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("reverts", sa.BigInteger),
        sa.Column("before", postgresql.JSONB),
        sa.Column("after", postgresql.JSONB),
        sa.Column("hash", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("account_id", "seq", name="change_pkey"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["remit.account.id"], name="change_account_id_fkey", ondelete="CASCADE"
        ),
        sa.CheckConstraint("seq >= 1", name=op.f("change_seq_check")),
        sa.CheckConstraint("char_length(request_id) <= 64", name=op.f("change_request_id_check")),
        sa.CheckConstraint("char_length(reason) BETWEEN 1 AND 500", name=op.f("change_reason_check")),
        sa.CheckConstraint("octet_length(hash) = 32", name=op.f("change_hash_check")),
        sa.CheckConstraint("via IN ('web', 'token', 'agent', 'worker')", name=op.f("change_via_check")),
        sa.CheckConstraint("entity IN ('task', 'api_token')", name=op.f("change_entity_check")),
        schema="remit",
    )
    op.create_index(
        "change_account_id_entity_id_seq_idx", "change", ["account_id", "entity_id", "seq"], schema="remit"
    )
    op.execute("ALTER TABLE remit.change ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE remit.change FORCE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY change_owner ON remit.change "
        f"USING (account_id = {CALLER}) WITH CHECK (account_id = {CALLER})"
    )
    # Neither UPDATE nor DELETE: the server that serves can only add.
    op.execute("GRANT SELECT, INSERT ON remit.change TO remit_app")
    _replace_begin_write(BEGIN_WRITE)


def _replace_begin_write(definition: str) -> None:
    op.execute("DROP FUNCTION remit.begin_write")
    op.execute(definition)
    op.execute("REVOKE ALL ON FUNCTION remit.begin_write FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION remit.begin_write TO remit_app")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    _replace_begin_write(BEGIN_WRITE_BEFORE)
    op.drop_table("change", schema="remit")
    op.drop_constraint(op.f("account_head_seq_check"), "account", schema="remit")
    for name, _, _ in reversed(NEW_COLUMNS):
        op.drop_column("account", name, schema="remit")
