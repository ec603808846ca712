"""Folded copies of what people write, for filters to be compared with."""

import unicodedata
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from adapters.postgres.migrations.pieces import owned, protect, refers

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

BATCH = 1_000
C = sa.Text(collation="C")
COLUMNS: Mapping[str, Mapping[str, Any]] = {
    "task": {"title": C, "description": C, "checklist": postgresql.ARRAY(C)},
    "project": {"name": C},
    "section": {"name": C},
    "comment": {"body": C},
}


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    for kind, columns in COLUMNS.items():
        op.create_table(
            f"{kind}_text",
            sa.Column("account_id", sa.Uuid, nullable=False),
            sa.Column("id", sa.Uuid, nullable=False),
            *(sa.Column(name, type_, nullable=False) for name, type_ in columns.items()),
            *owned(f"{kind}_text", "id"),
            refers(f"{kind}_text", "id", kind, "CASCADE"),
            schema="remit",
        )
        # Row security holds for the owner, too; in this transaction it does not: all texts are folded.
        op.execute(f"ALTER TABLE remit.{kind} NO FORCE ROW LEVEL SECURITY")
        _backfill(kind, list(columns))
        op.execute(f"ALTER TABLE remit.{kind} FORCE ROW LEVEL SECURITY")
        protect(f"{kind}_text", "SELECT, INSERT, UPDATE")


def _backfill(kind: str, names: list[str]) -> None:
    """By key, so many rows at a time: a database folds by other rules than Python, where filters are."""
    written = {name: postgresql.JSONB if name == "checklist" else sa.Text for name in names}
    things, texts = _table(kind, written), _table(f"{kind}_text", COLUMNS[kind])
    rows = sa.select(things).order_by(things.c.account_id, things.c.id).limit(BATCH)
    place: list[Any] = []
    while found := op.get_bind().execute(rows.where(*place)).mappings().all():
        values = [{name: _copied(value) for name, value in row.items()} for row in found]
        op.get_bind().execute(sa.insert(texts), values)
        last = sa.tuple_(*(sa.literal(found[-1][name], sa.Uuid) for name in ("account_id", "id")))
        place = [sa.tuple_(things.c.account_id, things.c.id) > last]


def _table(name: str, columns: Mapping[str, Any]) -> sa.TableClause:
    typed = {"account_id": sa.Uuid, "id": sa.Uuid, **columns}
    made: list[sa.ColumnClause[Any]] = [sa.column(name, type_) for name, type_ in typed.items()]
    return sa.table(name, *made, schema="remit")


def _copied(value: Any) -> Any:
    """As domain.folding folds by now; ids stay."""
    if isinstance(value, UUID):
        return value
    if not isinstance(value, str):
        return [_copied(item["title"]) for item in value]
    decomposed = unicodedata.normalize("NFKD", value)
    return "".join(one for one in decomposed if not unicodedata.combining(one)).casefold()


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    for kind in reversed(tuple(COLUMNS)):
        op.drop_table(f"{kind}_text", schema="remit")
