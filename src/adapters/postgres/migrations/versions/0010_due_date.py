"""The day that a task is due."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

INDEX = "task_account_id_due_date_id_idx"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.add_column("task", sa.Column("due_date", sa.Date), schema="remit")
    op.create_check_constraint(
        op.f("task_due_date_check"), "task", "due_date BETWEEN '0002-01-01' AND '9998-12-31'", schema="remit"
    )
    op.create_index(
        INDEX,
        "task",
        ["account_id", "due_date", "id"],
        schema="remit",
        postgresql_where=sa.text("due_date IS NOT NULL AND deleted_at IS NULL"),
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.drop_index(INDEX, "task", schema="remit")
    op.drop_column("task", "due_date", schema="remit")
