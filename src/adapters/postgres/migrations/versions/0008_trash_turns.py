"""Whose turn it is to have its trash looked through."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

SCHEDULE = """
CREATE OR REPLACE FUNCTION remit.schedule_upkeep() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO remit.upkeep (account_id, job, due_at)
    SELECT NEW.id, job, now() + interval '24 hours' FROM unnest(ARRAY[{jobs}]) AS job;
    RETURN NULL;
END
$$
"""
# What went to the trash is removed by the account's own journal, so whoever does it must know the account.
TURN = """
CREATE FUNCTION remit.trash_turn() RETURNS uuid
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    UPDATE remit.upkeep AS u SET due_at = now() + interval '24 hours'
    WHERE u.job = 'trash' AND u.account_id = (
        SELECT n.account_id FROM remit.upkeep AS n
        WHERE n.job = 'trash' AND n.due_at <= now() ORDER BY n.due_at LIMIT 1 FOR UPDATE SKIP LOCKED
    )
    RETURNING u.account_id
$$
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    _allow("'changes', 'answers', 'plans', 'trash'")
    op.execute(TURN)
    op.execute("REVOKE ALL ON FUNCTION remit.trash_turn FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION remit.trash_turn TO remit_app")
    op.execute("ALTER TABLE remit.account NO FORCE ROW LEVEL SECURITY")
    op.execute(
        "INSERT INTO remit.upkeep (account_id, job, due_at) "
        "SELECT id, 'trash', now() + random() * interval '24 hours' FROM remit.account"
    )
    op.execute("ALTER TABLE remit.account FORCE ROW LEVEL SECURITY")


def _allow(jobs: str) -> None:
    op.drop_constraint(op.f("upkeep_job_check"), "upkeep", schema="remit")
    op.create_check_constraint(op.f("upkeep_job_check"), "upkeep", f"job IN ({jobs})", schema="remit")
    op.execute(SCHEDULE.format(jobs=jobs))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("DROP FUNCTION remit.trash_turn")
    op.execute("DELETE FROM remit.upkeep WHERE job = 'trash'")
    _allow("'changes', 'answers', 'plans'")
