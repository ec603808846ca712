"""Filters over REST: what they mean, and which of their terms are true of a task."""

from datetime import datetime
from typing import Annotated, Any, Literal, cast
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from application.filters import Filters
from domain.filters import Named, canonical
from entrypoints.http.deps import Caller, use
from entrypoints.http.documented import FilterProblem, problems
from entrypoints.http.filter_language import filter_field
from entrypoints.http.strict import StrictRoute

router = APIRouter(prefix="/api/v1", tags=["tasks"], route_class=StrictRoute)


class FilterIn(BaseModel):
    """A filter."""

    model_config = ConfigDict(extra="forbid")

    filter: Annotated[
        str | dict[str, Any],
        filter_field("Text, or the same as a tree in JSON", "overdue | (today & @home)"),
    ]


class FilterRead(BaseModel):
    """A filter as it was read."""

    canonical: str = Field(description="The one text of all filters that are the same tree")
    resolved_at: datetime = Field(description="What it takes for now")
    time_zone: str = Field(description="Where its days begin")


class UnknownOut(BaseModel):
    """A name that nothing has, so that its term is never true."""

    what: Named
    start: int = Field(description="Where it stands: in the text that was sent, of a tree in canonical")
    end: int
    suggestions: list[str] = Field(
        description="Names that are near to it, the nearest first; looked for of the first five alone"
    )


class CompiledOut(FilterRead):
    """A filter in all its forms."""

    tree: dict[str, Any]
    english: str
    cost: Literal["indexed", "scan", "text"] = Field(description="From cheap to dear")
    unknown: list[UnknownOut] = Field(
        description="Whole names of projects, sections and labels that nothing has, in the order of the text"
    )


class TermOut(BaseModel):
    """One term of a filter."""

    text: str = Field(description="In canonical form")
    start: int = Field(
        description="Where in the text that was sent (of a tree: in canonical), in code points"
    )
    end: int = Field(description="Up to where, which is not part of it")
    matched: bool = Field(description="Whether it is true of the task")
    negated: bool = Field(description="Whether an odd number of ! stands before it")


class ExplainedOut(FilterRead):
    """Whether a filter selects a task, and why."""

    matches: bool = Field(description="Whether a list by the filter has the task")
    archived: bool = Field(
        description="Whether lists leave it out: its project is archived, and the filter asks of none"
    )
    terms: list[TermOut] = Field(description="In the order of the text")


@router.post("/filters/compile", responses=problems(400, 403, 413, 415, s422=FilterProblem))
async def compile_filter(
    sent: FilterIn, caller: Caller, filters: Filters = use(lambda c: c.filters)
) -> CompiledOut:
    """What a filter means: its tree, canonical text, plain English, and what it costs. Changes nothing."""
    made = await filters.compile(caller, sent.filter)
    return CompiledOut(
        tree=made.tree,
        canonical=made.canonical,
        english=made.english,
        cost=cast(Any, made.cost.name.lower()),
        unknown=[
            UnknownOut(
                what=one.what, start=one.span.start, end=one.span.end, suggestions=list(one.suggestions)
            )
            for one in made.unknown
        ],
        resolved_at=made.resolved.resolved_at,
        time_zone=made.resolved.time_zone,
    )


@router.post("/tasks/{task_id}/explain", responses=problems(400, 403, 404, 413, 415, s422=FilterProblem))
async def explain_task(
    task_id: UUID, sent: FilterIn, caller: Caller, filters: Filters = use(lambda c: c.filters)
) -> ExplainedOut:
    """Why a filter selects a task, or not: which of its terms are true of it. Changes nothing."""
    made = await filters.explain(caller, task_id, sent.filter)
    return ExplainedOut(
        canonical=made.canonical,
        matches=made.matches,
        archived=made.archived,
        terms=[
            TermOut(
                text=canonical(one.term),
                start=one.term.span.start,
                end=one.term.span.end,
                matched=one.matched,
                negated=one.negated,
            )
            for one in made.explanation.terms
        ],
        resolved_at=made.resolved.resolved_at,
        time_zone=made.resolved.time_zone,
    )
