"""For whoever runs the service: is it alive, and can it serve?"""

from http import HTTPStatus
from typing import Literal

import structlog
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from application.readiness import Readiness
from entrypoints.http.deps import use
from entrypoints.http.documented import Problem, problems
from entrypoints.http.problems import HttpProblem, problem
from entrypoints.http.strict import StrictRoute

log = structlog.get_logger("remit.health")
router = APIRouter(tags=["operations"], route_class=StrictRoute)


class Alive(BaseModel):
    """The process answers."""

    status: Literal["alive"] = "alive"


class Ready(BaseModel):
    """Every dependency is in order."""

    status: Literal["ready"] = "ready"
    checks: dict[str, Literal["ok"]] = Field(examples=[{"database": "ok", "migrations": "ok"}])


class UnreadyProblem(Problem):
    """Some dependency is not in order. What is wrong is in the log: it is nobody else's business."""

    checks: dict[str, Literal["ok", "failed"]]


@router.get("/livez", responses=problems())
async def livez() -> Alive:
    """Answers while the process does. Restart it when this fails."""
    return Alive()


@router.get("/readyz", response_model=Ready, responses=problems(s503=UnreadyProblem))
async def readyz(request: Request, readiness: Readiness = use(lambda c: c.readiness)) -> Ready | Response:
    """Looks at the database, its migrations and the keys of sign-in. Send no requests while this fails."""
    found = await readiness.problems()
    for name, wrong in found.items():
        if wrong is not None:
            log.warning("not ready", check=name, problem=wrong)
    if all(wrong is None for wrong in found.values()):
        return Ready(checks=dict.fromkeys(found, "ok"))
    refusal = HttpProblem(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "not_ready",
        "Something this depends on is not in order",
        "The log says what. Send no requests until this answers 200.",
    )
    checks = {name: "ok" if wrong is None else "failed" for name, wrong in found.items()}
    return problem(request.scope, refusal, checks=checks)
