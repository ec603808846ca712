"""Things as they are answered, and their entity tags."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from application.views import TaskView
from domain import attached, comment, label, project, view
from domain.access import Scope
from domain.api_token import NAME_MAX, ApiToken, ApiTokenKind
from domain.builtin_views import BY_SCORE, Builtin, BuiltinView
from domain.comment import Comment
from domain.label import Label
from domain.preferences import Preferences
from domain.project import Project, Section
from domain.task import DESCRIPTION_MAX, TITLE_MAX, Priority, Status
from domain.view import Grouping, View
from entrypoints.http.preconditions import entity_tag


def text(at_most: int, at_least: int = 0, **more: Any) -> Any:
    """How a text is described. The domain enforces these limits, after trimming; here they are only said."""
    least = {"minLength": at_least} if at_least else {}
    return WithJsonSchema({"type": "string", **least, "maxLength": at_most, **more})


Title = Annotated[str, text(TITLE_MAX, 1, examples=["Water the plants"])]
Description = Annotated[str, text(DESCRIPTION_MAX, description="Markdown")]
ProjectName = Annotated[str, text(project.NAME_MAX, 1, examples=["Garden"])]
LabelName = Annotated[str, text(label.NAME_MAX, 1, examples=["errand"])]
ViewName = Annotated[str, text(view.NAME_MAX, 1, examples=["Errands"])]
TokenName = Annotated[str, text(NAME_MAX, 1)]
Body = Annotated[str, text(comment.BODY_MAX, 1, description="Markdown")]
Color = Annotated[
    str, WithJsonSchema({"type": "string", "pattern": "^#[0-9a-f]{6}$", "examples": ["#3b82f6"]})
]


class _Out(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class ChecklistItem(BaseModel):
    """Something to tick off."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)

    title: Annotated[str, text(attached.ITEM_TITLE_MAX, 1)]
    checked: bool = Field(False, strict=True)


class Link(BaseModel):
    """Where something of the task is."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)

    href: Annotated[str, text(attached.HREF_MAX, 1, format="uri")]
    rel: Annotated[str, text(attached.REL_MAX, 1)] = Field(
        "related", description="A link relation (RFC 8288)"
    )
    title: Annotated[str, text(attached.LINK_TITLE_MAX)] = ""


class SubtasksOut(_Out):
    """How far the subtasks are."""

    total: int
    closed: int = Field(description="Done or cancelled")


class TaskOut(_Out):
    """A task."""

    id: UUID
    title: Title
    description: Description
    status: Status
    priority: Priority
    due_date: date | None = Field(description="A whole day, the same one in every time zone")
    project_id: UUID | None = Field(description="null: the Inbox")
    section_id: UUID | None
    parent_id: UUID | None = Field(description="The task that it is a subtask of")
    rank: str = Field(description="Its order among its siblings, compared byte by byte; see move")
    labels: list[UUID]
    blocked_by: list[UUID] = Field(description="Tasks to be closed before; those in the trash do not count")
    checklist: list[ChecklistItem]
    links: list[Link]
    subtasks: SubtasksOut
    blocked_by_open: int = Field(description="How many open tasks block it")
    ready: bool = Field(description="Whether it is open and nothing blocks it")
    created_at: datetime
    updated_at: datetime
    completed_at: datetime | None = Field(description="When it was completed, while it is done")
    version: int = Field(description="Grows by one with every change", ge=1)

    @classmethod
    def of(cls, view: TaskView) -> "TaskOut":
        """As it is answered."""
        task = view.task
        return cls(
            **{name: getattr(task, name) for name in _OF_TASK},
            labels=sorted(task.labels),
            blocked_by=sorted(task.blocked_by),
            checklist=[ChecklistItem.model_validate(item) for item in task.checklist],
            links=[Link.model_validate(link) for link in task.links],
            subtasks=SubtasksOut.model_validate(view.progress),
            blocked_by_open=view.blocked_by_open,
            ready=view.ready,
        )


_OWN = {"labels", "blocked_by", "checklist", "links", "subtasks", "blocked_by_open", "ready"}
_OF_TASK = tuple(name for name in TaskOut.model_fields if name not in _OWN)


class ProjectOut(_Out):
    """A project."""

    id: UUID
    name: ProjectName
    description: Description
    color: Color | None
    parent_id: UUID | None = Field(description="The project that it is in")
    rank: str = Field(description="Its order among its siblings, compared byte by byte; see move")
    archived_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int = Field(ge=1)


class SectionOut(_Out):
    """A part of a project."""

    id: UUID
    project_id: UUID | None = Field(description="null: the Inbox")
    name: ProjectName
    rank: str
    created_at: datetime
    updated_at: datetime
    version: int = Field(ge=1)


class LabelOut(_Out):
    """A label."""

    id: UUID
    name: LabelName
    color: Color | None
    created_at: datetime
    updated_at: datetime
    version: int = Field(ge=1)


class CommentOut(_Out):
    """A comment on a task."""

    id: UUID
    task_id: UUID
    author: str = Field(description="Who the journal says wrote it")
    body: Body
    edited_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int = Field(ge=1)


class ViewOut(_Out):
    """A view: one that was saved, or one that is built in."""

    id: UUID | Builtin = Field(union_mode="left_to_right", description="Of one that is built in, its word")
    name: ViewName
    filter: str | None = Field(description="In canonical form; null: all tasks")
    sort: str | None = Field(
        description="As lists of tasks take it; null: the newest first. Of a built-in view perhaps "
        f"{BY_SCORE}, which no list takes: by score, the highest first",
        examples=["-priority,due_date", BY_SCORE],
    )
    grouping: Grouping | None = Field(description="How its tasks are told apart; null: not at all")
    builtin: bool = Field(description="Whether every account has it, and none can change it")
    created_at: datetime | None = Field(description="null of one that is built in")
    updated_at: datetime | None = Field(description="null of one that is built in")
    version: int = Field(ge=0, description="0 of one that is built in")


class PreferencesOut(_Out):
    """What the account likes."""

    time_zone: str = Field(description="A name of the IANA database", examples=["Europe/Berlin"])
    locale: str = Field(description="A language tag (BCP 47)", examples=["en"])
    first_day_of_week: int = Field(ge=1, le=7, description="From 1, Monday, to 7")
    default_project_id: UUID | None = Field(description="Where new tasks go; null: the Inbox")
    updated_at: datetime | None
    version: int = Field(ge=0, description="0 until something is changed")


class TokenOut(_Out):
    """An API token, without its text."""

    id: UUID
    name: TokenName
    kind: ApiTokenKind
    scopes: list[Scope]
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    last_used_at: datetime | None = Field(description="Noted at most once an hour")


class TokenCreated(TokenOut):
    """A new API token, with its text."""

    token: str = Field(description="Shown this once: only a digest of it is kept")


AnyOut = (
    TaskOut | ProjectOut | SectionOut | LabelOut | CommentOut | ViewOut | PreferencesOut
    | TokenCreated | TokenOut
)  # fmt: skip
_MODELS: Mapping[type[Any], type[BaseModel]] = {
    Project: ProjectOut,
    Section: SectionOut,
    Label: LabelOut,
    Comment: CommentOut,
    View: ViewOut,
    BuiltinView: ViewOut,
    Preferences: PreferencesOut,
    ApiToken: TokenOut,
}


def shown(thing: Any) -> Any:
    """The answer that shows what a use case answers."""
    match thing:
        case TaskView():
            return TaskOut.of(thing)
        case (ApiToken() as token, str(secret)):
            return TokenCreated(**TokenOut.model_validate(token).model_dump(), token=secret)
        case _:
            return _MODELS[type(thing)].model_validate(thing)


def tag_of(thing: Any) -> str:
    """The strong entity tag of that answer. What follows from other things is part of it."""
    match thing:
        case TaskView():
            follows = (thing.progress.total, thing.progress.closed, thing.blocked_by_open)
            return entity_tag(thing.task.version, *follows)
        case {"version": version, "subtasks": subtasks, "blocked_by_open": blocked}:
            return entity_tag(version, subtasks["total"], subtasks["closed"], blocked)
        case (ApiToken() as token, _):
            return entity_tag(token.version)
        case _:
            return entity_tag(thing.version)
