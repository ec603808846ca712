"""What is rendered is what the models say."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from application.views import Progress, TaskView
from domain.access import ALL_SCOPES
from domain.api_token import ApiToken, ApiTokenKind
from domain.attached import ChecklistItem, Link
from domain.builtin_views import BUILTINS
from domain.change import Head, record
from domain.comment import Comment
from domain.ids import ApiTokenId, CommentId, LabelId, ProjectId, SectionId, TaskId, ViewId
from domain.label import Label
from domain.preferences import Preferences
from domain.project import Project, Section
from domain.task import Priority, Status
from domain.view import Grouping, View
from entrypoints.http.rendering import dumped, rendered
from entrypoints.http.shown import shown
from entrypoints.http.told import ChangeOut
from tests.support.actors import actor
from tests.support.things import NOW, task_of

ME = actor("rendered")
TASK = task_of(
    ME,
    title='Ünï \u2028 "quoted"', description="d", status=Status.DONE, priority=Priority.HIGH,
    project_id=ProjectId(uuid4()), section_id=SectionId(uuid4()), parent_id=TaskId(uuid4()),
    labels=frozenset(LabelId(uuid4()) for _ in range(3)), blocked_by=frozenset(TaskId(uuid4()) for _ in range(3)),
    checklist=(ChecklistItem(title="one"), ChecklistItem(title="two", checked=True)),
    links=(Link(href="https://example.com/", rel="source", title="mail"),),
    completed_at=NOW + timedelta(days=1), version=7,
)  # fmt: skip
TOKEN = ApiToken.issue(
    ME, ApiTokenId(uuid4()), name="n", kind=ApiTokenKind.AGENT, scopes=ALL_SCOPES,
    lifetime=timedelta(hours=1), digest=b"d" * 32, now=NOW.replace(microsecond=0),
)  # fmt: skip
PROJECT = Project.create(
    ME.account_id, ProjectId(uuid4()), {"name": "p", "color": "#00ff00"}, NOW, parent_id=None, rank="a0"
)
THINGS: list[Any] = [
    TaskView(task_of(ME)),
    TaskView(TASK, Progress(3, 2), 1),
    PROJECT,
    PROJECT.archive(NOW),
    Section.create(ME.account_id, SectionId(uuid4()), {"name": "s"}, NOW, project_id=PROJECT.id, rank="a0"),
    Label.create(ME.account_id, LabelId(uuid4()), {"name": "l"}, NOW),
    Comment.create(ME.account_id, CommentId(uuid4()), TASK.id, "ada", "body", NOW).edit("again", NOW),
    View.create(ME.account_id, ViewId(uuid4()), {"name": "v"}, NOW),
    View.create(
        ME.account_id, ViewId(uuid4()), {"name": "v", "filter": "OPEN", "grouping": Grouping.DAY}, NOW
    ),
    *BUILTINS.values(),
    Preferences.of(ME.account_id),
    Preferences.of(ME.account_id).edit({"time_zone": "Europe/Berlin"}, NOW),
    TOKEN,
    replace(TOKEN, revoked_at=NOW, last_used_at=NOW),
    (TOKEN, "remit_secret"),
]


@pytest.mark.parametrize("thing", THINGS, ids=lambda thing: type(thing).__name__)
def test_things_are_rendered_as_their_models_say(thing: Any) -> None:
    modelled = shown(thing).model_dump(mode="json")
    if "scopes" in modelled:  # a set: the model leaves its order to chance
        modelled["scopes"].sort()
    assert json.loads(dumped(rendered(thing))) == modelled


def test_changes_are_rendered_as_their_model_says() -> None:
    for before, after in ((None, TASK), (TASK, replace(TASK, title="u", version=8)), (TASK, None)):
        change = record(ME, Head(3, b"h", NOW), NOW, before, after, "verb")
        told = json.loads(dumped(rendered(change)))
        assert told == ChangeOut.model_validate(change).model_dump(mode="json")
