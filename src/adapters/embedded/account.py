"""The operating-system user that PostgreSQL runs as, and running commands as that user."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from adapters.embedded.errors import EmbeddedPostgresUnavailable

if sys.platform != "win32":
    import pwd

_SERVICE_ACCOUNTS = ("postgres", "nobody")
# What a server may see of our environment: no PG* variable that would redirect it, and no secret of ours.
_ENVIRONMENT = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "TMPDIR", "TEMP", "TMP", "SYSTEMROOT")
_COULD_NOT_RUN = 126


@dataclass(frozen=True, slots=True)
class Finished:
    """How a command ended, with all it wrote."""

    code: int
    output: str

    @property
    def tail(self) -> str:
        """The last lines: what an operator needs to see of a failure."""
        return "\n".join(self.output.strip().splitlines()[-15:])


@dataclass(frozen=True, slots=True)
class Account:
    """Who runs PostgreSQL: ourselves (no uid), or another user where we are root, which it refuses."""

    uid: int | None = None
    gid: int | None = None

    @property
    def is_other(self) -> bool:
        """Whether files must be given to it and reached by it."""
        return self.uid is not None

    def give(self, path: Path) -> None:
        """Make the account the owner of `path`."""
        if sys.platform != "win32" and self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)

    def run(
        self,
        command: Sequence[str | Path],
        *,
        cwd: Path,
        variables: Mapping[str, str] = {},
        script: str = "",
        timeout: float = 120,
    ) -> Finished:
        """Run a command to its end as this account; `script` is its standard input.

        The output goes through a file: a server that a command leaves behind would hold a pipe open. The
        session is its own, so that Ctrl-C in the terminal does not reach PostgreSQL.
        """
        with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as source:
            source.write(script.encode())
            source.seek(0)
            try:
                done = subprocess.run(  # noqa: S603 - our own commands, never a shell
                    [str(part) for part in command],
                    cwd=cwd,
                    env=_environment(variables),
                    stdin=source,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    timeout=timeout,
                    start_new_session=True,
                    check=False,
                    user=self.uid,
                    group=self.gid,
                    extra_groups=[] if self.is_other else None,
                )
            except subprocess.TimeoutExpired:
                name = Path(command[0]).name
                raise EmbeddedPostgresUnavailable(
                    f"{name} did not finish in {timeout:.0f} seconds."
                ) from None
            except OSError as error:
                return Finished(_COULD_NOT_RUN, str(error))
            output.seek(0)
            return Finished(done.returncode, output.read().decode(errors="replace"))


def is_root() -> bool:
    """Whether we are the one user that PostgreSQL refuses to run as."""
    return sys.platform != "win32" and os.geteuid() == 0


def account_for(*places: Path) -> Account:
    """Who is to run a server with files in these places; the first that belongs to somebody decides.

    As root it is the user who owns a place already (so that `sudo` leaves no file the user cannot
    open), else `postgres`, else `nobody`.
    """
    if sys.platform == "win32" or not is_root():
        return Account()
    for place in places:
        owner = _owner(place)
        if owner is not None:
            return owner
    for name in _SERVICE_ACCOUNTS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    raise EmbeddedPostgresUnavailable(
        "PostgreSQL does not run as root, and there is neither a user postgres nor nobody to run it as. "
        "Run this as another user, or set REMIT_DATABASE_URL."
    )


def _owner(place: Path) -> Account | None:
    """The owner, unless it is root or a number without a name, which initdb refuses."""
    if sys.platform == "win32" or not place.exists():
        return None
    try:
        entry = pwd.getpwuid(place.stat().st_uid)
    except KeyError:
        return None
    return Account(entry.pw_uid, entry.pw_gid) if entry.pw_uid else None


def _environment(variables: Mapping[str, str]) -> dict[str, str]:
    kept = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    return {**kept, "LC_ALL": "C", **variables}
