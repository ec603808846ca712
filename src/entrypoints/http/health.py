"""For whoever runs the service: is it alive, and can it serve?"""

from http import HTTPStatus
from typing import Literal

import structlog
from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from application.readiness import Readiness
from entrypoints.http.deps import use
from entrypoints.http.strict import StrictRoute

log = structlog.get_logger("remit.health")
router = APIRouter(tags=["operations"], route_class=StrictRoute)


class Alive(BaseModel):
    """The process answers."""

    status: Literal["alive"] = "alive"


class Ready(BaseModel):
    """Whether every dependency is in order. What is wrong is in the log: it is nobody else's business."""

    status: Literal["ready", "not_ready"]
    checks: dict[str, Literal["ok", "failed"]] = Field(examples=[{"database": "ok", "migrations": "ok"}])


@router.get("/livez")
async def livez() -> Alive:
    """Answers while the process does. Restart it when this fails."""
    return Alive()


@router.get(
    "/readyz", responses={503: {"model": Ready, "description": "Something it depends on is not in order"}}
)
async def readyz(response: Response, readiness: Readiness = use(lambda c: c.readiness)) -> Ready:
    """Looks at the database, its migrations and the keys of sign-in. Send no requests while this fails."""
    found = await readiness.problems()
    for name, problem in found.items():
        if problem is not None:
            log.warning("not ready", check=name, problem=problem)
    ready = all(problem is None for problem in found.values())
    response.status_code = HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE
    return Ready(
        status="ready" if ready else "not_ready",
        checks={name: "ok" if problem is None else "failed" for name, problem in found.items()},
    )
