"""What can be done to tasks."""

from typing import Any, cast
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from application.task_places import Placing
from application.task_views import prepare, prepare_trees, prepare_whole
from application.tasks import Children
from domain import attached
from domain.task import BLOCKERS_MAX, LABELS_MAX, Priority, Task, TaskChanges
from domain.task import Verb as StatusVerb
from entrypoints.http.refs import LabelRef, ProjectRef, SectionRef, TaskRef
from entrypoints.http.shown import ChecklistItem, Description, Link, Title
from entrypoints.http.values import Day, Flag
from entrypoints.http.verbs import Given, Verb

PLACE = ("project_id", "section_id", "parent_id")


class _Sent(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Titled(_Sent):
    title: Title


class _Retitled(_Sent):
    title: Title | None = Field(None, description="Cannot be cleared")


class TaskValues(_Sent):
    """What a task has of its own, but for its title."""

    description: Description | None = None
    priority: Priority | None = None
    due_date: Day | None = Field(None, description="A whole day, as 2026-11-24")
    labels: list[LabelRef] | None = Field(None, max_length=LABELS_MAX, description="All that it shall have")
    blocked_by: list[TaskRef] | None = Field(
        None, max_length=BLOCKERS_MAX, description="All tasks that must be closed before"
    )
    checklist: list[ChecklistItem] | None = Field(None, max_length=attached.ITEMS_MAX)
    links: list[Link] | None = Field(None, max_length=attached.LINKS_MAX)


class TaskPatch(TaskValues, _Retitled):
    """RFC 7396: a field that is left out stays as it is, null clears it."""


class TaskCreate(TaskValues, _Titled):
    """A new task. Fields that are left out, or null, take their defaults."""

    id: UUID | None = Field(None, description="Your own id for it; a UUIDv7 is made if you send none")
    project_id: ProjectRef | None = Field(None, description="null: the Inbox; left out: the default project")
    section_id: SectionRef | None = None
    parent_id: TaskRef | None = Field(None, description="The task that it is a subtask of")


class TaskMove(_Sent):
    """Where it shall be: what is left out follows from the rest, or stays."""

    project_id: ProjectRef | None = Field(None, description="null: the Inbox")
    section_id: SectionRef | None = Field(None, description="null: of no section")
    parent_id: TaskRef | None = Field(None, description="null: no subtask")
    before: TaskRef | None = Field(None, description="The sibling that it shall stand before")
    after: TaskRef | None = Field(None, description="The sibling that it shall stand after")


class StartQuery(BaseModel):
    """How to start. Queries leave what they do not know to the route."""

    override: Flag = Field(False, description="Although it is blocked; the journal says override_start")


class CompleteQuery(BaseModel):
    """How to complete."""

    children: Children = Field(Children.REFUSE, description="What becomes of open subtasks")
    override: Flag = Field(False, description="Although it is blocked; the journal says override_complete")


class Duplicate(_Sent):
    """How to copy."""

    new_id: UUID | None = Field(None, description="Your own id for the copy")
    tree: bool = Field(True, strict=True, description="With all that is in it")


class Attach(Link):
    """A link to attach. One with the same `href` is replaced."""


class Detach(_Sent):
    """A link to take away."""

    href: str = Field(max_length=attached.HREF_MAX)


def changes_of(values: TaskValues) -> TaskChanges:
    """What was sent of a task's own values, and nothing that was left out."""
    sent = values.model_dump(exclude_unset=True, exclude={"id", *PLACE, "checklist", "links"})
    if "checklist" in values.model_fields_set:
        items = values.checklist or ()
        sent["checklist"] = [attached.ChecklistItem(**item.model_dump()) for item in items]
    if "links" in values.model_fields_set:
        sent["links"] = [attached.Link(**link.model_dump()) for link in values.links or ()]
    return cast(TaskChanges, sent)


def _placing(values: BaseModel) -> Placing:
    return cast(Placing, values.model_dump(include=set(PLACE), exclude_unset=True))


async def _create(given: Given) -> Any:
    tasks = given.use(lambda c: c.tasks)
    return await tasks.create(given.actor, changes_of(given.args), _placing(given.args), given.id)


async def _update(given: Given) -> Any:
    tasks = given.use(lambda c: c.tasks)
    return await tasks.edit(given.actor, given.id, changes_of(given.args), given.expected)


async def _move(given: Given) -> Any:
    to = given.args
    tasks = given.use(lambda c: c.tasks)
    return await tasks.move(given.actor, given.id, _placing(to), to.before, to.after, given.expected)


async def _delete(given: Given) -> None:
    await given.use(lambda c: c.tasks).delete(given.actor, given.id, given.expected)


async def _duplicate(given: Given) -> Any:
    tasks = given.use(lambda c: c.tasks)
    return await tasks.duplicate(given.actor, given.id, tree=given.args.tree, new_id=given.args.new_id)


async def _attach(given: Given) -> Any:
    link = attached.Link(**given.args.model_dump(exclude={"id"}))
    return await given.use(lambda c: c.tasks).attach(given.actor, given.id, link, given.expected)


async def _detach(given: Given) -> Any:
    return await given.use(lambda c: c.tasks).detach(given.actor, given.id, given.args.href, given.expected)


def _status(verb: StatusVerb, summary: str, args: type[BaseModel] | None = None) -> Verb:
    async def run(given: Given) -> Any:
        how: dict[str, Any] = {} if args is None else given.args.model_dump(exclude={"id"})
        tasks = given.use(lambda c: c.tasks)
        return await tasks.apply(given.actor, given.id, verb, given.expected, **how)

    return Verb(
        name=f"task.{verb}",
        operation=f"{verb}_task",
        summary=f"{summary} Repeating it changes nothing. Any other status refuses it: 409.",
        run=run,
        args=args,
        kind=Task,
        asked=True,
        prepare=prepare_whole if verb is StatusVerb.COMPLETE else prepare,
        errors=CHANGED,
    )


CHANGED = (400, 403, 404, 409, 412, 413)
CREATE = Verb(
    name="task.create",
    operation="create_task",
    summary=(
        "Make a task to do, the last one of its place. Sending the same `id` twice makes one "
        "task: the second answer is 409."
    ),
    run=_create,
    args=TaskCreate,
    made=Task,
    errors=(400, 403, 409, 413),
)
UPDATE = Verb(
    name="task.update",
    operation="edit_task",
    summary=(
        "Change some fields. The status is changed by complete, reopen, start and cancel, the place by move."
    ),
    run=_update,
    args=TaskPatch,
    kind=Task,
    prepare=prepare,
    errors=CHANGED,
)
DELETE = Verb(
    name="task.delete",
    operation="delete_task",
    summary="Move a task to the trash, with its subtasks. Repeating it changes nothing.",
    run=_delete,
    kind=Task,
    prepare=prepare_trees,
    errors=CHANGED,
)
DUPLICATE = Verb(
    name="task.duplicate",
    operation="duplicate_task",
    summary="Make another task like it, to do, right after it.",
    run=_duplicate,
    args=Duplicate,
    kind=Task,
    made=Task,
    prepare=prepare_whole,
    errors=(400, 403, 404, 409, 413),
)
MOVE = Verb(
    name="task.move",
    operation="move_task",
    summary=(
        "Move a task, and all below it, to another place, or before or after a sibling; else "
        "to the end of the place."
    ),
    run=_move,
    args=TaskMove,
    kind=Task,
    prepare=prepare_whole,
    errors=CHANGED,
)
ATTACH = Verb(
    name="task.attach",
    operation="attach_link",
    summary="Attach a link. Attaching the same one again changes nothing.",
    run=_attach,
    args=Attach,
    kind=Task,
    prepare=prepare,
    errors=CHANGED,
)
DETACH = Verb(
    name="task.detach",
    operation="detach_link",
    summary="Take a link away. Repeating it changes nothing.",
    run=_detach,
    args=Detach,
    kind=Task,
    prepare=prepare,
    errors=CHANGED,
)
ACTS = (
    _status(StatusVerb.START, "An open task becomes in_progress.", StartQuery),
    _status(StatusVerb.COMPLETE, "An open task becomes done.", CompleteQuery),
    _status(StatusVerb.CANCEL, "An open task becomes cancelled."),
    _status(StatusVerb.REOPEN, "A closed task becomes todo again."),
    MOVE,
    ATTACH,
    DETACH,
)
VERBS = (CREATE, UPDATE, *ACTS, DELETE, DUPLICATE)
