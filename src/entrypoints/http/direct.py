"""Reads without what FastAPI does for those who may need more: what they take is looked up, and that is all.

The declarations are FastAPI's own, and so is the documentation made from them.
"""

from collections.abc import Awaitable, Callable, Mapping
from inspect import iscoroutinefunction
from typing import Any, cast, get_origin

from fastapi import Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import request_params_to_args
from fastapi.exceptions import RequestValidationError
from fastapi.security.base import SecurityBase
from pydantic import BaseModel, ValidationError
from starlette.datastructures import QueryParams

from entrypoints.http.strict import StrictRoute

Handler = Callable[[Request], Awaitable[Response]]
Errors = list[Any]
_Take = Callable[[Request, dict[str, Any], Errors], None]


class DirectRoute(StrictRoute):
    """One that answers a response, if it is a GET: it never makes one of what its function answers."""

    def handler(self) -> Handler:
        if self.methods != {"GET"}:
            return super().handler()
        solve, call = Solver(self.dependant), cast("Callable[..., Awaitable[Response]]", self.dependant.call)

        async def handle(request: Request) -> Response:
            errors: Errors = []
            values = await solve(request, errors)
            if errors:
                raise RequestValidationError(errors)
            return await call(**values)

        return handle


class Solver:
    """What a function takes from a request. Raises TypeError for what is not known here."""

    def __init__(self, dependant: Dependant) -> None:
        if dependant.body_params or dependant.cookie_params or dependant.response_param_name:
            raise TypeError(f"{dependant.call} takes more than a read may")
        self._request = dependant.request_param_name
        self._takes = [*_scalars(dependant), *_models(dependant)]
        self._inner = [(one.name, one.call, _solver(one)) for one in dependant.dependencies]

    async def __call__(self, request: Request, errors: Errors) -> dict[str, Any]:
        values: dict[str, Any] = {}
        if self._request is not None:
            values[self._request] = request
        for take in self._takes:
            take(request, values, errors)
        for name, call, solve in self._inner:
            if solve is not None and call is not None:
                given = await solve(request, errors)
                if not errors:
                    values[name or ""] = await call(**given)
            elif name is not None:
                values[name] = None
        return values


def _solver(dependant: Dependant) -> Solver | None:
    """None for what only says how a caller is known: that was seen to before."""
    if isinstance(dependant.call, SecurityBase):
        return None
    if not iscoroutinefunction(dependant.call):
        raise TypeError(f"{dependant.call} would run in a thread")
    return Solver(dependant)


def _model_of(field: Any) -> type[BaseModel] | None:
    annotation = field.field_info.annotation
    return annotation if isinstance(annotation, type) and issubclass(annotation, BaseModel) else None


def _scalars(dependant: Dependant) -> list[_Take]:
    """Single parameters, by FastAPI's own reading of them."""

    def taken(fields: list[Any], given: Callable[[Request], Any]) -> list[_Take]:
        def take(request: Request, values: dict[str, Any], errors: Errors) -> None:
            found, wrong = request_params_to_args(fields, given(request))
            values.update(found)
            errors.extend(wrong)

        return [take] if fields else []

    queries = [field for field in dependant.query_params if _model_of(field) is None]
    return [
        *taken(dependant.path_params, lambda request: request.path_params),
        *taken(queries, lambda request: request.query_params),
        *taken(dependant.header_params, lambda request: request.headers),
    ]


def _models(dependant: Dependant) -> list[_Take]:
    """A query as one model, which refuses what is no field of it."""

    def taken(name: str, model: type[BaseModel]) -> _Take:
        lists = {key for key, one in model.model_fields.items() if get_origin(one.annotation) is list}

        def take(request: Request, values: dict[str, Any], errors: Errors) -> None:
            try:
                values[name] = model.model_validate(_given(request.query_params, lists))
            except ValidationError as error:
                errors.extend({**one, "loc": ("query", *one["loc"])} for one in error.errors())

        return take

    found = ((field.name, _model_of(field)) for field in dependant.query_params)
    return [taken(name, model) for name, model in found if model is not None]


def _given(parameters: QueryParams, lists: set[str]) -> Mapping[str, Any]:
    return {name: parameters.getlist(name) if name in lists else parameters[name] for name in parameters}
