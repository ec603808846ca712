"""Requests go straight to their routes: asking each router in turn, twice, costs more than most of these."""

import re
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass

from fastapi.routing import APIRoute
from starlette.convertors import StringConvertor
from starlette.types import ASGIApp, Receive, Scope, Send

from entrypoints.http.direct import DirectRoute
from entrypoints.http.strict import StrictRequest

_PARAMETER = re.compile(r"\{(\w+)\}")


class Shortcut:
    """Within the application's handling of errors, in front of its router, which finds all that is not here.

    Takes the same route as the router would: the first one of the method whose path fits.
    """

    def __init__(self, app: ASGIApp, routes: Iterable[APIRoute]) -> None:
        self._app = app
        by_method: dict[str, list[APIRoute]] = {}
        for route in routes:
            for method in route.methods or ():
                by_method.setdefault(method, []).append(route)
        self._ways = {method: _Ways(those) for method, those in by_method.items()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.way(scope)(scope, receive, send)

    def way(self, scope: Scope) -> ASGIApp:
        """What runs the route that the scope asks for, which it says then; or else the router."""
        ways = self._ways.get(scope["method"]) if scope["type"] == "http" else None
        found = None if ways is None or scope.get("root_path") else ways.find(scope)
        return found or self._app


@dataclass(frozen=True, slots=True)
class _Way:
    """To a route: what runs it, and in which groups of the pattern the parameters of its path are."""

    route: APIRoute
    run: ASGIApp
    groups: Sequence[tuple[str, int]]


class _Ways:
    """The routes of one method."""

    def __init__(self, routes: Sequence[APIRoute]) -> None:
        self._ways: dict[int, _Way] = {}
        patterns: list[str] = []
        last = 0
        for route in routes:
            names = _PARAMETER.findall(route.path)
            groups = [(name, last + number) for number, name in enumerate(names, 1)]
            last += len(names) + 1  # an empty group behind each says which path it was
            self._ways[last] = _Way(route, _run(route), groups)
            patterns.append(f"{_pattern(route)}()")
        self._match = re.compile("|".join(patterns)).fullmatch

    def find(self, scope: Scope) -> ASGIApp | None:
        found = self._match(scope["path"])
        if found is None:
            return None
        way = self._ways[found.lastindex or 0]
        scope["route"], scope["endpoint"] = way.route, way.route.endpoint
        scope["path_params"] = {name: found[group] for name, group in way.groups}
        return way.run


def _pattern(route: APIRoute) -> str:
    """What its path is between the parameters, which must be text. Raises TypeError."""
    if not all(type(one) is StringConvertor for one in route.param_convertors.values()):
        raise TypeError(f"{route.path} has parameters that are no text")
    parts = _PARAMETER.split(route.path)
    return "".join("([^/]+)" if number % 2 else re.escape(part) for number, part in enumerate(parts))


def _run(route: APIRoute) -> ASGIApp:
    """The route without what FastAPI does for those that may need more."""
    if not isinstance(route, DirectRoute) or route.methods != {"GET"}:
        return route.app
    answer: Callable[[StrictRequest], Awaitable[ASGIApp]] = route.get_route_handler()

    async def run(scope: Scope, receive: Receive, send: Send) -> None:
        response = await answer(StrictRequest(scope, receive, send))
        await response(scope, receive, send)

    return run
