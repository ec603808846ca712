"""Batches over REST."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field

from application.batch import COMMANDS_MAX, Batch, Mode, Outcome
from domain.errors import RemitError, StaleVersion
from entrypoints.http.commands import Making, Sent, SentCommand, command, with_ids
from entrypoints.http.deps import Caller, use
from entrypoints.http.documented import Problem, problems
from entrypoints.http.problems import members_of, status_of
from entrypoints.http.rendering import answer, rendered
from entrypoints.http.shown import AnyOut
from entrypoints.http.strict import StrictRequest, StrictRoute


class BatchRoute(StrictRoute):
    """Knows which id each temporary id stands for before anything is read."""

    async def prepare(self, request: StrictRequest) -> None:
        request.replace_json(with_ids(await request.json(), request.app.state.container.ids().new))


router = APIRouter(prefix="/api/v1/batch", tags=["batch"], route_class=BatchRoute)


class BatchIn(BaseModel):
    """Commands, run in their order."""

    model_config = ConfigDict(extra="forbid")

    mode: Mode = Field(description="Whether one that is refused takes back all, or only itself")
    commands: list[SentCommand] = Field(min_length=1, max_length=COMMANDS_MAX)


class Refusal(BaseModel):
    """Why a command was refused: what the same request by itself would have been answered."""

    model_config = ConfigDict(extra="allow")

    code: str
    title: str
    detail: str


class Result(BaseModel):
    """What became of a command."""

    id: str
    status: int = Field(description="As the request by itself; 424 where it was not run")
    data: AnyOut | None = None
    error: Refusal | None = None


class BatchOut(BaseModel):
    """What became of all of them."""

    results: list[Result]
    temp_ids: dict[str, UUID] = Field(description="What was made under each temporary id")


class FailedBatchProblem(Problem):
    """With `batch_failed`: a command of an atomic batch was refused, so nothing was done."""

    results: list[Result] = Field([], description="What became of each command, with `batch_failed`")


@router.post(
    "",
    response_model=BatchOut,
    responses=problems(400, 403, 409, 413, 415, s409=FailedBatchProblem),
)
async def run_batch(
    values: BatchIn, caller: Caller, request: Request, batch: Batch = use(lambda c: c.batch)
) -> Response:
    """Run up to 100 commands in one transaction, with one round of statements where they are alike."""
    made = _made(values.commands)
    commands = [command(sent, request.app.state.container) for sent in values.commands]
    outcomes = await batch.run(caller, values.mode, commands)
    done = {outcome.id for outcome in outcomes if outcome.error is None}
    temp_ids = {name: uuid for name, (by, uuid) in made.items() if by in done}
    return answer({"results": results(outcomes), "temp_ids": temp_ids})


def results(outcomes: Iterable[object]) -> list[dict[str, Any]]:
    """As they are answered: each a Result."""
    return [_result(outcome) for outcome in outcomes if isinstance(outcome, Outcome)]


def _made(sent: Iterable[Sent]) -> dict[str, tuple[str, UUID]]:
    """By temporary id: which command makes it, and the id that it gets. Raises RequestValidationError."""
    made: dict[str, tuple[str, UUID]] = {}
    seen: set[str] = set()
    for place, one in enumerate(sent):
        if one.id in seen:
            _refuse(place, "id")
        seen.add(one.id)
        name = one.temp_id if isinstance(one, Making) else None
        if name is not None:
            if name in made or _is_uuid(name):
                _refuse(place, "temp_id")
            made[name] = one.id, getattr(one.args, "new_id", None) or one.args.id
    return made


def _refuse(place: int, field: str) -> None:
    raise RequestValidationError([{"type": "duplicate", "loc": ("body", "commands", place, field)}])


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _result(outcome: Outcome) -> dict[str, Any]:
    data = error = None
    if not outcome.run:
        status: int = HTTPStatus.FAILED_DEPENDENCY
    elif outcome.error is not None:
        status, error = status_of(outcome.error), _refusal(outcome.error)
    elif outcome.result is None:
        status = HTTPStatus.NO_CONTENT
    else:
        status = HTTPStatus.CREATED if outcome.made else HTTPStatus.OK
        data = rendered(outcome.result)
    return {"id": outcome.id, "status": status, "data": data, "error": error}


def _refusal(error: RemitError) -> dict[str, Any]:
    more = members_of(error)
    if isinstance(error, StaleVersion):
        more["current"] = rendered(error.current)
    return {"code": error.code, "title": error.title, "detail": error.detail, **more}
