"""Search over REST."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from application.search import HITS_DEFAULT, HITS_MAX, Search
from application.views import Hit, SearchPage
from domain.errors import Invalid
from domain.search import QUERY_MAX, Snippet, asked
from domain.search.snippets import Field as Place
from entrypoints.http.deps import Caller, use
from entrypoints.http.documented import LINK, FilterProblem, problems
from entrypoints.http.filter_language import filter_field
from entrypoints.http.lists import PageOut, read_as
from entrypoints.http.pages import link_next
from entrypoints.http.rendering import answer
from entrypoints.http.shown import TaskOut
from entrypoints.http.strict import StrictRoute
from entrypoints.http.values import Digits

router = APIRouter(prefix="/api/v1/search", tags=["tasks"], route_class=StrictRoute)


def _words(given: str) -> str:
    try:
        asked(given)
    except Invalid as refused:
        wrong = {one.code for one in refused.violations}
        if "control_character" in wrong:
            raise PydanticCustomError("control_character", "control character") from None
        if "no_words" in wrong:
            raise PydanticCustomError("no_words", "no words") from None
        raise PydanticCustomError("too_many_words", "too many words") from None
    return given


Words = Annotated[str, Field(min_length=1, max_length=QUERY_MAX), AfterValidator(_words)]


class SearchIn(BaseModel):
    """What is searched for."""

    model_config = ConfigDict(extra="forbid")

    q: Words = Field(description="Words, all of which a task must have", examples=["milk recei"])
    filter: Annotated[str | None, filter_field("Only tasks that the filter selects", "ready & @home")] = None
    limit: Digits = Field(HITS_DEFAULT, ge=1, le=HITS_MAX)
    cursor: str | None = Field(None, max_length=512, description="next_cursor of the page before")


class MarkOut(BaseModel):
    """A match in a piece of text, in code points."""

    start: int
    end: int = Field(description="Up to where, which is not part of it")


class SnippetOut(BaseModel):
    """Where in a task words were found."""

    field: Place
    text: str = Field(description="A piece of the field, as it is written")
    start: int = Field(description="Where in the field the piece begins, in code points")
    marks: list[MarkOut] = Field(description="The matches in the piece")
    item: int | None = Field(description="Of a checklist: which item, from 0")
    comment_id: UUID | None = Field(description="Of a comment: which one")


class HitOut(BaseModel):
    """A task that was found."""

    task: TaskOut
    score: int = Field(description="What the matches are worth; the best ones come first")
    snippets: list[SnippetOut]


class SearchPageOut(PageOut[HitOut]):
    """Some of what was found."""

    truncated: bool = Field(
        description="Whether there were too many matches to look at all that might be among the best"
    )
    resolved_at: datetime | None = Field(None, description="With a filter: what it takes for now")
    time_zone: str | None = Field(None, description="With a filter: where its days begin")


@router.get(
    "",
    responses={200: {"headers": LINK}, **problems(400, 403, s422=FilterProblem)},
    response_model=SearchPageOut,
    response_model_exclude_unset=True,
)
async def search_tasks(
    query: Annotated[SearchIn, Query()],
    caller: Caller,
    request: Request,
    search: Search = use(lambda c: c.search),
) -> Any:
    """Tasks by the words in their title, description, checklist and comments, the best ones first."""
    page = await search.page(caller, query.q, query.filter, query.limit, query.cursor)
    return answer(_shown(page), headers=link_next(request, page.next_cursor))


def _shown(page: SearchPage) -> dict[str, Any]:
    shown = {"items": [_hit(hit) for hit in page.items], "next_cursor": page.next_cursor}
    return {**shown, "truncated": page.truncated, **read_as(page.resolved)}


def _hit(hit: Hit) -> dict[str, Any]:
    return {
        "task": hit.task,
        "score": hit.score,
        "snippets": [_snippet(one) for one in hit.snippets],
    }


def _snippet(one: Snippet) -> dict[str, Any]:
    return {
        "field": one.field.value,
        "text": one.excerpt.text,
        "start": one.excerpt.start,
        "marks": one.excerpt.marks,
        "item": one.item,
        "comment_id": one.comment_id,
    }
