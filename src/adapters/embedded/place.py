"""Where the server's files go: places that the account which runs it can really reach."""

import hashlib
import os
import re
import shutil
import stat
import tempfile
from pathlib import Path

from adapters.embedded.account import Account, account_for, is_root
from adapters.embedded.errors import EmbeddedPostgresUnavailable

SHARED = Path("/var/lib/remit")  # root only: what another user must reach and cannot where it is
CLUSTER = "cluster"
PORT = 5432  # in a socket's name only

_POINTER = "ELSEWHERE.txt"
_SOCKET_PATH_BYTES = 100  # the system's limit is 108, on macOS 104, with the closing zero
# Commas, colons and quotes mean something to PostgreSQL's setting and to the drivers' host lists.
_PLAIN_PATH = re.compile(r"/[A-Za-z0-9/._+=~@-]*")


def made(directory: Path) -> Path:
    """The folder, created if need be, as an absolute path: private, but root lets its server pass through."""
    directory = directory.absolute()
    directory.parent.mkdir(parents=True, exist_ok=True)
    _make(directory, 0o711 if is_root() else 0o700)
    return directory.resolve()


def settled(directory: Path) -> tuple[Path, Account]:
    """The folder that holds the cluster, and the account that runs it. One process at a time.

    It is the directory itself, but for root where the account cannot get there (a checkout below a
    root-only folder): then a folder below `SHARED`, which a note in the directory points at.
    """
    account = account_for(directory / CLUSTER, directory)
    moved = _pointed_at(directory)
    if moved is None and _keeps(account, directory):
        return directory, account
    home = moved or _moved(directory)
    return home, account_for(home / CLUSTER, home)


def shared_folder() -> Path:
    """The folder below which root keeps what other users must reach."""
    SHARED.mkdir(parents=True, exist_ok=True)
    SHARED.chmod(0o755)
    return SHARED


def socket_folder(home: Path, account: Account) -> Path:
    """A private folder for the server's socket, below `home` unless that path is too long for a socket."""
    folder = home / "run"
    if not _fits(folder):
        folder = _short(home)
    _make(folder, 0o700, account)
    owner = folder.lstat()
    if not stat.S_ISDIR(owner.st_mode) or owner.st_uid not in {os.geteuid(), account.uid}:
        raise EmbeddedPostgresUnavailable(f"{folder} belongs to another user. Remove it and try again.")
    return folder


def _make(path: Path, mode: int, account: Account | None = None) -> None:
    try:
        path.mkdir(mode)
    except FileExistsError:
        return
    path.chmod(mode)  # whatever the umask took away
    if account is not None:
        account.give(path)


def _keeps(account: Account, directory: Path) -> bool:
    """Whether the account can keep files below the directory, found out by trying."""
    if not account.is_other or (directory / CLUSTER).exists():
        return True
    trial = Path(tempfile.mkdtemp(prefix="trial-", dir=directory))
    try:
        account.give(trial)
        return account.run(["/bin/sh", "-c", 'cd "$1" && : >file', "sh", trial], cwd=Path("/")).code == 0
    except PermissionError:
        return False
    finally:
        shutil.rmtree(trial, ignore_errors=True)


def _pointed_at(directory: Path) -> Path | None:
    try:
        home = Path((directory / _POINTER).read_text().splitlines()[0])
    except (FileNotFoundError, IndexError):
        return None
    return home if home.is_dir() else None


def _moved(directory: Path) -> Path:
    # A name of its own each time: a directory made anew where one was deleted begins with an empty database.
    prefix = f"{directory.name.lstrip('.') or 'data'}-{_digest(directory)}-"
    home = Path(tempfile.mkdtemp(prefix=prefix, dir=shared_folder()))
    home.chmod(0o711)
    draft = directory / f"{_POINTER}.new"
    draft.write_text(
        f"{home}\n\nPostgreSQL keeps its data in the folder above: it does not run as root, and the user it\n"
        "runs as cannot reach this folder. Delete that folder, too, when you delete this one.\n"
    )
    draft.replace(directory / _POINTER)
    return home


def _short(home: Path) -> Path:
    name = f"remit-{_digest(home)}-{os.geteuid()}"
    for parent in (Path(tempfile.gettempdir()), Path("/tmp")):  # noqa: S108 - owner and mode are checked
        if _fits(parent / name):
            return parent / name
    raise EmbeddedPostgresUnavailable(
        "The path of the temporary folder is too long. Set TMPDIR to a shorter one."
    )


def _fits(folder: Path) -> bool:
    name = str(folder / f".s.PGSQL.{PORT}")
    return len(os.fsencode(name)) <= _SOCKET_PATH_BYTES and _PLAIN_PATH.fullmatch(str(folder)) is not None


def _digest(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]
