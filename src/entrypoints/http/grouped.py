"""Tasks told apart or ranked, as they are answered."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from fastapi import Request, Response
from pydantic import BaseModel, Field

from application.task_groups import Group, GroupedPage
from application.view_tasks import RankedPage
from application.views import TaskPage
from entrypoints.http.listed import IncludingOut, ListedTaskOut
from entrypoints.http.lists import PageOut, answered, read_as
from entrypoints.http.pages import link_next
from entrypoints.http.rendering import answer, rendered_all
from entrypoints.http.shown import TaskOut


class AboutOut(BaseModel):
    """What is said about a whole list."""

    count: int | None = Field(None, description="How many there are on all pages, with count=exact")
    resolved_at: datetime | None = Field(None, description="With a filter: what it takes for now")
    time_zone: str | None = Field(None, description="With a filter: where its days begin")


class GroupOut(BaseModel):
    """Some tasks of one group."""

    key: UUID | date | str | None = Field(
        description="The project's or label's id, the day, the priority or the status; null: none"
    )
    name: str | None = Field(description="The project's or label's name; null where the key says it all")
    items: list[TaskOut]
    next_cursor: str | None = Field(description="Where more of this group is; null at its end")


class GroupedOut(AboutOut):
    """Some groups of tasks."""

    groups: list[GroupOut]
    next_cursor: str | None = Field(description="Where more groups are; null where there are no more")


class ScoreOut(BaseModel):
    """Why a task is where it is: points by reason."""

    total: int
    due: int = Field(description="Overdue, due today, or within a week")
    priority: int
    started: int
    unblocks: int = Field(description="For open tasks that wait for it")
    age: int = Field(description="For the weeks since it was made")


class ViewTaskOut(ListedTaskOut):
    """A task of a view: with all members, or with those that `fields` names."""

    score: ScoreOut | None = Field(None, description="In a view by score")


class ViewPageOut(IncludingOut, AboutOut, PageOut[ViewTaskOut]):
    """Some tasks of a view."""


def answer_of(request: Request, page: TaskPage | GroupedPage | RankedPage) -> Response:
    """The page as it is answered."""
    if not isinstance(page, GroupedPage):
        return answered(request, page, about(page))
    groups = [_group(one) for one in page.groups]
    shown = {"groups": groups, "next_cursor": page.next_cursor, **about(page)}
    return answer(shown, headers=link_next(request, page.next_cursor))


def about(page: TaskPage | GroupedPage | RankedPage) -> dict[str, Any]:
    """What was asked about the whole list."""
    told: dict[str, Any] = {} if page.count is None else {"count": page.count}
    told |= read_as(page.resolved)
    if isinstance(page, TaskPage) and page.included is not None:
        things = {kind: rendered_all(those) for kind, those in page.included.things.items()}
        told |= {"included": things, "included_complete": page.included.complete}
    return told


def _group(group: Group) -> dict[str, Any]:
    items = rendered_all(group.items)
    return {"key": group.key, "name": group.name, "items": items, "next_cursor": group.next_cursor}
