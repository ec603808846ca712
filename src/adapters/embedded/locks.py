"""Advisory file locks: the operating system drops them with the process, however that ends."""

import os
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from adapters.embedded.account import is_root
from adapters.embedded.errors import EmbeddedPostgresUnavailable

if sys.platform != "win32":
    import fcntl

_POLL = 0.02


class FileLock:
    """A lock on one file, held at most once by this object. Not inherited by child processes.

    Windows has no shared file lock in Python: there it always succeeds, and the first process to leave
    stops the server for all.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None

    def acquire(self, *, shared: bool, wait: float = 0) -> bool:
        """Take the lock within `wait` seconds. False where another holds it for longer."""
        self._file = self._file or _opened(self._path)
        deadline = time.monotonic() + wait
        while not _locked(self._file, shared=shared):
            if time.monotonic() >= deadline:
                self.release()
                return False
            time.sleep(_POLL)
        return True

    def release(self) -> None:
        """Give the lock up, if it is held."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


@contextmanager
def serialised(path: Path, wait: float) -> Generator[None]:
    """One process at a time. Raises EmbeddedPostgresUnavailable after `wait` seconds."""
    lock = FileLock(path)
    if not lock.acquire(shared=False, wait=wait):
        raise EmbeddedPostgresUnavailable(
            f"Another process has been starting or stopping PostgreSQL for {wait:.0f} seconds. "
            f"It holds {path}. Wait for it, or end it, and try again."
        )
    try:
        yield
    finally:
        lock.release()


def _opened(path: Path) -> int:
    file = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600)
    if is_root() and sys.platform != "win32":
        # Under sudo the folder's owner must be able to open it later.
        folder = path.parent.stat()
        os.fchown(file, folder.st_uid, folder.st_gid)
    return file


def _locked(file: int, *, shared: bool) -> bool:
    if sys.platform == "win32":
        return True
    try:
        fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
