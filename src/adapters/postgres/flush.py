"""Keeps what a unit of work has done: one statement, however many entities and changes there are.

Rows travel as one JSON text a table, so the statement is the same for one row and for a hundred, and
the server prepares it once.
"""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from functools import cache, singledispatch
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import (
    CTE,
    JSON,
    ColumnElement,
    Executable,
    Integer,
    Table,
    Text,
    Uuid,
    any_,
    bindparam,
    cast,
    column,
    delete,
    func,
    insert,
    select,
    union_all,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.changes import CHANGES
from adapters.postgres.entities import MAPPERS
from adapters.postgres.mapping import Mapper, table_of
from adapters.postgres.notes import NOTES
from adapters.postgres.tables import AccountRow
from adapters.postgres.texts import TEXTS, text_rows
from application.workspace import Kept, Workspace
from domain.change import Change, EntityKind, Head

# What the role may change of a row; everything, unless it is said here.
CHANGEABLE: Mapping[EntityKind, Sequence[str]] = {EntityKind.API_TOKEN: ("revoked_at",)}
_ACCOUNT = table_of(AccountRow)
_SEEN = "seen_version"


class Part(StrEnum):
    """What a store does with an entity."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"


class LostUpdate(RuntimeError):
    """A row was not as this unit had read it, though the account was locked: a fault of ours."""


async def flush(
    connection: AsyncConnection, workspace: Workspace, head: Head, changes: Sequence[Change]
) -> None:
    """Keep every entity, the changes that follow the head, and the notes."""
    if not changes and not workspace.notes:
        return
    kept = {kind: workspace.kept(kind) for kind in MAPPERS}
    parts = frozenset((kind, part) for kind, of in kept.items() for part in Part if _of(of, part))
    noted = frozenset(type(note) for note in workspace.notes)
    last = changes[-1] if changes else head
    values: dict[str, Any] = {
        # SQLAlchemy would set a column of any table here that had the name of a parameter.
        "of_account": workspace.actor.account_id,
        "new_head_seq": last.seq,
        "new_head_hash": last.hash,
        "new_head_at": last.at,
        "new_counts": workspace.counts,
        "changes": _json(CHANGES.values(change) for change in changes),
    }
    for note_type in noted:
        notes = (note for note in workspace.notes if type(note) is note_type)
        values[_noted(note_type)] = _json(NOTES[note_type].values(note) for note in notes)
    for kind, part in parts:
        values[_name(kind, part)] = _json(_rows(MAPPERS[kind], kept[kind], part))
    texts = {name: rows for name, of in TEXTS.items() if (rows := text_rows(workspace, of, kept[of.kind]))}
    values |= {_written(name): _json(rows) for name, rows in texts.items()}
    counts = (await connection.execute(_statement(parts, noted, frozenset(texts)), values)).one()
    for kind, part in parts:
        if getattr(counts, _name(kind, part)) != len(_of(kept[kind], part)):
            raise LostUpdate
    if counts.account != 1:
        raise LostUpdate


def _noted(kind: type[Any]) -> str:
    return f"{NOTES[kind].table.name}_noted"


def _written(table: str) -> str:
    return f"{table}_written"


def _of(kept: Kept, part: Part) -> Sequence[Any]:
    return {Part.ADDED: kept.added, Part.CHANGED: kept.changed, Part.REMOVED: kept.removed}[part]


def _name(kind: EntityKind, part: Part) -> str:
    return f"{kind}_{part}"


def _rows(mapper: Mapper[Any], kept: Kept, part: Part) -> list[dict[str, Any]]:
    if part is Part.ADDED:
        return [mapper.values(entity) for entity in kept.added]
    if part is Part.CHANGED:
        return [mapper.values(entity) | {_SEEN: seen} for entity, seen in kept.changed]
    return [{"id": entity.id} for entity in kept.removed]


@cache
def _statement(
    parts: frozenset[tuple[EntityKind, Part]], noted: frozenset[type[Any]], texts: frozenset[str]
) -> Executable:
    """The statement for this combination of tables. There are few of them."""
    how = {Part.ADDED: _insert, Part.CHANGED: _update, Part.REMOVED: _delete}
    # What goes comes last: by then nothing is tied to it any more.
    order = sorted(parts, key=lambda one: (one[1] is Part.REMOVED, one))
    things = {(kind, part): how[part](kind, MAPPERS[kind], _name(kind, part)) for kind, part in order}
    ctes = list(things.values())
    ctes += [_upsert(NOTES[kind].table, NOTES[kind].names, _noted(kind)) for kind in NOTES if kind in noted]
    for name in sorted(texts):
        kind, table = TEXTS[name].kind, TEXTS[name].table
        kept = [things[kind, part] for part in (Part.ADDED, Part.CHANGED) if (kind, part) in things]
        ctes.append(_upsert(table, [column.name for column in table.columns], _written(name), kept))
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
        .values(
            {
                name: bindparam(f"new_{name}", type_=_ACCOUNT.c[name].type)
                for name in ("head_seq", "head_hash", "head_at", "counts")
            }
        )
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


def _upsert(table: Table, names: Sequence[str], name: str, of: Sequence[CTE] = ()) -> CTE:
    """In place of rows with the same key; if they are of something, only of what was kept of that."""
    rows = _recordset(table, name)
    keys = [column.name for column in table.primary_key]
    chosen = select(*(rows.c[column] for column in names))
    if of:
        chosen = chosen.where(rows.c.id.in_(union_all(*(select(kept.c.id) for kept in of))))
    added = upsert(table).from_select(names, chosen)
    return (
        added.on_conflict_do_update(
            index_elements=keys,
            set_={column: added.excluded[column] for column in names if column not in keys},
        )
        .returning(table.c.account_id)
        .cte(name)
    )


def _update(kind: EntityKind, mapper: Mapper[Any], name: str) -> CTE:
    table = mapper.table
    rows = _recordset(table, name, seen=True)
    changeable = CHANGEABLE.get(kind) or [n for n in mapper.names if n not in {"account_id", "id"}]
    seen = [table.c.version == rows.c[_SEEN]] if "version" in table.c else []
    return (
        update(table)
        .where(_mine(table), _named(table, name), table.c.id == rows.c.id, *seen)
        .values({column: rows.c[column] for column in changeable})
        .returning(table.c.id)
        .cte(name)
    )


def _delete(_: EntityKind, mapper: Mapper[Any], name: str) -> CTE:
    table = mapper.table
    return delete(table).where(_mine(table), _named(table, name)).returning(table.c.id).cte(name)


def _mine(table: Table) -> ColumnElement[bool]:
    return table.c.account_id == bindparam("of_account")


def _named(table: Table, name: str) -> ColumnElement[bool]:
    """That the row's id is sent: as an array, for a join may be planned over all rows of the account."""
    rows = _recordset(table, name, alias=f"{name}_ids")
    ids = func.array(select(rows.c.id).scalar_subquery(), type_=ARRAY(Uuid))
    return table.c.id == any_(ids)


def _recordset(table: Table, name: str, *, seen: bool = False, alias: str = "") -> Any:
    columns = [column(c.name, c.type) for c in table.columns]
    if seen:
        columns.append(column(_SEEN, Integer))
    rows = func.json_to_recordset(cast(bindparam(name, type_=Text), JSON))
    return rows.table_valued(*columns).render_derived(name=alias or f"{name}_rows", with_types=True)


def _json(rows: Iterable[Mapping[str, Any]]) -> str:
    return orjson.dumps(list(rows), default=_plain).decode()


@singledispatch
def _plain(value: Any) -> Any:
    """What JSON does not know, as PostgreSQL reads it from JSON."""
    raise TypeError(f"{type(value).__name__} has no form in JSON")


@_plain.register
def _(value: bytes) -> str:
    return f"\\x{value.hex()}"


_plain.register(UUID, str)  # the driver has one of its own
_plain.register(frozenset, sorted)
