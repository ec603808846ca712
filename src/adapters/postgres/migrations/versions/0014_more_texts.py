"""More folded copies: of links, of who wrote comments, of projects' descriptions; and what is ticked."""

import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

BATCH = 1_000
C = sa.Text(collation="C")
NONE, NOTHING = sa.text("'{}'"), sa.text("''")
COLUMNS: Mapping[str, Mapping[str, tuple[Any, sa.TextClause]]] = {
    "task": {
        "checked": (postgresql.ARRAY(sa.Boolean), NONE),
        "links": (postgresql.ARRAY(C), NONE),
        "link_titles": (postgresql.ARRAY(C), NONE),
    },
    "project": {"description": (C, NOTHING)},
    "comment": {"author": (C, NOTHING)},
}
READ: Mapping[str, Mapping[str, Any]] = {
    "task": {"checklist": postgresql.JSONB, "links": postgresql.JSONB},
    "project": {"description": sa.Text},
    "comment": {"author": sa.Text},
}


def upgrade() -> None:
    # A default makes a column without writing a row; it goes when the rows that have more have it.
    op.execute("SET LOCAL lock_timeout = '3s'")
    for kind, columns in COLUMNS.items():
        for name, (type_, default) in columns.items():
            column = sa.Column(name, type_, nullable=False, server_default=default)
            op.add_column(f"{kind}_text", column, schema="remit")
        # Row security holds for the owner, too; in this transaction it does not: all texts are folded.
        for table in (kind, f"{kind}_text"):
            op.execute(f"ALTER TABLE remit.{table} NO FORCE ROW LEVEL SECURITY")
        _backfill(kind)
        for table in (kind, f"{kind}_text"):
            op.execute(f"ALTER TABLE remit.{table} FORCE ROW LEVEL SECURITY")
        for name in columns:
            op.alter_column(f"{kind}_text", name, server_default=None, schema="remit")


def _backfill(kind: str) -> None:
    """By key, so many rows at a time: a database folds by other rules than Python, where filters are."""
    things = _table(kind, READ[kind])
    texts = _table(f"{kind}_text", {name: type_ for name, (type_, _) in COLUMNS[kind].items()})
    rows = sa.select(things).order_by(things.c.account_id, things.c.id).limit(BATCH)
    key = (texts.c.account_id == sa.bindparam("of_account"), texts.c.id == sa.bindparam("of_id"))
    change = sa.update(texts).where(*key)
    place: list[Any] = []
    while found := op.get_bind().execute(rows.where(*place)).all():
        copies = list(_copies(kind, found))
        if copies:
            values = {name: sa.bindparam(f"new_{name}", type_=texts.c[name].type) for name in COLUMNS[kind]}
            op.get_bind().execute(change.values(values), copies)
        last = sa.tuple_(*(sa.literal(value, sa.Uuid) for value in (found[-1].account_id, found[-1].id)))
        place = [sa.tuple_(things.c.account_id, things.c.id) > last]


def _copies(kind: str, rows: Any) -> Iterator[dict[str, Any]]:
    """Of the rows that have anything to copy."""
    for row in rows:
        copy = _of_task(row) if kind == "task" else {name: _folded(getattr(row, name)) for name in READ[kind]}
        if any(copy.values()):
            named = {f"new_{name}": value for name, value in copy.items()}
            yield {"of_account": row.account_id, "of_id": row.id, **named}


def _of_task(row: Any) -> dict[str, Any]:
    return {
        "checked": [item["checked"] for item in row.checklist],
        "links": [_folded(link["href"]) for link in row.links],
        "link_titles": [_folded(link["title"]) for link in row.links if link["title"]],
    }


def _table(name: str, columns: Mapping[str, Any]) -> sa.TableClause:
    typed = {"account_id": sa.Uuid, "id": sa.Uuid, **columns}
    made: list[sa.ColumnClause[Any]] = [sa.column(column, type_) for column, type_ in typed.items()]
    return sa.table(name, *made, schema="remit")


def _folded(value: str) -> str:
    """As domain.folding folds by now."""
    decomposed = unicodedata.normalize("NFKD", value)
    return "".join(one for one in decomposed if not unicodedata.combining(one)).casefold()


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    for kind, columns in COLUMNS.items():
        for name in reversed(tuple(columns)):
            op.drop_column(f"{kind}_text", name, schema="remit")
