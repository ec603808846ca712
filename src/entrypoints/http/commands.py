"""The commands of a batch, as they are sent: every verb of every entity."""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field

from application.api_tokens import ApiTokens
from application.batch import Command
from application.ports import UnitsOfWork
from application.tasks import Tasks
from domain.access import Actor, Scope
from domain.task import Verb
from entrypoints.container import Container
from entrypoints.http.strict import Line
from entrypoints.http.tasks import TaskCreate, TaskPatch, sent
from entrypoints.http.tokens import TokenCreate

TempId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
CommandId = Annotated[Line, Field(min_length=1, max_length=64, description="Yours: the result has the same")]
Version = Annotated[int, Field(ge=1, strict=True)]
Ref = Annotated[
    str,
    Field(
        min_length=1,
        max_length=64,
        description="An id, or the temp_id of a command before",
        examples=["018f8f6e-0000-7000-8000-000000000000"],
    ),
]


@dataclass(frozen=True, slots=True)
class Given:
    """What a command is made with: an id for what it makes, what temporary ids mean, where it stands."""

    container: Container
    made: UUID
    temporary: Mapping[str, UUID]
    place: int

    def named(self, ref: str) -> UUID:
        """The id that is meant. Raises RequestValidationError."""
        try:
            return self.temporary.get(ref) or UUID(ref)
        except ValueError:
            where = ("body", "commands", self.place, "args", "id")
            raise RequestValidationError([{"type": "uuid_parsing", "loc": where}]) from None

    def tasks(self, units: UnitsOfWork) -> Tasks:
        """The use cases of tasks, within the batch."""
        return self.container.tasks(units=units)

    def api_tokens(self, units: UnitsOfWork) -> ApiTokens:
        """The use cases of API tokens, within the batch."""
        return self.container.api_tokens(units=units)


class _Sent(BaseModel):
    model_config = ConfigDict(extra="forbid")

    id: CommandId

    @abstractmethod
    def command(self, given: Given) -> Command:
        """What to run."""


class _Named(BaseModel):
    model_config = ConfigDict(extra="forbid")

    id: Ref


class _Making(_Sent):
    temp_id: TempId | None = Field(None, description="A name for what is made, for the commands after it")


class CreateTask(_Making):
    """Make a task."""

    verb: Literal["task.create"]
    args: TaskCreate

    def command(self, given: Given) -> Command:
        async def run(units: UnitsOfWork, actor: Actor) -> Any:
            return await given.tasks(units).create(actor, sent(self.args), given.made)

        return Command(self.id, Scope.TASKS_WRITE, run, [given.made])


class TaskUpdate(TaskPatch):
    """RFC 7396: a field that is left out stays as it is, null clears it."""

    id: Ref


class UpdateTask(_Sent):
    """Change some fields of a task."""

    verb: Literal["task.update"]
    args: TaskUpdate
    if_version: Version | None = None

    def command(self, given: Given) -> Command:
        task_id, changes = given.named(self.args.id), sent(self.args)

        async def run(units: UnitsOfWork, actor: Actor) -> Any:
            return await given.tasks(units).edit(actor, task_id, changes, _versions(self.if_version))

        return Command(self.id, Scope.TASKS_WRITE, run, [task_id])


class ApplyToTask(_Sent):
    """What can be done to a task's status."""

    verb: Literal["task.start", "task.complete", "task.cancel", "task.reopen"]
    args: _Named
    if_version: Version | None = None

    def command(self, given: Given) -> Command:
        task_id, verb = given.named(self.args.id), Verb(self.verb.removeprefix("task."))

        async def run(units: UnitsOfWork, actor: Actor) -> Any:
            return await given.tasks(units).apply(actor, task_id, verb, _versions(self.if_version))

        return Command(self.id, Scope.TASKS_WRITE, run, [task_id])


class DeleteTask(_Sent):
    """Move a task to the trash."""

    verb: Literal["task.delete"]
    args: _Named
    if_version: Version | None = None

    def command(self, given: Given) -> Command:
        task_id = given.named(self.args.id)

        async def run(units: UnitsOfWork, actor: Actor) -> None:
            await given.tasks(units).delete(actor, task_id, _versions(self.if_version))

        return Command(self.id, Scope.TASKS_DELETE, run, [task_id])


class CreateToken(_Making):
    """Make an API token."""

    verb: Literal["api_token.create"]
    args: TokenCreate

    def command(self, given: Given) -> Command:
        async def run(units: UnitsOfWork, actor: Actor) -> Any:
            return await given.api_tokens(units).create(
                actor,
                name=self.args.name,
                kind=self.args.kind,
                scopes=self.args.scopes,
                lifetime=timedelta(seconds=self.args.expires_in),
                token_id=given.made,
            )

        return Command(self.id, Scope.ACCOUNT_ADMIN, run)


class RevokeToken(_Sent):
    """Revoke an API token."""

    verb: Literal["api_token.revoke"]
    args: _Named

    def command(self, given: Given) -> Command:
        token_id = given.named(self.args.id)

        async def run(units: UnitsOfWork, actor: Actor) -> None:
            await given.api_tokens(units).revoke(actor, token_id)

        return Command(self.id, Scope.ACCOUNT_ADMIN, run)


SentCommand = Annotated[
    CreateTask | UpdateTask | ApplyToTask | DeleteTask | CreateToken | RevokeToken,
    Field(discriminator="verb"),
]


def _versions(version: int | None) -> frozenset[int] | None:
    return None if version is None else frozenset({version})
