"""What can be done to things: said once, and so a route of its own and a command of a batch."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from inspect import Parameter, Signature
from typing import Annotated, Any, TypeVar, get_args
from uuid import UUID

from dependency_injector.providers import Provider
from fastapi import APIRouter, Body, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field, create_model

from application.batch import Prepare
from application.ports import UnitsOfWork
from domain.access import Actor, Scope
from domain.thing import Thing
from entrypoints.container import Container
from entrypoints.http.deps import Caller
from entrypoints.http.documented import ETAG, Problem, problems
from entrypoints.http.preconditions import IfMatch
from entrypoints.http.refs import Names
from entrypoints.http.rendering import answer, rendered
from entrypoints.http.scopes import SCOPES
from entrypoints.http.shown import tag_of
from entrypoints.http.strict import MERGE_PATCH

T = TypeVar("T")
CREATED = {**ETAG, "Location": {"description": "What was made", "schema": {"type": "string"}}}


@dataclass(frozen=True, slots=True)
class Given:
    """What a verb is done with: who asks, for which thing, what was sent, what it may have met."""

    container: Container
    units: UnitsOfWork | None
    actor: Actor
    id: Any = None
    args: Any = None
    expected: frozenset[int] | None = None

    def use(self, pick: Callable[[Container], Provider[T]]) -> T:
        """The use cases, within the unit of work that is open, if one is."""
        provider = pick(self.container)
        return provider() if self.units is None else provider(units=self.units)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verb:
    """One thing that can be done. `operation` is its route's name, `name` the batch's word for it.

    `kind` is what its id names, `made` what it makes: the id for that may be sent in `makes_as`. `args` is
    what is sent beside the id, as a body or, if `asked` is so, as a query. `named`: the id in a path.
    """

    name: str
    operation: str
    summary: str
    run: Callable[[Given], Awaitable[Any]]
    args: type[BaseModel] | None = None
    kind: type[Thing] | None = None
    named: Any = UUID
    made: type[Thing] | None = None
    asked: bool = False
    versioned: bool = True
    prepare: Prepare | None = None
    errors: tuple[int, ...] = ()

    @property
    def scope(self) -> Scope:
        """What it needs, as the table of scopes says."""
        scope = SCOPES[self.operation]
        if scope is None:
            raise LookupError(self.operation)
        return scope

    @property
    def makes(self) -> bool:
        """Whether there is one thing more after it."""
        return self.made is not None

    @property
    def makes_as(self) -> str:
        """The field of `args` for the id of what is made."""
        return "id" if self.kind is None else "new_id"

    @property
    def refs(self) -> Mapping[str, type[Thing]]:
        """The fields of `args` that hold ids of things, and of which kind."""
        return {} if self.args is None else dict(_refs(self.args))


def _refs(model: type[BaseModel]) -> Iterator[tuple[str, type[Thing]]]:
    for name, field in model.model_fields.items():
        for mark in (*field.metadata, *_marks(field.annotation)):
            if isinstance(mark, Names):
                yield name, mark.kind


def _marks(annotation: Any) -> Iterator[Any]:
    for part in get_args(annotation):
        yield part
        yield from _marks(part)


def stale(out: type[BaseModel]) -> dict[int | str, dict[str, Any]]:
    """The answer where a precondition failed: how it is now, and what of the request it does not have."""
    model = create_model(
        f"Stale{out.__name__.removesuffix('Out')}Problem",
        __base__=Problem,
        __doc__="The precondition failed: how it is now, and which of your changes it does not have.",
        current=(out, ...),
        conflicts=(list[str], Field(description="JSON Pointers into your request")),
    )
    STALE_MODELS[model.__name__] = model
    return {412: problems(412, s412=model)[412]}


STALE_MODELS: dict[str, type[BaseModel]] = {}
"""What 412 is answered with, by name."""


def add_route(
    router: APIRouter,
    verb: Verb,
    method: str,
    path: str,
    shows: type[BaseModel] | None,
    responses: Mapping[int | str, dict[str, Any]],
) -> None:
    """The verb's own route. What is made is answered with 201 and its address, nothing with 204."""
    status = HTTPStatus.CREATED if verb.makes else HTTPStatus.OK if shows else HTTPStatus.NO_CONTENT
    headers: dict[int | str, dict[str, Any]] = {}
    if shows is not None:
        headers[status.value] = {"headers": CREATED if verb.makes else ETAG}
    extra = None
    if method == "PATCH" and verb.args is not None:
        schema = {"$ref": f"#/components/schemas/{verb.args.__name__}"}
        extra = {"requestBody": {"content": {MERGE_PATCH: {"schema": schema}}}}
    more = problems(*verb.errors, *((415,) if verb.args is not None and not verb.asked else ()))
    router.add_api_route(
        path,
        _endpoint(router, verb, method, path),
        methods=[method],
        name=verb.operation,
        summary=verb.operation.replace("_", " ").title(),
        description=verb.summary,
        status_code=status,
        response_model=shows,
        response_class=JSONResponse if shows else Response,
        responses={**more, **headers, **responses},
        openapi_extra=extra,
    )


def _endpoint(router: APIRouter, verb: Verb, method: str, path: str) -> Callable[..., Awaitable[Any]]:
    inside = [part[1:-1] for part in path.split("/") if part.startswith("{")]

    async def endpoint(**given: Any) -> Any:
        request: Request = given["request"]
        done = await verb.run(
            Given(
                container=request.app.state.container,
                units=getattr(request.state, "units", None),
                actor=given["caller"],
                id=given[inside[0]] if inside else getattr(given.get("args"), "id", None),
                args=given.get("args"),
                expected=given.get("expected"),
            )
        )
        if done is None:
            return None
        shown, headers = rendered(done), {"ETag": tag_of(done)}
        if not verb.makes:
            return answer(shown, headers=headers)
        headers["Location"] = f"{router.prefix}/{shown['id']}"
        return answer(shown, HTTPStatus.CREATED, headers)

    defaults: dict[str, Any] = {}
    kinds: dict[str, Any] = dict.fromkeys(inside, verb.named)
    if verb.args is not None:
        kinds["args"] = Annotated[verb.args, Query() if verb.asked else Body()]
        if method == "POST" and not any(one.is_required() for one in verb.args.model_fields.values()):
            defaults["args"] = verb.args()
    kinds |= {"caller": Caller, "request": Request}
    if verb.versioned and inside and not verb.makes:
        kinds["expected"] = IfMatch
    endpoint.__signature__ = Signature(  # type: ignore[attr-defined]
        [
            Parameter(
                name, Parameter.KEYWORD_ONLY, annotation=kind, default=defaults.get(name, Parameter.empty)
            )
            for name, kind in kinds.items()
        ]
    )
    return endpoint
