"""Every operation under /api, how to ask for it, and what of somebody else's it could name."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from fastapi.routing import APIRoute

from entrypoints.http.app import ROUTERS
from entrypoints.http.unsafe import QUESTIONS, SAFE


@dataclass(frozen=True)
class Row:
    """`names` is the kind of thing in the path. `lists` is the member of an answer that lists things. `refused` is how an
    account that has done nothing of the kind is answered. `query` is what must be asked. In a body, "$name" stands for an
    id of the caller's own things, and "$new" for something new."""

    body: Mapping[str, Any] | None = None
    names: str | None = None
    lists: str | None = None
    refused: int | None = None
    query: str = ""

    def sent(self, things: object) -> Any:
        """The body, of somebody who has these things."""
        return filled(self.body, things)


def filled(value: Any, things: object) -> Any:
    """With the ids of the things in the places of their names."""
    if isinstance(value, Mapping):
        return {name: filled(part, things) for name, part in value.items()}
    if isinstance(value, list):
        return [filled(part, things) for part in value]
    if not isinstance(value, str) or not value.startswith("$"):
        return value
    return str(uuid4()) if value == "$new" else getattr(things, value[1:], str(uuid4()))


TABLE: Mapping[str, Row] = {
    "create_task": Row(body={"title": "t"}),
    "list_tasks": Row(lists="items"),
    "get_task": Row(names="task_id"),
    "edit_task": Row(names="task_id", body={"title": "stolen"}),
    "delete_task": Row(names="task_id"),
    "start_task": Row(names="task_id"),
    "complete_task": Row(names="task_id"),
    "cancel_task": Row(names="task_id"),
    "reopen_task": Row(names="task_id"),
    "move_task": Row(names="task_id", body={"before": "$other_task_id"}),
    "attach_link": Row(names="task_id", body={"href": "https://example.com/"}),
    "detach_link": Row(names="task_id", body={"href": "https://example.com/"}),
    "duplicate_task": Row(names="task_id", body={}),
    "change_tasks": Row(body={"ids": ["$task_id"], "verb": "task.complete"}),
    "compile_filter": Row(body={"filter": "overdue"}),
    "list_filter_fields": Row(),
    "search_tasks": Row(lists="items", query="q=mine"),
    "explain_task": Row(names="task_id", body={"filter": "overdue"}),
    "get_summary": Row(),
    "create_project": Row(body={"name": "p"}),
    "list_projects": Row(lists="items"),
    "get_project": Row(names="project_id"),
    "edit_project": Row(names="project_id", body={"name": "stolen"}),
    "move_project": Row(names="project_id", body={"parent_id": None}),
    "archive_project": Row(names="project_id"),
    "unarchive_project": Row(names="project_id"),
    "duplicate_project": Row(names="project_id", body={}),
    "delete_project": Row(names="project_id"),
    "create_section": Row(body={"name": "s"}),
    "list_sections": Row(lists="items"),
    "get_section": Row(names="section_id"),
    "edit_section": Row(names="section_id", body={"name": "stolen"}),
    "move_section": Row(names="section_id", body={"project_id": None}),
    "delete_section": Row(names="section_id"),
    "create_label": Row(body={"name": "$new"}),
    "list_labels": Row(lists="items"),
    "get_label": Row(names="label_id"),
    "edit_label": Row(names="label_id", body={"name": "$new"}),
    "merge_label": Row(names="label_id", body={"into": "$other_label_id"}),
    "delete_label": Row(names="label_id"),
    "create_comment": Row(body={"task_id": "$task_id", "body": "c"}),
    "list_comments": Row(lists="items"),
    "get_comment": Row(names="comment_id"),
    "edit_comment": Row(names="comment_id", body={"body": "stolen"}),
    "delete_comment": Row(names="comment_id"),
    "create_view": Row(body={"name": "$new", "filter": "overdue"}),
    "list_views": Row(lists="items"),
    "get_view": Row(names="view_id"),
    "list_view_tasks": Row(names="view_id"),
    "edit_view": Row(names="view_id", body={"name": "stolen"}),
    "delete_view": Row(names="view_id"),
    "list_trash": Row(lists="items"),
    "restore_from_trash": Row(names="thing_id"),
    "purge_from_trash": Row(names="thing_id", query="count=1"),
    "empty_trash": Row(query="count=1"),
    "get_task_history": Row(names="task_id"),
    "revert_change": Row(names="change_id"),
    "revert_changes": Row(body={"request_id": "0" * 32}, refused=404),
    "get_snapshot": Row(),
    "stream_changes": Row(),
    "list_changes": Row(lists="items"),
    "get_change": Row(names="change_id"),
    "verify_changes": Row(),
    "run_batch": Row(
        body={"mode": "atomic", "commands": [{"id": "1", "verb": "task.create", "args": {"title": "t"}}]}
    ),
    "apply_plan": Row(names="plan"),
    "create_token": Row(body={"name": "n", "kind": "agent", "scopes": ["tasks:read"], "expires_in": 60}),
    "list_tokens": Row(lists="items"),
    "revoke_token": Row(names="token_id"),
    "get_me": Row(),
    "edit_preferences": Row(body={"locale": "de"}),
    "get_usage": Row(),
}


def changes_something(route: APIRoute) -> bool:
    """Whether it is more than a question, however that is asked."""
    return route.name not in QUESTIONS and not SAFE.issuperset(route.methods)


def operations() -> Iterator[APIRoute]:
    """The routes under /api, as the application has them."""
    for router in ROUTERS:
        for route in router.routes:
            if isinstance(route, APIRoute) and route.path.startswith("/api"):
                yield route
