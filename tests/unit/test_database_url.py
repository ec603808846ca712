"""Connection URLs as operators paste them."""

import inspect
import ssl
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import asyncpg
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import create_async_engine

from adapters.postgres.url import DatabaseUrl, DatabaseUrlError

NEON = (
    "postgresql://remit_app:pw@ep-cool-name-123456-pooler.eu-central-1.aws.neon.tech/neondb"
    "?sslmode=require&channel_binding=require"
)
DIALECT = {"prepared_statement_cache_size", "prepared_statement_name_func"}


def driver_arguments(parsed: DatabaseUrl) -> dict[str, object]:
    """What asyncpg.connect gets, SQLAlchemy's own arguments aside."""
    dialect = create_async_engine(parsed.url).dialect
    positional, named = dialect.create_connect_args(parsed.url)
    assert positional == []
    given = {**named, **parsed.connect_args("test", 5)}
    return {name: value for name, value in given.items() if name not in DIALECT}


@pytest.mark.rule("DB-9", "DB-10")
def test_neons_own_url() -> None:
    parsed = DatabaseUrl.parse(NEON)
    assert parsed.pooled
    assert (parsed.user, parsed.password) == ("remit_app", "pw")
    assert parsed.tls is not None
    assert parsed.tls.check_hostname
    assert parsed.tls.verify_mode is ssl.CERT_REQUIRED
    arguments = driver_arguments(parsed)
    assert arguments.keys() <= inspect.signature(asyncpg.connect).parameters.keys()
    assert arguments["host"] == "ep-cool-name-123456-pooler.eu-central-1.aws.neon.tech"
    assert (arguments["user"], arguments["password"], arguments["database"]) == ("remit_app", "pw", "neondb")
    assert arguments["ssl"] is parsed.tls
    assert arguments["statement_cache_size"] == 0
    own = parsed.connect_args("test", 5)
    assert own["prepared_statement_cache_size"] == 0
    assert own["prepared_statement_name_func"]() == ""
    assert "server_settings" not in arguments


@pytest.mark.rule("DB-9")
def test_a_direct_host_keeps_its_caches() -> None:
    parsed = DatabaseUrl.parse(NEON.replace("-pooler", ""))
    assert not parsed.pooled
    assert "statement_cache_size" not in parsed.connect_args("test", 5)
    assert parsed.connect_args("test", 5)["server_settings"] == {"application_name": "test"}


@pytest.mark.rule("DB-9")
@pytest.mark.parametrize(
    ("host", "parameter", "pooled"),
    [
        ("db.example", "?pgbouncer=true", True),
        ("db.example", "?pgbouncer=1", True),
        ("db.example", "?pgbouncer", True),
        ("db.example", "?pgbouncer=false", False),
        ("db.example", "", False),
        ("ep-a-pooler.neon.tech", "?pgbouncer=false", False),
        ("ep-a-pooler.neon.tech", "", True),
    ],
)
def test_a_pooler_is_known_by_its_host_or_by_the_parameter(host: str, parameter: str, pooled: bool) -> None:
    assert DatabaseUrl.parse(f"postgresql://u:p@{host}/d{parameter}").pooled is pooled


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+asyncpg"])
def test_percent_encoded_parts(scheme: str) -> None:
    password = "p@ss:w/o?r#d %ü&="
    parsed = DatabaseUrl.parse(f"{scheme}://a%40b:{quote(password, safe='')}@db.example:6543/na%2Fme")
    assert (parsed.user, parsed.password) == ("a@b", password)
    assert (parsed.url.host, parsed.url.port, parsed.url.database) == ("db.example", 6543, "na/me")
    assert driver_arguments(parsed)["password"] == password


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://u:p@/d?host=/Run/Sockets&port=6543",
        "postgresql://u:p@%2FRun%2FSockets:6543/d",
        "postgresql://u:p@ignored:6543/d?host=/Run/Sockets",
    ],
)
def test_a_socket(text: str) -> None:
    parsed = DatabaseUrl.parse(text)
    arguments = driver_arguments(parsed)
    assert (arguments["host"], arguments["port"]) == ("/Run/Sockets", 6543)
    assert parsed.tls is None
    assert not parsed.pooled


def test_host_and_port_as_parameters() -> None:
    arguments = driver_arguments(DatabaseUrl.parse("postgresql://u:p@/d?host=db.example&port=6543"))
    assert (arguments["host"], arguments["port"]) == ("db.example", 6543)


@pytest.mark.rule("DB-10")
@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.8.8", "[::1]"])
def test_loopback_needs_no_tls_and_can_have_it(host: str) -> None:
    assert DatabaseUrl.parse(f"postgresql://u:p@{host}/d").tls is None
    assert DatabaseUrl.parse(f"postgresql://u:p@{host}/d?sslmode=disable").tls is None
    assert DatabaseUrl.parse(f"postgresql://u:p@{host}/d?sslmode=require").tls is not None


@pytest.mark.rule("DB-10")
@pytest.mark.parametrize("host", ["db.example", "10.0.0.1", "localhost.example", "0.0.0.0", "[2001:db8::1]"])  # noqa: S104
def test_a_remote_host_is_reached_by_verified_tls_alone(host: str) -> None:
    for mode in ("disable", "allow", "prefer"):
        with pytest.raises(DatabaseUrlError, match=f"sslmode={mode}"):
            DatabaseUrl.parse(f"postgresql://u:p@{host}/d?sslmode={mode}")
    for query in (
        "",
        "?sslmode=require",
        "?sslmode=verify-ca",
        "?sslmode=verify-full",
        "?sslrootcert=system",
    ):
        tls = DatabaseUrl.parse(f"postgresql://u:p@{host}/d{query}").tls
        assert tls is not None
        assert tls.check_hostname
        assert tls.verify_mode is ssl.CERT_REQUIRED


def test_certificates_of_ones_own(tmp_path: Path) -> None:
    for path in (tmp_path / "none.pem", tmp_path, "%00"):
        with pytest.raises(DatabaseUrlError, match="sslrootcert"):
            DatabaseUrl.parse(f"postgresql://u:p@db.example/d?sslrootcert={path}")


@pytest.mark.rule("DB-11")
@pytest.mark.parametrize(
    ("text", "said"),
    {
        "postgresql://u:hunter2@h/d?sslmod=require": "sslmod",
        "postgresql://u:hunter2@h/d?options=x&target_session_attrs=y": "options, target_session_attrs",
        "postgresql://u:hunter2@h/d?sslmode=tls": "unknown sslmode",
        "postgresql://u:hunter2@h:port/d": "is not a URL",
        "postgresql://u:hunter2@h:99999/d": "is not a URL",
        "postgresql://u:hunter2@[h/d": "is not a URL",
        "postgresql://u:hunter2@/d?host=h&port=0": "port",
        "postgresql://u:hunter2@/d?host=h&port=x": "port",
        "mysql://u:hunter2@h/d": "must begin with postgresql://",
        "u:hunter2@h/d": "must begin with postgresql://",
        "": "must begin with postgresql://",
        "postgresql://u:hunter2@h": "must name a user, a host and a database",
        "postgresql://u:hunter2@/d": "must name a user, a host and a database",
        "postgresql://:hunter2@h/d": "must name a user, a host and a database",
        # Passwords that hold what should have been percent-encoded.
        "postgresql://u:hun?hunter2@h/d": "is not a URL",
        "postgresql://u:1?hunter2@h/d": "percent-encoded",
        "postgresql://u:@?hunter2=1@h/d": "percent-encoded",
        "postgresql://u:p#hunter2@h/d": "is not a URL",
        "postgresql://u:@a/b#hunter2@h/d": "percent-encoded",
    }.items(),
)
def test_what_is_wrong_is_said_without_the_password(text: str, said: str) -> None:
    with pytest.raises(DatabaseUrlError) as refused:
        DatabaseUrl.parse(text)
    assert said in str(refused.value)
    assert "hunter2" not in str(refused.value)
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__ or refused.value.__context__ is None


@pytest.mark.rule("DB-11")
def test_a_url_is_shown_without_its_password() -> None:
    parsed = DatabaseUrl.parse("postgresql://u:hunter2@db.example/d")
    assert "hunter2" not in f"{parsed} {parsed!r} {parsed.url} {parsed.url!r}"


_odd = st.text(alphabet=st.sampled_from("ab1:/?#@&=%[]., +-_\0\n\t\\ü"), max_size=8)


@pytest.mark.rule("DB-11")
@given(st.text())
@example("postgresql://u:p@h/d?sslrootcert=%00")
@example("postgresql://u:p@\N{ACCOUNT OF}/d")
def test_any_text_parses_or_is_refused(text: str) -> None:
    for whole in (text, f"postgresql://{text}", f"postgresql://u:p@{text}", f"postgresql://u:p@h/d?{text}"):
        with suppress(DatabaseUrlError):
            DatabaseUrl.parse(whole)


@pytest.mark.rule("DB-11")
@given(_odd, _odd, _odd)
@example("@", "=", "@h/d")
def test_no_message_holds_a_password_however_it_was_written(before: str, after: str, rest: str) -> None:
    assert "S3cret" not in complaint(f"postgresql://u:{before}S3cret{after}@{rest}")


def complaint(text: str) -> str:
    try:
        DatabaseUrl.parse(text)
    except DatabaseUrlError as refused:
        return str(refused)
    return ""
