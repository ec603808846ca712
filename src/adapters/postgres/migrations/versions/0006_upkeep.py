"""Purging: whose turn it is, and functions that remove what is old, by and by, for a role that may not."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# Of every account. Runs as the tables' owner, since the role that serves may not even read the turns.
SCHEDULE_UPKEEP = """
CREATE FUNCTION remit.schedule_upkeep() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO remit.upkeep (account_id, job, due_at)
    SELECT NEW.id, job, now() + interval '24 hours' FROM unnest(ARRAY['changes', 'answers', 'plans']) AS job;
    RETURN NULL;
END
$$
"""

# One step, one transaction, one account, at most p_limit rows. It waits for nobody: what is locked is passed
# over. By the database's clock, so that a machine whose clock is wrong removes nothing too early.
PURGE = """
CREATE FUNCTION remit.purge(
    p_job text, p_keep interval, p_limit integer, OUT visited boolean, OUT removed integer, OUT problem text
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_least CONSTANT interval := CASE p_job WHEN 'changes' THEN interval '24 hours' ELSE interval '0' END;
    v_before CONSTANT timestamptz := now() - p_keep;
    v_caller CONSTANT text := coalesce(current_setting('remit.account_id', true), '');
    v_account uuid;
    v_oldest timestamptz;
    v_due timestamptz;
BEGIN
    -- The time itself is compared: an interval's length depends on when it begins.
    IF coalesce(p_job NOT IN ('changes', 'answers', 'plans') OR v_before > now() - v_least
                OR p_limit NOT BETWEEN 1 AND 1000, true) THEN
        RAISE EXCEPTION 'not purged: too young, too much, or unknown'
        USING ERRCODE = 'invalid_parameter_value';
    END IF;
    visited := false;
    removed := 0;
    SELECT u.account_id INTO v_account FROM remit.upkeep AS u
    WHERE u.job = p_job AND u.due_at <= now() ORDER BY u.due_at LIMIT 1 FOR UPDATE SKIP LOCKED;
    IF v_account IS NULL THEN
        RETURN;
    END IF;
    visited := true;
    PERFORM set_config('remit.account_id', v_account::text, true);
    PERFORM FROM remit.account AS a WHERE a.id = v_account FOR NO KEY UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        v_due := now() + interval '10 seconds';
    ELSE
        BEGIN
            CASE p_job
                WHEN 'changes' THEN
                    SELECT * INTO removed, v_oldest FROM remit.purge_changes(v_account, v_before, p_limit);
                WHEN 'answers' THEN
                    SELECT * INTO removed, v_oldest FROM remit.purge_answers(v_account, v_before, p_limit);
                WHEN 'plans' THEN
                    SELECT * INTO removed, v_oldest FROM remit.purge_plans(v_account, v_before, p_limit);
            END CASE;
            v_due := CASE WHEN removed = p_limit THEN now() ELSE
                least(greatest(coalesce(v_oldest + p_keep, 'infinity'), now() + interval '1 hour'),
                      now() + interval '24 hours')
            END;
        EXCEPTION WHEN OTHERS THEN
            -- One account that is not in order must not keep all others from their turn.
            problem := SQLSTATE;
            removed := 0;
            v_due := now() + interval '1 hour';
        END;
    END IF;
    UPDATE remit.upkeep AS u SET due_at = v_due WHERE u.account_id = v_account AND u.job = p_job;
    -- Else whoever called could go on as that account.
    PERFORM set_config('remit.account_id', v_caller, true);
END
$$
"""

# A beginning of what is kept, whatever the times say, so that the rest is a chain that begins at the floor.
PURGE_CHANGES = """
CREATE FUNCTION remit.purge_changes(
    p_account_id uuid, p_before timestamptz, p_limit integer, OUT removed integer, OUT oldest timestamptz
)
LANGUAGE plpgsql SECURITY INVOKER AS $$
DECLARE
    v_floor bigint;
    v_head bigint;
    v_last bigint;
BEGIN
    SELECT a.floor_seq, a.head_seq INTO v_floor, v_head FROM remit.account AS a WHERE a.id = p_account_id;
    SELECT max(o.seq) FILTER (WHERE o.old) INTO v_last FROM (
        SELECT b.seq, bool_and(b.at < p_before) OVER (ORDER BY b.seq) AS old FROM (
            SELECT c.seq, c.at FROM remit.change AS c
            WHERE c.account_id = p_account_id AND c.seq > v_floor AND c.seq <= v_head
            ORDER BY c.seq LIMIT p_limit
        ) AS b
    ) AS o;
    removed := 0;
    IF v_last IS NOT NULL THEN
        UPDATE remit.account AS a SET floor_seq = c.seq, floor_hash = c.hash, floor_at = c.at
        FROM remit.change AS c WHERE a.id = p_account_id AND c.account_id = p_account_id AND c.seq = v_last;
        DELETE FROM remit.change AS c
        WHERE c.account_id = p_account_id AND c.seq > v_floor AND c.seq <= v_last;
        GET DIAGNOSTICS removed = ROW_COUNT;
    END IF;
    SELECT c.at INTO oldest FROM remit.change AS c
    WHERE c.account_id = p_account_id AND c.seq > coalesce(v_last, v_floor) ORDER BY c.seq LIMIT 1;
END
$$
"""

# An array, so that the rows are looked up by their key: a subquery is joined to the whole table.
PURGE_EXPIRED = """
CREATE FUNCTION remit.purge_{table}s(
    p_account_id uuid, p_before timestamptz, p_limit integer, OUT removed integer, OUT oldest timestamptz
)
LANGUAGE plpgsql SECURITY INVOKER AS $$
BEGIN
    DELETE FROM remit.{table} AS d WHERE d.account_id = p_account_id AND d.{key} = ANY (ARRAY(
        SELECT o.{key} FROM remit.{table} AS o
        WHERE o.account_id = p_account_id AND o.expires_at < p_before ORDER BY o.expires_at LIMIT p_limit
    ));
    GET DIAGNOSTICS removed = ROW_COUNT;
    SELECT min(o.expires_at) INTO oldest FROM remit.{table} AS o WHERE o.account_id = p_account_id;
END
$$
"""
FUNCTIONS = {
    "schedule_upkeep": SCHEDULE_UPKEEP,
    "purge_changes": PURGE_CHANGES,
    "purge_answers": PURGE_EXPIRED.format(table="answer", key="digest"),
    "purge_plans": PURGE_EXPIRED.format(table="plan", key="id"),
    "purge": PURGE,
}


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    for table in ("answer", "plan"):
        op.create_index(
            f"{table}_account_id_expires_at_idx", table, ["account_id", "expires_at"], schema="remit"
        )
    op.create_table(
        "upkeep",
        sa.Column("account_id", sa.Uuid, nullable=False),
        sa.Column("job", sa.Text, nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "job", name="upkeep_pkey"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["remit.account.id"], name="upkeep_account_id_fkey", ondelete="CASCADE"
        ),
        sa.CheckConstraint("job IN ('changes', 'answers', 'plans')", name=op.f("upkeep_job_check")),
        schema="remit",
    )
    for name, definition in FUNCTIONS.items():
        op.execute(definition)
        op.execute(f"REVOKE ALL ON FUNCTION remit.{name} FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION remit.purge TO remit_app")
    # The floor is moved by purging alone.
    op.execute("REVOKE UPDATE ON remit.account FROM remit_app")
    op.execute(
        "GRANT UPDATE (id, issuer, subject, created_at, head_seq, head_hash, head_at) "
        "ON remit.account TO remit_app"
    )
    _schedule_accounts()


def _schedule_accounts() -> None:
    """A turn for each account, spread over a day. The owner sees them only while row security spares it."""
    op.execute("ALTER TABLE remit.account NO FORCE ROW LEVEL SECURITY")
    op.execute(
        "INSERT INTO remit.upkeep (account_id, job, due_at) "
        "SELECT id, job, now() + random() * interval '24 hours' "
        "FROM remit.account CROSS JOIN unnest(ARRAY['changes', 'answers', 'plans']) AS job"
    )
    op.execute("ALTER TABLE remit.account FORCE ROW LEVEL SECURITY")
    op.execute(
        "CREATE TRIGGER account_schedule_upkeep AFTER INSERT ON remit.account "
        "FOR EACH ROW EXECUTE FUNCTION remit.schedule_upkeep()"
    )
    op.create_index("upkeep_job_due_at_idx", "upkeep", ["job", "due_at"], schema="remit")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("DROP TRIGGER account_schedule_upkeep ON remit.account")
    for name in reversed(FUNCTIONS):
        op.execute(f"DROP FUNCTION remit.{name}")
    op.drop_table("upkeep", schema="remit")
    op.execute(
        "REVOKE UPDATE (id, issuer, subject, created_at, head_seq, head_hash, head_at) "
        "ON remit.account FROM remit_app"
    )
    op.execute("GRANT UPDATE ON remit.account TO remit_app")
    for table in ("plan", "answer"):
        op.drop_index(f"{table}_account_id_expires_at_idx", table, schema="remit")
