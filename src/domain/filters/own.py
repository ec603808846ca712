"""What can be asked about a task itself: one entry a field.

A new field is an entry here, a value of Facts, and what the SQL compiler reads for its attribute.
"""

from domain.filters.types import Field, Type
from domain.task import Priority, Status

OWN = (
    Field(name="id", type=Type.ID, noun="id", attribute="id", indexed=True, description="The task's id."),
    Field(name="title", type=Type.TEXT, noun="title", attribute="title", description="The title."),
    Field(
        name="description", type=Type.TEXT, noun="description", attribute="description",
        description="The description, perhaps empty.",
    ),
    Field(
        name="text", type=Type.BODY, noun="title or description", attribute="text",
        description="Title or description; a quoted text alone means this.",
    ),
    Field(
        name="status", type=Type.CHOICE, noun="status", attribute="status", choices=tuple(Status),
        indexed=True, description="Where the task stands.",
    ),
    Field(
        name="priority", type=Type.RANK, noun="priority", attribute="priority", choices=tuple(Priority),
        description="From none, the least, to urgent.",
    ),
    Field(
        name="created_at", type=Type.INSTANT, noun="creation", attribute="created_at", indexed=True,
        description="When it was made.",
    ),
    Field(
        name="updated_at", type=Type.INSTANT, noun="last change", attribute="updated_at",
        description="When it was last changed.",
    ),
    Field(
        name="completed_at", type=Type.INSTANT, noun="completion", attribute="completed_at", nullable=True,
        description="When it was completed; null unless done.",
    ),
    Field(
        name="due_date", type=Type.DATE, noun="due date", attribute="due_date", nullable=True, indexed=True,
        description="The day it is due.",
    ),
    Field(
        name="rank", type=Type.KEY, noun="rank", attribute="rank",
        description="What orders it among its siblings, by code points.",
    ),
    Field(
        name="version", type=Type.NUMBER, noun="version", attribute="version",
        description="How often it was changed, and one.",
    ),
    Field(
        name="project", type=Type.NAME, noun="project", attribute="project_name", id_attribute="project_id",
        null_name="Inbox", nullable=True, indexed=True,
        description="Its project, by name or id; the Inbox is null.",
    ),
    Field(
        name="project_archived", type=Type.BOOLEAN, noun="in an archived project",
        attribute="project_archived", description="Whether its project is archived; false in the Inbox.",
    ),
    Field(
        name="section", type=Type.NAME, noun="section", attribute="section_name", id_attribute="section_id",
        nullable=True, indexed=True, description="Its section, by name or id.",
    ),
    Field(
        name="label", type=Type.NAME, noun="label", attribute="label_names", id_attribute="label_ids",
        nullable=True, many=True, indexed=True, description="Its labels, by name or id; null is none.",
    ),
    Field(
        name="parent", type=Type.ID, noun="parent", attribute="parent_id", nullable=True, indexed=True,
        description="The id of the task that it is a subtask of.",
    ),
    Field(
        name="has_subtasks", type=Type.BOOLEAN, noun="a parent of subtasks", attribute="has_subtasks",
        description="Whether it has subtasks.",
    ),
    Field(
        name="subtasks", type=Type.NUMBER, noun="number of subtasks", attribute="subtasks",
        description="How many subtasks it has.",
    ),
    Field(
        name="subtasks_closed", type=Type.NUMBER, noun="number of closed subtasks",
        attribute="subtasks_closed", description="How many of them are closed.",
    ),
    Field(
        name="blocked_by", type=Type.ID, noun="blocker", attribute="blocked_by", nullable=True, many=True,
        indexed=True, description="The ids of the tasks to be closed before, open or not; null is none.",
    ),
    Field(
        name="blocks", type=Type.ID, noun="task that waits for it", attribute="blocks", nullable=True,
        many=True, indexed=True,
        description="The ids of the tasks that it is to be closed before; null is none.",
    ),
    Field(
        name="ready", type=Type.BOOLEAN, noun="ready", attribute="ready",
        description="Whether it can be begun: open, and nothing open blocks it.",
    ),
    Field(
        name="blocked", type=Type.BOOLEAN, noun="blocked", attribute="blocked",
        description="Whether a task that is still open blocks it.",
    ),
    Field(
        name="blocked_by_open", type=Type.NUMBER, noun="number of open blockers", attribute="blocked_by_open",
        description="How many tasks that are still open block it.",
    ),
    Field(
        name="comment", type=Type.BODY, noun="comment", attribute="comments", nullable=True, many=True,
        description="Its comments; null is none.",
    ),
    Field(
        name="checklist", type=Type.BODY, noun="checklist item", attribute="checklist", nullable=True,
        many=True, description="The texts of its checklist; null is none.",
    ),
    Field(
        name="checked", type=Type.BODY, noun="ticked checklist item", attribute="checked", nullable=True,
        many=True, description="Those of its checklist that are ticked; null is none.",
    ),
    Field(
        name="unchecked", type=Type.BODY, noun="checklist item to tick", attribute="unchecked", nullable=True,
        many=True, description="Those of its checklist that are not ticked; null is nothing left to tick.",
    ),
    Field(
        name="link", type=Type.TEXT, noun="link", attribute="links", nullable=True, many=True,
        description="Where its links lead; null is none.",
    ),
    Field(
        name="link_title", type=Type.TEXT, noun="link title", attribute="link_titles", nullable=True,
        many=True, description="The titles of its links, of those that have one.",
    ),
    Field(
        name="link_rel", type=Type.TEXT, noun="link relation", attribute="link_rels", nullable=True,
        many=True, description="What its links are to it, as related.",
    ),
)  # fmt: skip
