"""The terms that search finds tasks by."""

from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from adapters.postgres.migrations.indexing import DOCUMENTS, INDEX_WORDS, REINDEX_WORDS, TRIGGERS
from adapters.postgres.migrations.pieces import check, owned, protect, refers
from domain.search import Where, terms

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

BATCH = 1_000
C = sa.Text(collation="C")
TERMS, WEIGHTS = postgresql.ARRAY(C), postgresql.ARRAY(sa.SmallInteger)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    _documents("task", check("task_words", "task_id", "task_id = id"))
    _documents("comment")
    by_task = ("comment_words", ["account_id", "task_id"])
    op.create_index("comment_words_account_id_task_id_idx", *by_task, schema="remit")
    _derived("posting", task_id=sa.Uuid, weight=sa.SmallInteger, source=sa.Uuid)
    _derived("term")
    for function in (INDEX_WORDS, REINDEX_WORDS):
        op.execute(function)
    for name in ("index_words", "reindex_words"):
        op.execute(f"REVOKE ALL ON FUNCTION remit.{name} FROM PUBLIC")
    for table in DOCUMENTS:
        for trigger in TRIGGERS:
            op.execute(trigger.format(table=table))
    _backfill("task", {"title": sa.Text, "description": sa.Text, "checklist": postgresql.JSONB}, _of_task)
    _backfill("comment", {"task_id": sa.Uuid, "body": sa.Text}, _of_comment)
    for table in DOCUMENTS:
        protect(table, "SELECT, INSERT, UPDATE")
    for table in ("posting", "term"):
        protect(table, "SELECT, INSERT, DELETE")


def _documents(kind: str, *constraints: sa.Constraint) -> None:
    table = f"{kind}_words"
    op.create_table(
        table,
        *(sa.Column(name, sa.Uuid, nullable=False) for name in ("account_id", "id", "task_id")),
        sa.Column("terms", TERMS, nullable=False),
        sa.Column("weights", WEIGHTS, nullable=False),
        *owned(table, "id"),
        refers(table, "id", kind, "CASCADE"),
        check(table, "weights", "cardinality(terms) = cardinality(weights)"),
        *constraints,
        schema="remit",
    )


def _derived(table: str, **columns: Any) -> None:
    """Without references, which would be checked for each row: the triggers remove what is gone."""
    typed = {"account_id": sa.Uuid, "term": C, **columns}
    op.create_table(
        table,
        *(sa.Column(name, type_, nullable=False) for name, type_ in typed.items()),
        sa.PrimaryKeyConstraint(*typed, name=f"{table}_pkey"),
        schema="remit",
    )


def _backfill(kind: str, read: Mapping[str, Any], made: Callable[[Any], Mapping[str, int]]) -> None:
    """By key, so many rows at a time. What has terms, and which, is the domain's to say, then as now."""
    # Row security holds for the owner, too; in this transaction it does not: all texts are read.
    op.execute(f"ALTER TABLE remit.{kind} NO FORCE ROW LEVEL SECURITY")
    things = _table(kind, {**read, "deleted_at": sa.DateTime(timezone=True)})
    words = _table(f"{kind}_words", {"task_id": sa.Uuid, "terms": TERMS, "weights": WEIGHTS})
    rows = sa.select(things).order_by(things.c.account_id, things.c.id).limit(BATCH)
    place: list[Any] = []
    while found := op.get_bind().execute(rows.where(*place)).all():
        op.get_bind().execute(sa.insert(words), [_words(row, made) for row in found])
        last = sa.tuple_(*(sa.literal(value, sa.Uuid) for value in (found[-1].account_id, found[-1].id)))
        place = [sa.tuple_(things.c.account_id, things.c.id) > last]
    op.execute(f"ALTER TABLE remit.{kind} FORCE ROW LEVEL SECURITY")


def _table(name: str, columns: Mapping[str, Any]) -> sa.TableClause:
    typed = {"account_id": sa.Uuid, "id": sa.Uuid, **columns}
    made: list[sa.ColumnClause[Any]] = [sa.column(column, type_) for column, type_ in typed.items()]
    return sa.table(name, *made, schema="remit")


def _words(row: Any, made: Callable[[Any], Mapping[str, int]]) -> dict[str, Any]:
    document: Mapping[str, int] = made(row) if row.deleted_at is None else {}
    return {
        "account_id": row.account_id,
        "id": row.id,
        "task_id": getattr(row, "task_id", row.id),
        "terms": list(document),
        "weights": list(document.values()),
    }


def _of_task(row: Any) -> Mapping[str, int]:
    found = dict.fromkeys(terms(row.description), int(Where.DESCRIPTION))
    for item in row.checklist:
        found |= dict.fromkeys(terms(item["title"]), int(Where.CHECKLIST))
    return found | dict.fromkeys(terms(row.title), int(Where.TITLE))


def _of_comment(row: Any) -> Mapping[str, int]:
    return dict.fromkeys(terms(row.body), int(Where.COMMENT))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    for table in ("term", "posting", *reversed(DOCUMENTS)):
        op.drop_table(table, schema="remit")
    for name in ("reindex_words", "index_words"):
        op.execute(f"DROP FUNCTION remit.{name}")
