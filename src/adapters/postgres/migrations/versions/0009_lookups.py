"""Finding the changes of a request, a batch or a token, however long the journal is."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

# Most changes have neither a batch nor a token.
INDEXES = {
    "change_account_id_request_id_idx": (["account_id", "request_id"], None),
    "change_account_id_batch_id_idx": (["account_id", "batch_id"], "batch_id IS NOT NULL"),
    "change_account_id_token_id_seq_idx": (["account_id", "token_id", "seq"], "token_id IS NOT NULL"),
}


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    for name, (columns, where) in INDEXES.items():
        op.create_index(
            name,
            "change",
            columns,
            schema="remit",
            postgresql_where=None if where is None else sa.text(where),
        )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    for name in INDEXES:
        op.drop_index(name, "change", schema="remit")
