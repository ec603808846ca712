"""Requests go straight to their routes: to the same ones that the routers would find."""

from itertools import product
from uuid import uuid4

import pytest
from fastapi.routing import APIRoute
from starlette.routing import Match
from starlette.types import Receive, Scope, Send

from entrypoints.http.app import ROUTERS
from entrypoints.http.shortcut import Shortcut

ROUTES = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]
METHODS = ("GET", "POST", "PATCH", "DELETE", "PUT", "OPTIONS")
WORDS = ("x", "bulk", str(uuid4()), "a b", "é", "%2F", "..")


async def the_router(scope: Scope, receive: Receive, send: Send) -> None:
    scope["asked"] = True


def paths() -> set[str]:
    """Those of all routes, with all kinds of words for parameters, and some that are near them."""
    found: set[str] = {"/", "", "/api", "/api/v1/", "/nothing"}
    for route, word in product(ROUTES, WORDS):
        path = "/".join(word if part.startswith("{") else part for part in route.path.split("/"))
        found |= {path, f"{path}/", f"{path}/x", path.upper(), path.removesuffix(word)}
    return found


def looked_for(path: str, method: str) -> tuple[APIRoute | None, object]:
    """What asking each in turn finds."""
    scope = {"type": "http", "method": method, "path": path, "headers": [], "root_path": ""}
    for route in ROUTES:
        match, child = route.matches(scope)
        if match is Match.FULL:
            return route, child["path_params"]
    return None, None


@pytest.mark.rule("PERF-5")
def test_every_path_leads_where_asking_each_router_would() -> None:
    shortcut = Shortcut(the_router, ROUTES)
    seen: set[str] = set()
    for path, method in product(paths(), METHODS):
        wanted, parameters = looked_for(path, method)
        scope: Scope = {"type": "http", "method": method, "path": path, "root_path": ""}
        run = shortcut.way(scope)
        assert (run is the_router) == (wanted is None), (method, path)
        assert scope.get("route") is wanted
        assert scope.get("path_params") == parameters
        seen |= {wanted.name} if wanted else set()
    assert seen == {route.name for route in ROUTES}


@pytest.mark.rule("PERF-5")
def test_what_is_mounted_below_a_path_is_left_to_the_router() -> None:
    scope: Scope = {"type": "http", "method": "GET", "path": "/api/v1/tasks", "root_path": "/below"}
    assert Shortcut(the_router, ROUTES).way(scope) is the_router
