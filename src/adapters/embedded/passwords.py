"""The passwords of one cluster, in one file that only its user can read."""

import json
import os
import secrets
from pathlib import Path

from adapters.embedded.account import is_root
from adapters.embedded.errors import EmbeddedPostgresUnavailable

ADMIN = "postgres"
OWNER = "remit_owner"
APP = "remit_app"

_ROLES = (ADMIN, OWNER, APP)
_BYTES = 24


def passwords(path: Path, *, cluster_exists: bool) -> dict[str, str]:
    """The password of each role, made at the first call.

    Raises EmbeddedPostgresUnavailable where they are lost but the data are not: new ones would not fit.
    """
    try:
        found = json.loads(path.read_text())
        return {role: str(found[role]) for role in _ROLES}
    except FileNotFoundError:
        if not cluster_exists:
            return _created(path)
        reason = "is missing"
    except (ValueError, KeyError, TypeError):
        reason = "cannot be read"
    raise EmbeddedPostgresUnavailable(
        f"The passwords file {path} {reason}, and PostgreSQL's data cannot be opened without it. "
        f"Restore the file, or delete the folder {path.parent} to begin with an empty database."
    )


def _created(path: Path) -> dict[str, str]:
    """Written whole or not at all: the name appears when the content is on disk."""
    made = {role: secrets.token_urlsafe(_BYTES) for role in _ROLES}
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(made, file, indent=2)
        file.flush()
        os.fsync(file.fileno())
    if is_root():
        folder = path.parent.stat()
        os.chown(draft, folder.st_uid, folder.st_gid)
    draft.replace(path)
    return made
