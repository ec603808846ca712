"""Projects, sections, labels, comments, preferences; tasks in trees and in order, waiting for each other."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from adapters.postgres.migrations.functions import (
    BEGIN_WRITE,
    BEGIN_WRITE_BEFORE,
    COUNT,
    GIVE_RANKS,
    TIE,
    TIES,
)
from adapters.postgres.migrations.pieces import (
    check,
    journal_kinds,
    owned,
    place_key,
    protect,
    rank_index,
    refers,
    replace_begin_write,
    times,
    trash,
    trash_index,
)

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# The least that is needed: things are changed and purged, ties come and go, preferences stay.
GRANTED = {
    "project": "SELECT, INSERT, UPDATE, DELETE",
    "section": "SELECT, INSERT, UPDATE, DELETE",
    "label": "SELECT, INSERT, UPDATE, DELETE",
    "task_label": "SELECT, INSERT, DELETE",
    "blocker": "SELECT, INSERT, DELETE",
    "comment": "SELECT, INSERT, UPDATE, DELETE",
    "preferences": "SELECT, INSERT, UPDATE",
}
KINDS = "'task', 'project', 'section', 'label', 'comment', 'preferences', 'api_token'"
LIVE = "deleted_at IS NULL"
NEW_COLUMNS: tuple[tuple[str, Any, str | None], ...] = (
    ("project_id", sa.Uuid, None),
    ("section_id", sa.Uuid, None),
    ("parent_id", sa.Uuid, None),
    ("rank", sa.Text(collation="C"), None),
    ("labels", postgresql.ARRAY(sa.Uuid), "{}"),
    ("blocked_by", postgresql.ARRAY(sa.Uuid), "{}"),
    ("checklist", postgresql.JSONB, "[]"),
    ("links", postgresql.JSONB, "[]"),
    ("deleted_with", sa.Uuid, None),
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    _create_projects()
    _create_labels()
    _widen_tasks()
    _create_ties()
    _create_preferences()
    for table in ("project", "section", "label", "task", "comment"):
        trash_index(table)
    for table, granted in GRANTED.items():
        protect(table, granted)
    op.execute("GRANT DELETE ON remit.task TO remit_app")
    journal_kinds(KINDS)
    op.execute(TIE)
    op.execute("REVOKE ALL ON FUNCTION remit.tie_task FROM PUBLIC")
    for tie in TIES:
        op.execute(tie)
    counts = sa.Column("counts", postgresql.JSONB, nullable=False, server_default=sa.text("'{}'::jsonb"))
    op.add_column("account", counts, schema="remit")
    op.execute("GRANT UPDATE (counts) ON remit.account TO remit_app")
    _backfill()
    replace_begin_write(BEGIN_WRITE)


def _create_projects() -> None:
    op.create_table(
        "project",
        sa.Column("account_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("color", sa.Text),
        sa.Column("parent_id", sa.Uuid),
        sa.Column("rank", sa.Text(collation="C"), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True)),
        *times(),
        *owned("project", "id"),
        refers("project", "parent_id", "project"),
        check("project", "name", "char_length(name) BETWEEN 1 AND 200"),
        check("project", "description", "char_length(description) <= 16384"),
        check("project", "color", "color ~ '^#[0-9a-f]{6}$'"),
        check("project", "parent_id", "parent_id <> id"),
        trash("project"),
        schema="remit",
    )
    op.create_table(
        "section",
        sa.Column("account_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("project_id", sa.Uuid),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("rank", sa.Text(collation="C"), nullable=False),
        *times(),
        *owned("section", "id"),
        refers("section", "project_id", "project"),
        check("section", "name", "char_length(name) BETWEEN 1 AND 200"),
        trash("section"),
        schema="remit",
    )
    for table, within in (("project", "parent_id"), ("section", "project_id")):
        place_key(table, within)
        rank_index(table)


def _create_labels() -> None:
    op.create_table(
        "label",
        sa.Column("account_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("key", sa.Text(collation="C"), nullable=False),
        sa.Column("color", sa.Text),
        sa.Column("taken_from", postgresql.ARRAY(sa.Uuid), nullable=False),
        *times(),
        *owned("label", "id"),
        check("label", "name", "char_length(name) BETWEEN 1 AND 100"),
        check("label", "color", "color ~ '^#[0-9a-f]{6}$'"),
        trash("label"),
        schema="remit",
    )
    op.create_exclude_constraint(
        "label_name_key",
        "label",
        ("account_id", "="),
        ("key", "="),
        schema="remit",
        using="btree",
        where=sa.text(LIVE),
        deferrable=True,
        initially="IMMEDIATE",
    )


def _widen_tasks() -> None:
    for name, kind, default in NEW_COLUMNS:
        column = sa.Column(name, kind, nullable=default is None, server_default=default)
        op.add_column("task", column, schema="remit")
    # Row security holds for the owner, too; in this transaction it does not: all tasks get their ranks.
    op.execute("ALTER TABLE remit.task NO FORCE ROW LEVEL SECURITY")
    op.execute("UPDATE remit.task SET deleted_with = id WHERE deleted_at IS NOT NULL")
    op.execute(GIVE_RANKS)
    op.execute("ALTER TABLE remit.task FORCE ROW LEVEL SECURITY")
    op.alter_column("task", "rank", nullable=False, schema="remit")
    for name in ("labels", "blocked_by", "checklist", "links"):
        op.alter_column("task", name, server_default=None, schema="remit")
    _constrain_tasks()


def _constrain_tasks() -> None:
    for name, other in (("project_id", "project"), ("section_id", "section"), ("parent_id", "task")):
        op.create_foreign_key(
            f"task_account_id_{name}_fkey",
            "task",
            other,
            ["account_id", name],
            ["account_id", "id"],
            source_schema="remit",
            referent_schema="remit",
        )
    for name, condition in (
        ("deleted_with", "(deleted_at IS NULL) = (deleted_with IS NULL)"),
        ("labels", "cardinality(labels) <= 50"),
        ("blocked_by", "cardinality(blocked_by) <= 50 AND id <> ALL (blocked_by)"),
        ("parent_id", "parent_id <> id"),
    ):
        op.create_check_constraint(op.f(f"task_{name}_check"), "task", condition, schema="remit")
    place_key("task", "project_id", "section_id", "parent_id")
    for name in ("parent_id", "section_id"):
        op.create_index(
            f"task_account_id_{name}_idx",
            "task",
            ["account_id", name],
            schema="remit",
            postgresql_where=sa.text(f"{name} IS NOT NULL"),
        )


def _create_ties() -> None:
    op.create_table(
        "task_label",
        sa.Column("account_id", sa.Uuid, nullable=False),
        sa.Column("label_id", sa.Uuid, nullable=False),
        sa.Column("task_id", sa.Uuid, nullable=False),
        *owned("task_label", "label_id", "task_id"),
        refers("task_label", "label_id", "label"),
        refers("task_label", "task_id", "task", "CASCADE"),
        schema="remit",
    )
    op.create_table(
        "blocker",
        sa.Column("account_id", sa.Uuid, nullable=False),
        sa.Column("task_id", sa.Uuid, nullable=False),
        sa.Column("blocker_id", sa.Uuid, nullable=False),
        *owned("blocker", "task_id", "blocker_id"),
        refers("blocker", "task_id", "task", "CASCADE"),
        refers("blocker", "blocker_id", "task", at_commit=True),
        schema="remit",
    )
    op.create_index(
        "task_label_account_id_task_id_idx", "task_label", ["account_id", "task_id"], schema="remit"
    )
    op.create_index(
        "blocker_account_id_blocker_id_idx", "blocker", ["account_id", "blocker_id"], schema="remit"
    )
    op.create_table(
        "comment",
        sa.Column("account_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("task_id", sa.Uuid, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True)),
        *times(),
        *owned("comment", "id"),
        refers("comment", "task_id", "task"),
        check("comment", "body", "char_length(body) BETWEEN 1 AND 16384"),
        trash("comment"),
        schema="remit",
    )
    op.create_index(
        "comment_account_id_task_id_created_at_id_idx",
        "comment",
        ["account_id", "task_id", "created_at", "id"],
        schema="remit",
    )


def _create_preferences() -> None:
    op.create_table(
        "preferences",
        sa.Column("account_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("time_zone", sa.Text, nullable=False),
        sa.Column("locale", sa.Text, nullable=False),
        sa.Column("first_day_of_week", sa.Integer, nullable=False),
        sa.Column("default_project_id", sa.Uuid),
        sa.Column("updated_at", sa.DateTime(timezone=True)),
        sa.Column("version", sa.Integer, nullable=False),
        *owned("preferences", "id"),
        refers("preferences", "default_project_id", "project"),
        check("preferences", "id", "id = account_id"),
        check("preferences", "first_day_of_week", "first_day_of_week BETWEEN 1 AND 7"),
        schema="remit",
    )


def _backfill() -> None:
    """What each account has by now; ranks go on after those that were given."""
    for table in ("account", "task", "api_token"):
        op.execute(f"ALTER TABLE remit.{table} NO FORCE ROW LEVEL SECURITY")
    op.execute(COUNT)
    for table in ("account", "task", "api_token"):
        op.execute(f"ALTER TABLE remit.{table} FORCE ROW LEVEL SECURITY")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    replace_begin_write(BEGIN_WRITE_BEFORE)
    op.drop_column("account", "counts", schema="remit")
    for trigger in ("tie_new", "tie_changed"):
        op.execute(f"DROP TRIGGER {trigger} ON remit.task")
    op.execute("DROP FUNCTION remit.tie_task")
    op.execute("ALTER TABLE remit.change NO FORCE ROW LEVEL SECURITY")
    op.execute("DELETE FROM remit.change WHERE entity NOT IN ('task', 'api_token')")
    op.execute("ALTER TABLE remit.change FORCE ROW LEVEL SECURITY")
    journal_kinds("'task', 'api_token'")
    op.execute("REVOKE DELETE ON remit.task FROM remit_app")
    for table in ("preferences", "comment", "blocker", "task_label"):
        op.drop_table(table, schema="remit")
    for name in ("task_account_id_parent_id_idx", "task_account_id_section_id_idx", "task_trash_idx"):
        op.drop_index(name, "task", schema="remit")
    for name in ("task_place_key", "task_account_id_project_id_fkey", "task_account_id_section_id_fkey"):
        op.drop_constraint(name, "task", schema="remit")
    op.drop_constraint("task_account_id_parent_id_fkey", "task", schema="remit")
    for name in ("deleted_with", "labels", "blocked_by", "parent_id"):
        op.drop_constraint(op.f(f"task_{name}_check"), "task", schema="remit")
    for name, _, _ in reversed(NEW_COLUMNS):
        op.drop_column("task", name, schema="remit")
    for table in ("section", "project", "label"):
        op.drop_table(table, schema="remit")
