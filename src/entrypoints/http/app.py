"""The application: one factory, no module-level app."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from http import HTTPStatus

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.routing import Match, Route

from domain.errors import BatchFailed, RemitError, StaleVersion
from domain.limits import Policy
from entrypoints.container import Container
from entrypoints.http import (
    batch,
    bulk,
    changes,
    comments,
    docs,
    filter_language,
    filters,
    health,
    history,
    labels,
    live,
    me,
    plans,
    projects,
    reverts,
    search,
    sections,
    summary,
    tasks,
    tokens,
    trash,
    views,
    wellknown,
)
from entrypoints.http.authentication import Admission
from entrypoints.http.context import RequestContext
from entrypoints.http.cors import Cors
from entrypoints.http.headers import HeadCheck
from entrypoints.http.limits import Limits
from entrypoints.http.openapi import described
from entrypoints.http.problems import HttpProblem, problem
from entrypoints.http.rendering import rendered
from entrypoints.http.shortcut import Shortcut
from entrypoints.http.shown import tag_of
from entrypoints.http.upgrades import IgnoredUpgrades
from entrypoints.http.validation import described as described_errors
from entrypoints.settings import Settings

PAGES = (
    *(tasks, bulk, filters, filter_language, search, summary, history),
    *(projects, sections, labels, comments, views, trash),
    *(batch, live, changes, reverts, plans, tokens, me, health, docs, wellknown),
)
ROUTERS = tuple(page.router for page in PAGES)


EXPOSED = [
    *("ETag", "Idempotency-Replayed", "Link", "Location"),
    *("RateLimit", "RateLimit-Policy", "Retry-After", "X-Request-Id"),
]


class StartupRefused(Exception):
    """The database or its role is not what it must be."""


def create_app(container: Container) -> FastAPI:
    """The ASGI application over the container's use cases."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
        async with AsyncExitStack() as stack:
            for close in container.closers():
                stack.push_async_callback(close)
            for name, wrong in (await container.startup().problems()).items():
                if wrong is not None:
                    raise StartupRefused(f"{name}: {wrong}")
            yield

    settings: Settings = container.settings()
    app = FastAPI(
        title="Remit",
        version="0.1.0",
        summary="The task backend you can hand to an agent.",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        generate_unique_id_function=lambda route: route.name,
        redirect_slashes=False,
    )
    app.state.container = container
    for router in ROUTERS:
        app.include_router(router)
    routes = (route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute))
    app.router.middleware_stack = Shortcut(app.router.middleware_stack, routes)
    app.exception_handler(RemitError)(_refused)
    app.exception_handler(HttpProblem)(_refused)
    app.exception_handler(BatchFailed)(_batch_failed)
    app.exception_handler(StaleVersion)(_stale)
    app.exception_handler(RequestValidationError)(_invalid)
    app.exception_handler(HTTPException)(_http)
    app.openapi = lambda: described(app)  # type: ignore[method-assign]
    # The last one added is the outermost.
    limits = _limits(container, settings)
    app.add_middleware(HeadCheck)
    app.add_middleware(Admission, authenticator=container.authenticator, limits=limits)
    if settings.cors_origins:
        app.add_middleware(
            Cors,
            limits=limits,
            allow_origins=settings.cors_origins,
            allow_methods=["GET", "POST", "PATCH", "DELETE"],
            allow_headers=[
                "Authorization",
                "Content-Type",
                "If-Match",
                "If-None-Match",
                "Idempotency-Key",
                "Last-Event-ID",
                "Remit-Reason",
                "traceparent",
            ],
            expose_headers=EXPOSED,
            max_age=600,
        )
    app.add_middleware(RequestContext, proxies=settings.trusted_proxies)
    app.add_middleware(IgnoredUpgrades)
    return app


def _limits(container: Container, settings: Settings) -> Limits:
    return Limits(
        limiter=container.rate_limiter,
        account=Policy.parse("account", settings.limit_account),
        address=Policy.parse("address", settings.limit_address),
        proxies=settings.trusted_proxies,
    )


async def _refused(request: Request, error: RemitError | HttpProblem) -> Response:
    return problem(request.scope, error)


async def _batch_failed(request: Request, error: BatchFailed) -> Response:
    results = [
        {name: value for name, value in result.items() if value is not None}
        for result in batch.results(error.outcomes)
    ]
    return problem(request.scope, error, results=results)


async def _stale(request: Request, error: StaleVersion) -> Response:
    current = rendered(error.current)
    response = problem(request.scope, error, current=current)
    response.headers["ETag"] = tag_of(error.current)
    return response


async def _invalid(request: Request, error: RequestValidationError) -> Response:
    refusal = HttpProblem(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "validation_failed",
        "Some values are not valid",
        "See errors: each names where a value stood and what is wrong with it.",
    )
    return problem(request.scope, refusal, errors=described_errors(error.errors()))


async def _http(request: Request, error: HTTPException) -> Response:
    status = HTTPStatus(error.status_code)
    code, title, detail = _HTTP.get(
        status, (status.name.lower(), status.phrase, status.description or status.phrase)
    )
    headers = {"Allow": _allowed(request)} if status is HTTPStatus.METHOD_NOT_ALLOWED else error.headers
    return problem(request.scope, HttpProblem(status, code, title, detail, headers))


def _allowed(request: Request) -> str:
    """Every method of the path (RFC 9110, 10.2.1); the router knows those of one route only."""
    routes = (route for router in ROUTERS for route in router.routes if isinstance(route, Route))
    here = (route for route in routes if route.matches(request.scope)[0] is not Match.NONE)
    methods = {method for route in here for method in route.methods or ()}
    return ", ".join(sorted(methods | ({"HEAD"} if "GET" in methods else set())))


_HTTP = {
    HTTPStatus.NOT_FOUND: ("not_found", "There is nothing here", "No route has this path."),
    HTTPStatus.METHOD_NOT_ALLOWED: (
        "method_not_allowed",
        "This cannot be done here",
        "The path exists, but not with this method: see the header Allow.",
    ),
}
