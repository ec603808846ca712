"""An account's tasks counted, over REST."""

from datetime import date, datetime
from http import HTTPStatus
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from application.summary import Summaries, Summarized
from domain.summary import COMPLETED_DAYS, DUE_DAYS
from domain.task import Status
from entrypoints.http.deps import Caller, use
from entrypoints.http.documented import problems
from entrypoints.http.negotiation import VARY, chosen
from entrypoints.http.rendering import JSON, answer
from entrypoints.http.shown import ProjectName
from entrypoints.http.strict import StrictRoute
from entrypoints.svg import summary as svg
from entrypoints.svg.theme import POLICY

router = APIRouter(prefix="/api/v1", tags=["tasks"], route_class=StrictRoute)


class DayCountOut(BaseModel):
    """How many on a day."""

    day: date
    count: int


class ProjectCountOut(BaseModel):
    """How many in a project, not in those within it."""

    project_id: UUID | None = Field(description="null: the Inbox")
    name: ProjectName | None
    open: int
    closed: int = Field(description="Done or cancelled")
    overdue: int = Field(description="Of those that are open")


class SummaryOut(BaseModel):
    """The tasks of a list without parameters, counted."""

    resolved_at: datetime = Field(description="As of when")
    time_zone: str = Field(description="Where its days begin")
    today: date
    total: int
    by_status: dict[Status, int]
    overdue: int = Field(description="Open ones that were due before today")
    due_by_day: list[DayCountOut] = Field(
        description=f"Open ones: today and the {DUE_DAYS - 1} days after it"
    )
    due_later: int
    no_due_date: int = Field(description="Open ones without a date")
    completed_by_day: list[DayCountOut] = Field(
        description=f"Those that are done: the last {COMPLETED_DAYS} days up to today"
    )
    by_project: list[ProjectCountOut] = Field(description="Those that have tasks; most open ones first")


_FORMS = {
    "description": "The figures, or a picture of them",
    "content": {svg.MEDIA_TYPE: {"schema": {"type": "string"}}},
    "headers": {"Vary": {"description": "Accept", "schema": {"type": "string"}}},
}


@router.get("/summary", response_model=SummaryOut, responses={200: _FORMS, **problems(400, 403, 406)})
async def get_summary(
    caller: Caller, request: Request, summaries: Summaries = use(lambda c: c.summaries)
) -> Any:
    """How much there is to do, and how much is done: by status, by day and by project."""
    form = chosen(request.headers, (JSON, svg.MEDIA_TYPE))
    made = await summaries.get(caller)
    return _drawn(made) if form == svg.MEDIA_TYPE else _counted(made)


def _drawn(made: Summarized) -> Response:
    at = made.reading.at.astimezone(ZoneInfo(made.reading.zone))
    headers = {**VARY, "Content-Security-Policy": POLICY}
    return Response(svg.drawn(made.summary, at, made.reading.zone), HTTPStatus.OK, headers, svg.MEDIA_TYPE)


def _counted(made: Summarized) -> Response:
    summary = made.summary
    return answer(
        headers=VARY,
        value={
            "resolved_at": made.reading.at,
            "time_zone": made.reading.zone,
            "today": summary.today,
            "total": summary.total,
            "by_status": {status.value: count for status, count in summary.by_status.items()},
            "overdue": summary.overdue,
            "due_by_day": summary.due_by_day,
            "due_later": summary.due_later,
            "no_due_date": summary.no_due_date,
            "completed_by_day": summary.completed_by_day,
            "by_project": summary.by_project,
        },
    )
