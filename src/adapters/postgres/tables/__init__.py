"""Every table, as SQLModel declares it. The schema's own description is specs/database/schema.md.

Every owned table has a primary key that begins with account_id, and every foreign key, unique key and
index of one leads with account_id, so an id of somebody else cannot bind.
"""

from adapters.postgres.tables.account import AccountRow, ApiTokenRow, DenialRow, PreferencesRow
from adapters.postgres.tables.base import SCHEMA, Table
from adapters.postgres.tables.journal import AnswerRow, ChangeRow, PlanRow, UpkeepRow
from adapters.postgres.tables.projects import LabelRow, ProjectRow, SectionRow
from adapters.postgres.tables.search import CommentWordsRow, PostingRow, TaskWordsRow, TermRow
from adapters.postgres.tables.tasks import BlockerRow, CommentRow, TaskLabelRow, TaskRow
from adapters.postgres.tables.texts import CommentTextRow, ProjectTextRow, SectionTextRow, TaskTextRow
from adapters.postgres.tables.views import ViewRow

__all__ = [
    "SCHEMA",
    "AccountRow",
    "AnswerRow",
    "ApiTokenRow",
    "BlockerRow",
    "ChangeRow",
    "CommentRow",
    "CommentTextRow",
    "CommentWordsRow",
    "DenialRow",
    "LabelRow",
    "PlanRow",
    "PostingRow",
    "PreferencesRow",
    "ProjectRow",
    "ProjectTextRow",
    "SectionRow",
    "SectionTextRow",
    "Table",
    "TaskLabelRow",
    "TaskRow",
    "TaskTextRow",
    "TaskWordsRow",
    "TermRow",
    "UpkeepRow",
    "ViewRow",
]
