"""Keeps what a unit of work has done: one statement, however many entities and changes there are.

Rows travel as one JSON text a table, so the statement is the same for one row and for a hundred, and
the server prepares it once.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache, singledispatch
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CTE,
    JSON,
    ColumnElement,
    Executable,
    Integer,
    Table,
    Text,
    bindparam,
    cast,
    column,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.changes import CHANGES
from adapters.postgres.entities import MAPPERS
from adapters.postgres.mapping import Mapper, table_of
from adapters.postgres.notes import NOTES
from adapters.postgres.tables import AccountRow
from application.workspace import Kept, Workspace
from domain.change import Change, EntityKind, Head
from domain.state import moment

# What the role may change of a row; everything, unless it is said here.
CHANGEABLE: Mapping[EntityKind, Sequence[str]] = {EntityKind.API_TOKEN: ("revoked_at",)}
_ACCOUNT = table_of(AccountRow)
_SEEN = "seen_version"


class LostUpdate(RuntimeError):
    """A row was not as this unit had read it, though the account was locked: a fault of ours."""


async def flush(
    connection: AsyncConnection, workspace: Workspace, head: Head, changes: Sequence[Change]
) -> None:
    """Keep every entity, the changes that follow the head, and the notes."""
    if not changes and not workspace.notes:
        return
    kept = {kind: workspace.kept(kind) for kind in MAPPERS}
    parts = frozenset((kind, added) for kind, of in kept.items() for added in _present(of))
    noted = frozenset(type(note) for note in workspace.notes)
    last = changes[-1] if changes else head
    values: dict[str, Any] = {
        # SQLAlchemy would set a column of any table here that had the name of a parameter.
        "of_account": workspace.actor.account_id,
        "new_head_seq": last.seq,
        "new_head_hash": last.hash,
        "new_head_at": last.at,
        "changes": _json(CHANGES.values(change) for change in changes),
    }
    for note_type in noted:
        notes = (note for note in workspace.notes if type(note) is note_type)
        values[_noted(note_type)] = _json(NOTES[note_type].values(note) for note in notes)
    for kind, added in parts:
        values[_name(kind, added)] = _json(_rows(MAPPERS[kind], kept[kind], added))
    counts = (await connection.execute(_statement(parts, noted), values)).one()
    for kind, added in parts:
        if getattr(counts, _name(kind, added)) != len(kept[kind].added if added else kept[kind].changed):
            raise LostUpdate
    if counts.account != 1:
        raise LostUpdate


def _noted(kind: type[Any]) -> str:
    return f"{NOTES[kind].table.name}_noted"


def _present(kept: Kept) -> list[bool]:
    return [added for added, some in ((True, kept.added), (False, kept.changed)) if some]


def _name(kind: EntityKind, added: bool) -> str:
    return f"{kind}_{'added' if added else 'changed'}"


def _rows(mapper: Mapper[Any], kept: Kept, added: bool) -> list[dict[str, Any]]:
    if added:
        return [mapper.values(entity) for entity in kept.added]
    return [mapper.values(entity) | {_SEEN: seen} for entity, seen in kept.changed]


@cache
def _statement(parts: frozenset[tuple[EntityKind, bool]], noted: frozenset[type[Any]]) -> Executable:
    """The statement for this combination of tables. There are few of them."""
    ctes = [
        (_insert if added else _update)(kind, MAPPERS[kind], _name(kind, added))
        for kind, added in sorted(parts)
    ]
    ctes += [_upsert(NOTES[kind], _noted(kind)) for kind in NOTES if kind in noted]
    rows = _recordset(CHANGES.table, "changes")
    ctes.append(
        insert(CHANGES.table)
        .from_select(CHANGES.names, select(*(rows.c[name] for name in CHANGES.names)))
        .returning(CHANGES.table.c.seq)
        .cte("journaled")
    )
    ctes.append(
        update(_ACCOUNT)
        .where(_ACCOUNT.c.id == bindparam("of_account"))
        .values({name: bindparam(f"new_{name}") for name in ("head_seq", "head_hash", "head_at")})
        .returning(_ACCOUNT.c.id)
        .cte("account")
    )
    return select(*(select(func.count()).select_from(cte).scalar_subquery().label(cte.name) for cte in ctes))


def _insert(_: EntityKind, mapper: Mapper[Any], name: str) -> CTE:
    rows = _recordset(mapper.table, name)
    return (
        insert(mapper.table)
        .from_select(mapper.names, select(*(rows.c[column] for column in mapper.names)))
        .returning(mapper.table.c.id)
        .cte(name)
    )


def _upsert(mapper: Mapper[Any], name: str) -> CTE:
    rows = _recordset(mapper.table, name)
    keys = [column.name for column in mapper.table.primary_key]
    chosen = select(*(rows.c[column] for column in mapper.names))
    added = upsert(mapper.table).from_select(mapper.names, chosen)
    return (
        added.on_conflict_do_update(
            index_elements=keys,
            set_={column: added.excluded[column] for column in mapper.names if column not in keys},
        )
        .returning(mapper.table.c.account_id)
        .cte(name)
    )


def _update(kind: EntityKind, mapper: Mapper[Any], name: str) -> CTE:
    table = mapper.table
    rows = _recordset(table, name, seen=True)
    changeable = CHANGEABLE.get(kind) or [n for n in mapper.names if n not in {"account_id", "id"}]
    seen = [table.c.version == rows.c[_SEEN]] if "version" in table.c else []
    return (
        update(table)
        .where(_mine(table), table.c.id == rows.c.id, *seen)
        .values({column: rows.c[column] for column in changeable})
        .returning(table.c.id)
        .cte(name)
    )


def _mine(table: Table) -> ColumnElement[bool]:
    return table.c.account_id == bindparam("of_account")


def _recordset(table: Table, name: str, *, seen: bool = False) -> Any:
    columns = [column(c.name, c.type) for c in table.columns]
    if seen:
        columns.append(column(_SEEN, Integer))
    rows = func.json_to_recordset(cast(bindparam(name, type_=Text), JSON))
    return rows.table_valued(*columns).render_derived(name=f"{name}_rows", with_types=True)


def _json(rows: Iterable[Mapping[str, Any]]) -> str:
    return json.dumps(list(rows), default=_plain, ensure_ascii=False)


@singledispatch
def _plain(value: Any) -> Any:
    """What JSON does not know, as PostgreSQL reads it from JSON."""
    raise TypeError(f"{type(value).__name__} has no form in JSON")


@_plain.register
def _(value: bytes) -> str:
    return f"\\x{value.hex()}"


_plain.register(UUID, str)
_plain.register(datetime, moment)
_plain.register(frozenset, sorted)
