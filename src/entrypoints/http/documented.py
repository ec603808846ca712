"""What the OpenAPI document says of errors and headers."""

from datetime import datetime
from http import HTTPStatus
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from domain.change import EntityKind
from entrypoints.http.problems import MEDIA_TYPE


class FieldError(BaseModel):
    """One value that breaks a rule."""

    location: str = Field(alias="in", description="body, query, path or header", examples=["body"])
    pointer: str = Field(description="RFC 6901 JSON Pointer to the value there", examples=["/title"])
    code: str = Field(description="Stable", examples=["too_long"])
    message: str = Field(examples=["Must have at most 500 characters."])


class Problem(BaseModel):
    """An error: RFC 9457 problem details."""

    type: str = Field(description="A URN made from the code", examples=["urn:remit:problem:task_not_found"])
    title: str
    status: int
    detail: str
    instance: str = Field(description="The request's path")
    code: str = Field(description="Stable: decide by this", examples=["task_not_found"])
    request_id: str = Field(description="Also the header X-Request-Id; quote it when you report the error")
    errors: list[FieldError] | None = Field(
        None, description="With status 422: every value that breaks a rule"
    )
    scope: str | None = Field(None, description="With status 403: the scope that is missing")


class FilterProblem(Problem):
    """Some value is not valid; the other members say what is wrong with a filter."""

    reason: str | None = Field(None, description="Stable", examples=["unknown_field"])
    pointer: str | None = Field(
        None,
        description="RFC 6901, as in `errors`: to the text, or into the tree",
        examples=["/filter/and/0/field"],
    )
    start: int | None = Field(None, description="Where in the text, in code points")
    end: int | None = Field(None, description="Up to where, which is not part of it")
    suggestions: list[str] | None = Field(None, description="Known names that are near, best first")


class ChangedOut(BaseModel):
    """A change that would be made."""

    model_config = ConfigDict(from_attributes=True)

    entity: EntityKind
    entity_id: UUID
    verb: str
    version: int
    before: dict[str, Any] | None
    after: dict[str, Any] | None


class RehearsalOut(BaseModel):
    """What would happen, were it not a dry run."""

    dry_run: Literal[True] = True
    status: int = Field(description="The status that the request would be answered with")
    changes: list[ChangedOut] = Field(description="Every field that would change")
    counts: dict[str, int] = Field(description="How often each verb would be done")
    warnings: list[str] = Field(description="Stable words, such as nothing_changes")
    plan: str | None = Field(description="POST it to /api/v1/plans/{plan}/apply, once")
    expires_at: datetime | None = Field(description="Until when the plan is kept")


ETAG = {"ETag": {"description": 'The version as a strong entity tag, `"v1"`', "schema": {"type": "string"}}}
LINK = {"Link": {"description": "RFC 8288, rel=next", "schema": {"type": "string"}}}
_CHALLENGE = {"WWW-Authenticate": {"description": "RFC 6750", "schema": {"type": "string"}}}
_RETRY = {"Retry-After": {"description": "Seconds", "schema": {"type": "integer"}}}

_HEADERS: dict[int, dict[str, Any]] = {401: _CHALLENGE, 403: _CHALLENGE, 412: ETAG, 429: _RETRY, 503: _RETRY}


def problems(*statuses: int, **models: type[BaseModel]) -> dict[int | str, dict[str, Any]]:
    """The error answers of a route: the given ones and those that any route can give.

    `models` gives a status (as `s412`) a problem with more members than Problem has.
    """
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": {
                MEDIA_TYPE: {
                    "schema": {"$ref": f"#/components/schemas/{models.get(f's{status}', Problem).__name__}"}
                }
            },
            **({"headers": _HEADERS[status]} if status in _HEADERS else {}),
        }
        for status in sorted({401, 422, 429, 431, 500, 503, *statuses})
    }
