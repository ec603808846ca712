"""Every operation under /api, how to ask for it, and what of somebody else's it could name."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi.routing import APIRoute

from entrypoints.http.app import ROUTERS


@dataclass(frozen=True)
class Row:
    """`names` is the kind of thing in the path. `lists` is the member of an answer that lists things. `refused` is how an
    account that has done nothing of the kind is answered."""

    body: Mapping[str, Any] | None = None
    names: str | None = None
    lists: str | None = None
    refused: int | None = None


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
}


def operations() -> Iterator[APIRoute]:
    """The routes under /api, as the application has them."""
    for router in ROUTERS:
        for route in router.routes:
            if isinstance(route, APIRoute) and route.path.startswith("/api"):
                yield route
