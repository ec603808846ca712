"""One verb for many tasks over REST."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from application.batch import Batch, Mode
from entrypoints.http.batch import FailedBatchProblem, Result, results
from entrypoints.http.commands import SentCommand, command
from entrypoints.http.deps import Caller, use
from entrypoints.http.documented import problems
from entrypoints.http.rendering import answer
from entrypoints.http.strict import StrictRoute
from entrypoints.http.task_verbs import ACTS, DELETE, UPDATE

router = APIRouter(prefix="/api/v1/tasks", tags=["tasks"], route_class=StrictRoute)

IDS_MAX = 200
AFFECTED_MAX = 1_000
_COMMANDS: TypeAdapter[Any] = TypeAdapter(SentCommand)
_VERBS = tuple(verb.name for verb in (UPDATE, *ACTS, DELETE))


class BulkIn(BaseModel):
    """Which tasks, and what to do with each of them."""

    model_config = ConfigDict(extra="forbid")

    ids: list[UUID] = Field(min_length=1, max_length=IDS_MAX)
    verb: str = Field(
        description="As in a batch: task.update, task.complete, task.move ...", examples=["task.complete"]
    )
    args: dict[str, Any] = Field(default_factory=dict, description="What the verb takes, without the id")
    mode: Mode = Field(Mode.ATOMIC, description="Whether one that is refused takes back all, or only itself")
    max_affected: int = Field(
        IDS_MAX, ge=1, le=AFFECTED_MAX, strict=True, description="If more things would change, none does"
    )


class BulkOut(BaseModel):
    """What became of each."""

    results: list[Result] = Field(description="In the order of ids; `id` is the task's")


@router.post(
    "/bulk", response_model=BulkOut, responses=problems(400, 403, 409, 413, 415, s409=FailedBatchProblem)
)
async def change_tasks(
    values: BulkIn, caller: Caller, request: Request, batch: Batch = use(lambda c: c.batch)
) -> Response:
    """Do the same with up to 200 tasks, in one transaction."""
    if len(set(values.ids)) != len(values.ids):
        raise RequestValidationError([{"type": "duplicate", "loc": ("body", "ids")}])
    if values.verb not in _VERBS:
        expected = ", ".join(f"'{name}'" for name in _VERBS)
        raise RequestValidationError(
            [{"type": "literal_error", "loc": ("body", "verb"), "ctx": {"expected": expected}}]
        )
    if "id" in values.args:
        raise RequestValidationError([{"type": "extra_forbidden", "loc": ("body", "args", "id")}])
    container = request.app.state.container
    commands = [command(_sent(values, task_id), container) for task_id in values.ids]
    outcomes = await batch.run(caller, values.mode, commands, values.max_affected)
    return answer({"results": results(outcomes)})


def _sent(values: BulkIn, task_id: UUID) -> Any:
    one = {"id": str(task_id), "verb": values.verb, "args": {**values.args, "id": str(task_id)}}
    try:
        return _COMMANDS.validate_python(one)
    except ValidationError as error:
        found = [
            {**each, "loc": ("body", *(part for part in each["loc"] if part != values.verb))}
            for each in error.errors(include_input=False, include_url=False)
        ]
        raise RequestValidationError(found) from None
