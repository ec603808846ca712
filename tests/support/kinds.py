"""Any thing of any kind, as hypothesis makes them."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from domain.attached import ChecklistItem, Link
from domain.change import EntityKind
from domain.comment import Comment
from domain.ids import AccountId
from domain.label import Label
from domain.preferences import Preferences
from domain.project import Project, Section
from domain.task import Priority, Status, Task
from domain.view import Grouping, View

uuids = st.uuids(allow_nil=False)
texts = st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=20)
times = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - naive bounds
idsets = st.frozensets(uuids, max_size=3)
ranks = st.sampled_from(["a0", "Zz", "b10", "a0V"])


def things(account_id: AccountId) -> dict[EntityKind, st.SearchStrategy[Any]]:
    """By kind, those that go to the trash and those that do not."""
    owned: dict[str, Any] = {"account_id": st.just(account_id), "version": st.integers(1, 99)}
    kept = owned | {
        "id": uuids,
        "created_at": times,
        "updated_at": times,
        "deleted_at": st.none() | times,
        "deleted_with": st.none() | uuids,
    }
    maybe = st.none() | uuids
    items = st.lists(st.builds(ChecklistItem, title=texts, checked=st.booleans()), max_size=3).map(tuple)
    links = st.lists(st.builds(Link, href=texts, rel=texts, title=texts), max_size=3).map(tuple)
    return {
        EntityKind.TASK: st.builds(
            Task, **kept, title=texts, description=texts, status=st.sampled_from(Status),
            priority=st.sampled_from(Priority), project_id=maybe, section_id=maybe, parent_id=maybe, rank=ranks,
            labels=idsets, blocked_by=idsets, checklist=items, links=links, completed_at=st.none() | times,
        ),
        EntityKind.PROJECT: st.builds(
            Project, **kept, name=texts, description=texts, color=st.none() | texts, parent_id=maybe, rank=ranks,
            archived_at=st.none() | times,
        ),
        EntityKind.SECTION: st.builds(Section, **kept, name=texts, project_id=maybe, rank=ranks),
        EntityKind.LABEL: st.builds(
            Label, **kept, name=texts, key=texts, color=st.none() | texts, taken_from=idsets
        ),
        EntityKind.COMMENT: st.builds(
            Comment, **kept, task_id=uuids, author=texts, body=texts, edited_at=st.none() | times
        ),
        EntityKind.VIEW: st.builds(
            View, **kept, name=texts, key=texts, filter=st.none() | texts, sort=st.none() | texts,
            grouping=st.none() | st.sampled_from(Grouping),
        ),
        EntityKind.PREFERENCES: st.builds(
            Preferences, **owned, id=st.just(UUID(bytes=account_id.bytes)), time_zone=texts, locale=texts,
            first_day_of_week=st.integers(1, 7), default_project_id=maybe, updated_at=st.none() | times,
        ),
    }  # fmt: skip
