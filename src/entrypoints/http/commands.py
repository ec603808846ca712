"""The commands of a batch, as they are sent: every verb of every kind of thing."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal, TypeGuard, Union, cast
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler, create_model
from pydantic_core import CoreSchema

from application.batch import Command
from application.ports import UnitsOfWork
from domain.access import Actor
from domain.thing import Thing
from entrypoints.container import Container
from entrypoints.http import comments, labels, me, projects, sections, task_verbs, tokens, trash, views
from entrypoints.http.values import Line
from entrypoints.http.verbs import Given, Verb

TempId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$", description="A name for what is made")]
CommandId = Annotated[Line, Field(min_length=1, max_length=64, description="Yours: the result has the same")]
Version = Annotated[int, Field(ge=0, strict=True)]
PAGES = (task_verbs, projects, sections, labels, comments, views, trash, me, tokens)
VERBS: Mapping[str, Verb] = {verb.name: verb for page in PAGES for verb in page.VERBS}


class Sent(BaseModel):
    """One command: what each verb's own model has in common."""

    model_config = ConfigDict(extra="forbid")

    id: CommandId
    verb: str
    args: Any


class Making(Sent):
    """One that makes something."""

    temp_id: TempId | None = None


class Conditional(Sent):
    """One that takes a precondition."""

    if_version: Version | None = Field(None, description="The command's If-Match")


def _arguments(verb: Verb) -> type[BaseModel]:
    named: dict[str, Any] = (
        {} if verb.kind is None else {"id": (UUID, Field(description="An id, or a temp_id"))}
    )
    name = f"{_camel(verb)}Arguments"
    if verb.args is None:
        return create_model(name, __config__=ConfigDict(extra="forbid"), __doc__="Which one.", **named)
    if not named:
        return verb.args
    strict = {"extra": "forbid"}
    return create_model(name, __base__=verb.args, __doc__=verb.args.__doc__, __cls_kwargs__=strict, **named)


def _model(verb: Verb) -> type[Sent]:
    base = Making if verb.makes else Conditional if verb.versioned else Sent
    fields: dict[str, Any] = {"verb": (Literal[verb.name], ...), "args": (_arguments(verb), ...)}
    return create_model(f"{_camel(verb)}Command", __base__=base, __doc__=verb.summary, **fields)


def _camel(verb: Verb) -> str:
    return "".join(part.title() for part in verb.name.replace(".", "_").split("_"))


MODELS = {name: _model(verb) for name, verb in VERBS.items()}


class _ByVerb:
    """Reads a command as its verb's own model."""

    def __get_pydantic_core_schema__(self, _: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        models: Any = Union[tuple(MODELS.values())]  # noqa: UP007 - of as many as there are verbs
        return handler.generate_schema(Annotated[models, Field(discriminator="verb")])


SentCommand = Annotated[Sent, _ByVerb()]


def command(sent: Sent, container: Container) -> Command:
    """What to run."""
    verb = VERBS[sent.verb]
    args = sent.args
    version = sent.if_version if isinstance(sent, Conditional) else None

    async def run(units: UnitsOfWork, actor: Actor) -> Any:
        expected = None if version is None else frozenset({version})
        return await verb.run(Given(container, units, actor, getattr(args, "id", None), args, expected))

    prepare = None if verb.prepare is None else (verb.prepare, args.id)
    return Command(sent.id, verb.scope, run, _named(verb, args), prepare, verb.makes)


def _named(verb: Verb, args: Any) -> list[tuple[type[Thing], UUID]]:
    """Everything that it names, and the id for what it makes: that may be taken."""
    found: list[tuple[type[Thing], UUID]] = []
    for name, kind in verb.refs.items():
        value = getattr(args, name)
        several = value if _is_list(value) else [value]
        found += [(kind, one) for one in several if one is not None]
    own = verb.kind or verb.made
    if own is not None:
        found += [(own, one) for one in (args.id, getattr(args, "new_id", None)) if one is not None]
    return found


def with_ids(body: Any, new: Callable[[], UUID]) -> Any:
    """The body with an id for all that is made, and temporary ids of commands before replaced by theirs."""
    temporary: dict[str, str] = {}
    for one in _list(_object(body).get("commands")):
        sent = _object(one)
        verb, args = VERBS.get(str(sent.get("verb"))), sent.get("args")
        if verb is not None and isinstance(args, dict):
            given = _object(args)
            _replace(verb, given, temporary)
            if verb.makes:
                made = given[verb.makes_as] = given.get(verb.makes_as) or str(new())
                name = sent.get("temp_id")
                if isinstance(name, str):
                    temporary.setdefault(name, str(made))
    return body


def _object(value: Any) -> dict[str, Any]:
    """The JSON object itself; an empty one in place of anything else."""
    return cast(dict[str, Any], value) if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    """The JSON array itself; an empty one in place of anything else."""
    return value if _is_list(value) else []


def _is_list(value: Any) -> TypeGuard[list[Any]]:
    return isinstance(value, list)


def _replace(verb: Verb, args: dict[str, Any], temporary: Mapping[str, str]) -> None:
    for name in ("id", *verb.refs) if verb.kind is not None else verb.refs:
        value = args.get(name)
        if isinstance(value, str):
            args[name] = temporary.get(value, value)
        elif _is_list(value):
            args[name] = [temporary.get(one, one) if isinstance(one, str) else one for one in value]
