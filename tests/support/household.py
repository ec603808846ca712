"""One thing of each kind, each tied to others, as the use cases make them."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from adapters.clock import SystemClock, UuidV7
from adapters.seal import HmacSeal
from application.api_tokens import ApiTokens
from application.comments import Comments
from application.labels import Labels
from application.ports import UnitsOfWork
from application.preferences import Account
from application.projects import Projects
from application.saved_views import Views
from application.sections import Sections
from application.tasks import Tasks
from domain.access import Actor, Scope
from domain.api_token import ApiTokenKind
from domain.change import EntityKind
from domain.ids import LabelId, ProjectId, TaskId
from domain.usage import LIMITS


@dataclass(frozen=True)
class UseCases:
    """What one does with things, over one store."""

    tasks: Tasks
    projects: Projects
    sections: Sections
    labels: Labels
    comments: Comments
    views: Views
    account: Account
    tokens: ApiTokens


def use_cases(units: UnitsOfWork) -> UseCases:
    clock, ids, seal = SystemClock(), UuidV7(), HmacSeal(b"k" * 32)
    return UseCases(
        Tasks(units, clock, ids, seal),
        Projects(units, clock, ids),
        Sections(units, clock, ids),
        Labels(units, clock, ids),
        Comments(units, clock, ids),
        Views(units, clock, ids, seal),
        Account(units, clock, LIMITS),
        ApiTokens(units, clock, ids),
    )


@dataclass(frozen=True)
class Household:
    """Ids: a task in a section of a project within another one, with a label, a blocker, a subtask and a
    comment; one task more, in the trash; a view; a token; and the project is the default.
    """

    outer: UUID
    project: UUID
    section: UUID
    label: UUID
    blocker: UUID
    task: UUID
    subtask: UUID
    comment: UUID
    view: UUID
    trashed: UUID
    token: UUID

    @property
    def of_kind(self) -> dict[EntityKind, UUID]:
        return {
            EntityKind.TASK: self.task,
            EntityKind.PROJECT: self.project,
            EntityKind.SECTION: self.section,
            EntityKind.LABEL: self.label,
            EntityKind.COMMENT: self.comment,
            EntityKind.VIEW: self.view,
            EntityKind.API_TOKEN: self.token,
        }


async def household(units: UnitsOfWork, owner: Actor) -> Household:
    """Make all of it for the owner."""
    of = use_cases(units)
    outer = await of.projects.create(owner, {"name": "outer"})
    project = await of.projects.create(owner, {"name": "mine"}, outer.id)
    section = await of.sections.create(owner, {"name": "mine"}, project.id)
    label = await of.labels.create(owner, {"name": "mine"})
    blocker = (await of.tasks.create(owner, {"title": "blocker"}, {"project_id": None})).task
    values = {"title": "mine", "labels": [LabelId(label.id)], "blocked_by": [TaskId(blocker.id)]}
    task = (await of.tasks.create(owner, values, {"section_id": section.id})).task
    subtask = (await of.tasks.create(owner, {"title": "part"}, {"parent_id": task.id})).task
    comment = await of.comments.create(owner, task.id, "mine")
    view = await of.views.create(owner, {"name": "mine", "filter": "open"})
    trashed = (await of.tasks.create(owner, {"title": "trashed"}, {"project_id": None})).task
    await of.tasks.delete(owner, trashed.id)
    await of.account.prefer(owner, {"default_project_id": ProjectId(project.id)})
    token, _ = await of.tokens.create(
        owner, name="mine", kind=ApiTokenKind.AGENT, scopes=[Scope.TASKS_READ], lifetime=timedelta(hours=1)
    )
    ids = (outer, project, section, label, blocker, task, subtask, comment, view, trashed, token)
    return Household(*(one.id for one in ids))
