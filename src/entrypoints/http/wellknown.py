"""The development issuer's public keys. In production there is no such issuer, and this is 404."""

from typing import Any

from fastapi import APIRouter
from starlette.exceptions import HTTPException

from entrypoints.http.deps import use
from entrypoints.http.strict import StrictRoute

router = APIRouter(include_in_schema=False, route_class=StrictRoute)


@router.get("/.well-known/jwks.json")
async def jwks(keys: dict[str, Any] | None = use(lambda c: c.published_keys)) -> dict[str, Any]:
    """A JSON Web Key Set: RFC 7517."""
    if keys is None:
        raise HTTPException(404)
    return keys
