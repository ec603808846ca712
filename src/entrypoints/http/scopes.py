"""Which scope each operation needs: the one place that says so. None needs an access token alone."""

from collections.abc import Mapping

from domain.access import Scope

SCOPES: Mapping[str, Scope | None] = {
    "create_task": Scope.TASKS_WRITE,
    "list_tasks": Scope.TASKS_READ,
    "get_task": Scope.TASKS_READ,
    "edit_task": Scope.TASKS_WRITE,
    "delete_task": Scope.TASKS_DELETE,
    "start_task": Scope.TASKS_WRITE,
    "complete_task": Scope.TASKS_WRITE,
    "cancel_task": Scope.TASKS_WRITE,
    "reopen_task": Scope.TASKS_WRITE,
    "get_task_history": Scope.TASKS_READ,
    "revert_change": Scope.TASKS_WRITE,
    "revert_changes": Scope.TASKS_WRITE,
    "get_snapshot": Scope.TASKS_READ,
    "stream_changes": Scope.TASKS_READ,
    "list_changes": Scope.TASKS_READ,
    "get_change": Scope.TASKS_READ,
    "verify_changes": Scope.ACCOUNT_ADMIN,
    "run_batch": None,
    "apply_plan": None,
    "create_token": Scope.ACCOUNT_ADMIN,
    "list_tokens": Scope.ACCOUNT_ADMIN,
    "revoke_token": Scope.ACCOUNT_ADMIN,
    "get_me": None,
}
