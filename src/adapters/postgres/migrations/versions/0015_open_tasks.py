"""Open tasks with what ranks them, so that they are ranked without looking at each."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

INDEX = "task_open_idx"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.create_index(
        INDEX,
        "task",
        ["account_id", "due_date", "id"],
        schema="remit",
        postgresql_include=["status", "priority", "created_at", "project_id", "blocked_by"],
        postgresql_where=sa.text("status IN ('todo', 'in_progress') AND deleted_at IS NULL"),
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.drop_index(INDEX, "task", schema="remit")
