"""The filter language, described: what every `filter` takes, and all that can be asked."""

from hashlib import sha256
from http import HTTPStatus
from typing import Any, Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from domain import filters
from domain.filters import Operator, Type
from entrypoints.http.deps import Caller
from entrypoints.http.documented import problems
from entrypoints.http.preconditions import IfNoneMatch
from entrypoints.http.rendering import answer, dumped
from entrypoints.http.strict import StrictRoute

router = APIRouter(prefix="/api/v1", tags=["tasks"], route_class=StrictRoute)

IN_SHORT = (
    "A filter is made of terms, with `&` for and, `|` for or, `!` for not, and parentheses. A term is a "
    "field, an operator and a value, a word, `@` and a label's name, `#` and a project's, or a quoted text "
    "to be found in title or description. For example `overdue | (today & @home)`, "
    "`#Work & priority >= high & !blocked`, or "
    '`"milk" & due_date <= today+P7D & status in (todo, in_progress)`. `GET /api/v1/filters/fields` lists '
    "the fields, with their operators, and the words. Text that begins with `{` is the same as a tree in "
    'JSON, as `{"word": "today"}`; `POST /api/v1/filters/compile` answers it.'
)


def filter_field(what: str, example: str) -> Any:
    """A parameter that takes a filter: what it selects, and how it is written."""
    return Field(description=f"{what}. {IN_SHORT}", examples=[example])


class FilterFieldOut(BaseModel):
    """Something that can be asked of a task."""

    name: str
    type: Literal[tuple(type_.name.lower() for type_ in Type)] = Field(  # type: ignore[valid-type]
        description="`name`: by name or id; `body`: long text, only searched in; `rank`: a choice of which "
        "one is more than another; `key`: text by code points; `date`: a day; `instant`: a moment"
    )
    operators: list[Operator] = Field(description="That it takes")
    nullable: bool = Field(description="Whether it can be null, which `is null` asks")
    many: bool = Field(description="Whether it has any number of values, any of which may pass")
    choices: list[str] = Field(description="Of a choice or a rank: its values, the least first; else none")
    description: str


class FilterWordOut(BaseModel):
    """A word that is a filter."""

    name: str
    filter: str = Field(description="What it stands for")
    english: str = Field(description="The same in words")


class FilterFieldsOut(BaseModel):
    """All that the filter language knows."""

    fields: list[FilterFieldOut]
    words: list[FilterWordOut]


LANGUAGE: dict[str, Any] = {
    "fields": [
        {
            "name": field.name,
            "type": field.type.name.lower(),
            "operators": field.operators,
            "nullable": field.nullable,
            "many": field.many,
            "choices": field.choices,
            "description": field.description,
        }
        for field in filters.FIELDS.values()
    ],
    "words": [
        {"name": name, "filter": meaning.text, "english": meaning.english}
        for name, meaning in filters.WORDS.items()
    ],
}
TAG = f'"{sha256(dumped(LANGUAGE)).hexdigest()[:32]}"'
_TAGGED = {"ETag": {"description": "A strong entity tag of the content", "schema": {"type": "string"}}}


@router.get(
    "/filters/fields",
    responses={
        200: {"headers": _TAGGED},
        304: {"description": "You have these", "headers": _TAGGED},
        **problems(400, 403),
    },
    response_model=FilterFieldsOut,
)
async def list_filter_fields(_: Caller, held: IfNoneMatch) -> Response:
    """All fields and words of the filter language: the same for every account."""
    if held.has(TAG):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers={"ETag": TAG})
    return answer(LANGUAGE, headers={"ETag": TAG})
