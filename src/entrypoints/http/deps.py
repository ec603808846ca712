"""What routes take from the request: who acts, and the use cases of this application's container."""

from collections.abc import Callable
from typing import Annotated, Any, TypeVar, cast

from dependency_injector.providers import Provider
from fastapi import Depends, Request
from fastapi.security import HTTPBearer

from domain.access import Actor
from entrypoints.container import Container

T = TypeVar("T")
SECURITY_SCHEME = "accessToken"

# Declares the scheme in the OpenAPI document. The token itself was verified before routing.
_bearer = HTTPBearer(
    auto_error=False,
    bearerFormat="JWT",
    scheme_name=SECURITY_SCHEME,
    description="The JWT of your sign-in service (Better Auth), an API token of `POST /api/v1/tokens`, "
    "or in development what `remit token` prints.",
)


def use(pick: Callable[[type[Container]], Provider[T]]) -> T:
    """A default value that resolves a provider from the application's container.

    Where the request runs within a unit of work that is open already, the use case works in it.

    Async, so that it runs on the event loop: a sync dependency would hop to the thread pool.
    """

    async def resolve(request: Request) -> T:
        provider = pick(request.app.state.container)
        units = getattr(request.state, "units", None)
        return provider() if units is None else provider(units=units)

    return cast(T, Depends(resolve))


async def _actor(request: Request, _: Annotated[Any, Depends(_bearer)]) -> Actor:
    return cast(Actor, request.state.actor)


Caller = Annotated[Actor, Depends(_actor)]
