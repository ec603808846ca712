"""Batches over REST."""

from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field

from application.batch import COMMANDS_MAX, Batch, Command, Mode, Outcome
from application.ports import Ids
from domain.api_token import ApiToken
from domain.errors import RemitError, StaleVersion
from domain.task import Task
from entrypoints.http.commands import CreateTask, Given, SentCommand
from entrypoints.http.deps import Caller, use
from entrypoints.http.documented import Problem, problems
from entrypoints.http.problems import members_of, status_of
from entrypoints.http.strict import StrictRoute
from entrypoints.http.tasks import TaskOut
from entrypoints.http.tokens import TokenCreated, TokenOut

router = APIRouter(prefix="/api/v1/batch", tags=["batch"], route_class=StrictRoute)


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
    data: TaskOut | TokenCreated | None = None
    error: Refusal | None = None


class BatchOut(BaseModel):
    """What became of all of them."""

    results: list[Result]
    temp_ids: dict[str, UUID] = Field(description="What was made under each temporary id")


class FailedBatchProblem(Problem):
    """With `batch_failed`: a command of an atomic batch was refused, so nothing was done."""

    results: list[Result] = Field([], description="What became of each command, with `batch_failed`")


@router.post("", responses=problems(400, 403, 409, 413, 415, s409=FailedBatchProblem))
async def run_batch(
    values: BatchIn,
    caller: Caller,
    request: Request,
    batch: Batch = use(lambda c: c.batch),
    ids: Ids = use(lambda c: c.ids),
) -> BatchOut:
    """Run up to 100 commands in one transaction, with one round of statements where they are alike."""
    commands, made = _commands(values.commands, request, ids)
    outcomes = await batch.run(caller, values.mode, commands)
    done = {outcome.id for outcome in outcomes if outcome.error is None}
    return BatchOut(
        results=results(outcomes),
        temp_ids={name: uuid for name, (command, uuid) in made.items() if command in done},
    )


def results(outcomes: Iterable[object]) -> list[Result]:
    """As they are answered."""
    return [_result(outcome) for outcome in outcomes if isinstance(outcome, Outcome)]


def _commands(
    sent: Sequence[SentCommand], request: Request, new: Ids
) -> tuple[list[Command], Mapping[str, tuple[str, UUID]]]:
    """What to run, and by temporary id: which command makes it, and the id that it gets."""
    temporary: dict[str, UUID] = {}
    made: dict[str, tuple[str, UUID]] = {}
    commands: list[Command] = []
    seen: set[str] = set()
    for place, one in enumerate(sent):
        if one.id in seen:
            _refuse("duplicate", place, "id")
        seen.add(one.id)
        chosen = one.args.id if isinstance(one, CreateTask) else None
        uuid = chosen or new.new()
        commands.append(one.command(Given(request.app.state.container, uuid, temporary, place)))
        name = getattr(one, "temp_id", None)
        if name is not None:
            if name in temporary or _is_uuid(name):
                _refuse("duplicate", place, "temp_id")
            temporary[name], made[name] = uuid, (one.id, uuid)
    return commands, made


def _refuse(kind: str, place: int, field: str) -> None:
    raise RequestValidationError([{"type": kind, "loc": ("body", "commands", place, field)}])


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _result(outcome: Outcome) -> Result:
    if not outcome.run:
        return Result(id=outcome.id, status=HTTPStatus.FAILED_DEPENDENCY)
    if outcome.error is not None:
        return Result(id=outcome.id, status=status_of(outcome.error), error=_refusal(outcome.error))
    data = _data(outcome.result)
    status = HTTPStatus.NO_CONTENT if data is None else HTTPStatus.OK
    if isinstance(data, TokenCreated) or (isinstance(data, TaskOut) and data.version == 1):
        status = HTTPStatus.CREATED
    return Result(id=outcome.id, status=status, data=data)


def _data(result: Any) -> TaskOut | TokenCreated | None:
    match result:
        case Task():
            return TaskOut.model_validate(result)
        case (ApiToken() as token, str(text)):
            return TokenCreated(**TokenOut.model_validate(token).model_dump(), token=text)
        case _:
            return None


def _refusal(error: RemitError) -> Refusal:
    more = members_of(error)
    if isinstance(error, StaleVersion) and isinstance(error.current, Task):
        more["current"] = TaskOut.model_validate(error.current).model_dump(mode="json")
    return Refusal(code=error.code, title=error.title, detail=error.detail, **more)
