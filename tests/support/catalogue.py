"""The schema of a live database in words: `python -m tests.support.catalogue > specs/database/schema.md`."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import asyncpg

from tests.support.databases import TEMPLATE, Database, Databases, server

INTRODUCTION = """\
# The database

Written by `make specs-write` from a database that the migrations made, and compared with one by a test.
Everything is in the schema `remit`. Why it is so is in [isolation.md](isolation.md).
"""
TABLES = """
    SELECT c.oid, c.relname AS name, c.relrowsecurity AS enabled, c.relforcerowsecurity AS forced,
           obj_description(c.oid, 'pg_class') AS description
    FROM pg_class AS c
    WHERE c.relnamespace = 'remit'::regnamespace AND c.relkind IN ('r', 'p') ORDER BY c.relname COLLATE "C"
"""
COLUMNS = """
    SELECT a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type, NOT a.attnotnull AS nullable,
           pg_get_expr(d.adbin, d.adrelid) AS default, col_description(a.attrelid, a.attnum) AS description
    FROM pg_attribute AS a LEFT JOIN pg_attrdef AS d ON (d.adrelid, d.adnum) = (a.attrelid, a.attnum)
    WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
"""
CONSTRAINTS = """
    SELECT conname AS name, contype::text AS kind, pg_get_constraintdef(oid) AS definition
    FROM pg_constraint WHERE conrelid = $1 AND contype IN ('p', 'f', 'u', 'c')
    ORDER BY array_position(ARRAY['p', 'f', 'u', 'c'], contype::text), conname COLLATE "C"
"""
INDEXES = """
    SELECT c.relname AS name, pg_get_indexdef(i.indexrelid) AS definition
    FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
    WHERE i.indrelid = $1 AND NOT EXISTS (SELECT FROM pg_constraint AS k WHERE k.conindid = c.oid AND k.conrelid = $1)
    ORDER BY c.relname COLLATE "C"
"""
POLICIES = """
    SELECT polname AS name, polpermissive AS permissive, polcmd::text AS command,
           ARRAY(SELECT coalesce(r.rolname, 'PUBLIC') FROM unnest(polroles) AS o LEFT JOIN pg_roles AS r ON r.oid = o
                 ORDER BY 1) AS roles,
           pg_get_expr(polqual, polrelid) AS using, pg_get_expr(polwithcheck, polrelid) AS check
    FROM pg_policy WHERE polrelid = $1 ORDER BY polname COLLATE "C"
"""
TRIGGERS = """
    SELECT pg_get_triggerdef(oid) AS definition FROM pg_trigger WHERE tgrelid = $1 AND NOT tgisinternal
    ORDER BY tgname COLLATE "C"
"""
GRANTS = """
    SELECT coalesce(pg_get_userbyid(nullif(a.grantee, 0)), 'PUBLIC') AS grantee, a.privilege_type AS privilege
    FROM {relation} AS x CROSS JOIN aclexplode(x.{acl}) AS a
    WHERE x.oid = $1 AND (a.grantee = 0 OR pg_get_userbyid(a.grantee) = 'remit_app')
    ORDER BY 1, array_position(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE'], a.privilege_type), 2
"""
FUNCTIONS = """
    SELECT p.oid, p.proname AS name, pg_get_function_identity_arguments(p.oid) AS arguments,
           pg_get_function_result(p.oid) AS result, p.prosecdef AS definer, l.lanname AS language, p.prosrc AS body
    FROM pg_proc AS p JOIN pg_language AS l ON l.oid = p.prolang
    WHERE p.pronamespace = 'remit'::regnamespace ORDER BY p.proname COLLATE "C", 3
"""
OTHERS = """
    SELECT c.relname AS name, c.relkind::text AS kind FROM pg_class AS c
    WHERE c.relnamespace = 'remit'::regnamespace AND c.relkind NOT IN ('r', 'p', 'i', 'I', 't')
    ORDER BY c.relname COLLATE "C"
"""
ROLE = """
    SELECT rolsuper, rolbypassrls, rolcreatedb, rolcreaterole, rolinherit,
           ARRAY(SELECT s FROM unnest(rolconfig) AS s ORDER BY s COLLATE "C") AS settings
    FROM pg_roles WHERE rolname = 'remit_app'
"""
SCHEMA = "SELECT 'remit'::regnamespace::oid"
COMMANDS = {"*": "ALL", "r": "SELECT", "a": "INSERT", "w": "UPDATE", "d": "DELETE"}
KINDS = {"p": "primary key", "f": "foreign key", "u": "unique", "c": "check"}


async def catalogue(connection: asyncpg.Connection) -> str:
    """The schema `remit` as Markdown, the same for the same schema wherever it is."""
    tables = [await _table(connection, table) for table in await connection.fetch(TABLES)]
    functions = [await _function(connection, function) for function in await connection.fetch(FUNCTIONS)]
    others = [f"- `{row['name']}` (kind `{row['kind']}`)" for row in await connection.fetch(OTHERS)]
    parts = [INTRODUCTION, await _role(connection), *tables, *functions]
    return "\n".join(parts + ([f"## Others\n\n{_lines(others)}"] if others else []))


async def structure(connection: asyncpg.Connection, *, besides: Sequence[str] = ()) -> dict[str, list[str]]:
    """What a table is made of, by its name: what SQLModel's declarations and migrations must agree about."""
    return {
        table["name"]: [
            *(str(dict(row)) for row in await connection.fetch(COLUMNS, table["oid"])),
            *(str(dict(row)) for row in await connection.fetch(CONSTRAINTS, table["oid"])),
            *(str(dict(row)) for row in await connection.fetch(INDEXES, table["oid"])),
        ]
        for table in await connection.fetch(TABLES)
        if table["name"] not in besides
    }


async def _role(connection: asyncpg.Connection) -> str:
    role = await connection.fetchrow(ROLE)
    grants = await _grants(connection, "pg_namespace", "nspacl", await connection.fetchval(SCHEMA))
    flags = {"rolsuper": "SUPERUSER", "rolbypassrls": "BYPASSRLS", "rolcreatedb": "CREATEDB"}
    flags |= {"rolcreaterole": "CREATEROLE", "rolinherit": "INHERIT"}
    attributes = " ".join(("" if role[flag] else "NO") + word for flag, word in flags.items())
    settings = (setting.split("=", 1) for setting in role["settings"])
    return "\n".join((
        "## The role `remit_app`\n",
        f"It serves requests. It has the attributes `{attributes}`.\n",
        _grid(("setting", "value"), settings),
        f"On the schema: {grants}.\n",
    ))  # fmt: skip


async def _table(connection: asyncpg.Connection, table: asyncpg.Record) -> str:
    columns = await connection.fetch(COLUMNS, table["oid"])
    described = any(column["description"] for column in columns)
    heads = ("column", "type", "null", "default", *(("meaning",) if described else ()))
    rows = [
        (
            f"`{column['name']}`",
            column["type"],
            "yes" if column["nullable"] else "no",
            _code(column["default"]),
            *((column["description"] or "",) if described else ()),
        )
        for column in columns
    ]
    keys = [
        (f"`{row['name']}`", KINDS[row["kind"]], _code(row["definition"]))
        for row in await connection.fetch(CONSTRAINTS, table["oid"])
    ]
    indexes = [f"- `{row['definition']}`" for row in await connection.fetch(INDEXES, table["oid"])]
    triggers = [f"- `{row['definition']}`" for row in await connection.fetch(TRIGGERS, table["oid"])]
    security = "enabled" if table["enabled"] else "not enabled"
    security += ", forced on the owner, too" if table["forced"] else ", not forced on the owner"
    policies = [_policy(row) for row in await connection.fetch(POLICIES, table["oid"])]
    grants = await _grants(connection, "pg_class", "relacl", table["oid"])
    return "\n".join((
        f"## Table `{table['name']}`\n",
        *((table["description"] + "\n",) if table["description"] else ()),
        _grid(heads, rows),
        _grid(("constraint", "kind", "definition"), keys),
        *(("Indexes besides those of constraints:\n", _lines(indexes)) if indexes else ()),
        *(("Triggers:\n", _lines(triggers)) if triggers else ()),
        f"Row security: {security}.\n",
        *((_lines(policies),) if policies else ()),
        f"Granted: {grants}.\n",
    ))  # fmt: skip


def _policy(row: asyncpg.Record) -> str:
    kind = "" if row["permissive"] else ", restrictive"
    return "\n".join((
        f"- Policy `{row['name']}` for {COMMANDS[row['command']]} to {', '.join(row['roles'])}{kind}",
        f"  - using {_code(row['using']) or 'nothing'}",
        f"  - with check {_code(row['check']) or 'nothing'}",
    ))  # fmt: skip


async def _function(connection: asyncpg.Connection, function: asyncpg.Record) -> str:
    grants = await _grants(connection, "pg_proc", "proacl", function["oid"])
    rights = f"the rights of its {'definer' if function['definer'] else 'invoker'}"
    signature = f"`{function['name']}({function['arguments']})` answers {function['result']}"
    return "\n".join((
        f"## Function `{function['name']}`\n",
        f"{signature}; it runs with {rights}. Granted: {grants}.\n",
        f"```{function['language']}\n{function['body'].strip()}\n```\n",
    ))  # fmt: skip


async def _grants(connection: asyncpg.Connection, relation: str, acl: str, oid: int) -> str:
    found: dict[str, list[str]] = {}
    for row in await connection.fetch(GRANTS.format(relation=relation, acl=acl), oid):
        found.setdefault(row["grantee"], []).append(row["privilege"])
    return "; ".join(f"{', '.join(what)} to {who}" for who, what in found.items()) or "nothing"


def _code(value: str | None) -> str:
    return f"`{value}`" if value else ""


def _lines(lines: Iterable[str]) -> str:
    return "\n".join(lines) + "\n"


def _grid(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    escaped = (" | ".join(cell.replace("|", "\\|") for cell in row) for row in rows)
    return _lines([f"| {' | '.join(heads)} |", "|---" * len(heads) + "|", *(f"| {row} |" for row in escaped)])


@asynccontextmanager
async def migrated_database() -> AsyncIterator[Database]:
    """A migrated database on a server of its own, for as long as it is needed."""
    with TemporaryDirectory(prefix="remit-catalogue-") as directory:
        await asyncio.to_thread(Path(directory).chmod, 0o711)
        with server(Path(directory) / "postgres") as running:
            databases = Databases(running)
            try:
                await databases.prepare()
                async with databases.clone() as database:
                    yield database
            finally:
                await databases.drop(TEMPLATE)


async def _main() -> None:
    async with migrated_database() as database:
        connection = await asyncpg.connect(database.owner)
        try:
            print(await catalogue(connection), end="")
        finally:
            await connection.close()


if __name__ == "__main__":
    asyncio.run(_main())
