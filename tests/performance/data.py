"""Whose tasks there are, and which: known to who seeds them and to who asks for them."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg

from adapters.tokens.development import DevelopmentIssuer
from domain.ids import AccountId, account_id_for
from domain.search import Where

# One in ten is done already. The tasks beside it have to do with it: a done task blocks nobody, and may be completed
# again with subtasks that are open.
_CLOSED = 10
# An id is a UUIDv7 in form, of a kind, a number and the number of its account.
_ID = "(%s || lpad(to_hex((%s)::int), 8, '0') || '70008000' || lpad(to_hex(a.number), 12, '0'))::uuid"
_OF = "unnest($1::uuid[], $2::int[]) AS a(id, number)"
_PROJECT, _SECTION, _LABEL, _COMMENT = (f"'{kind}'" for kind in ("018e", "018d", "018c", "018b"))
_NOW = "timestamptz '2026-01-01T00:00Z'"
# What tasks are in: ten projects, the last of them archived and empty, each with a section, and five labels.
_AROUND = (
    f"""
    INSERT INTO remit.project (account_id, id, name, description, rank, archived_at, created_at, updated_at, version)
    SELECT a.id, {_ID % (_PROJECT, "n")}, 'Project ' || n, '', 'a' || n, CASE WHEN n = 9 THEN {_NOW} END,
           {_NOW}, {_NOW}, 1
    FROM {_OF}, generate_series(0, 9) AS n
    """,
    f"""
    INSERT INTO remit.section (account_id, id, project_id, name, rank, created_at, updated_at, version)
    SELECT a.id, {_ID % (_SECTION, "n")}, {_ID % (_PROJECT, "n")}, 'Section', 'a', {_NOW}, {_NOW}, 1
    FROM {_OF}, generate_series(0, 9) AS n
    """,
    f"""
    INSERT INTO remit.label (account_id, id, name, key, taken_from, created_at, updated_at, version)
    SELECT a.id, {_ID % (_LABEL, "n")}, 'label ' || n, 'label ' || n, '{{}}', {_NOW}, {_NOW}, 1
    FROM {_OF}, generate_series(0, 4) AS n
    """,
)
# One third in projects, half of those in a section; one in four with a label; one in ten a subtask, one in ten blocked.
_TASKS = f"""
    INSERT INTO remit.task (account_id, id, title, description, status, priority, created_at, updated_at,
                            completed_at, version, project_id, section_id, parent_id, rank, labels, blocked_by,
                            checklist, links, due_date)
    SELECT a.id, {_ID % ("'018f'", "n")},
           (ARRAY['Water the plants on floor ', 'Call the dentist about tooth ', 'Read the report, page ',
                  'Buy what is left on list '])[1 + n / 10 % 4] || n || ', then the ones outside',
           repeat('Not too much. ', n % 12),
           CASE WHEN n % 10 = 0 THEN 'done' ELSE 'todo' END,
           (ARRAY['none', 'low', 'medium', 'high', 'urgent'])[1 + n % 5],
           made, made, CASE WHEN n % 10 = 0 THEN made END, 1,
           CASE WHEN place % 3 = 1 THEN {_ID % (_PROJECT, "place % 9")} END,
           CASE WHEN place % 6 = 1 THEN {_ID % (_SECTION, "place % 9")} END,
           CASE WHEN n % 10 = 6 THEN {_ID % ("'018f'", "n - 6")} END,
           'i' || lpad(n::text, 9, '0'),
           CASE WHEN n % 4 = 1 THEN ARRAY[{_ID % (_LABEL, "n % 5")}] ELSE '{{}}' END,
           CASE WHEN n % 10 = 5 THEN ARRAY[{_ID % ("'018f'", "n - 5")}] ELSE '{{}}' END,
           '[]', '[]', CASE WHEN n % 3 = 0 THEN date '2026-06-01' + n % 400 END
    FROM {_OF}, generate_series(0, $3 - 1) AS n,
         LATERAL (SELECT {_NOW} + n * interval '1 minute', n - CASE WHEN n % 10 = 6 THEN 6 ELSE 0 END) AS at(made, place)
    ORDER BY n, a.number
"""
_COMMENTS = f"""
    INSERT INTO remit.comment (account_id, id, task_id, author, body, created_at, updated_at, version)
    SELECT a.id, {_ID % (_COMMENT, "n")}, {_ID % ("'018f'", "n")}, 'me', 'Said about it', {_NOW}, {_NOW}, 1
    FROM {_OF}, generate_series(0, $3 - 1, 20) AS n
"""
# What follows from things, as a write or a trigger would keep it, for the accounts given. ASCII folds by lower().
_MINE = "WHERE account_id = ANY ($1::uuid[])"
_BESIDE = (
    f"INSERT INTO remit.task_label (account_id, label_id, task_id) SELECT account_id, unnest(labels), id FROM remit.task {_MINE}",
    f"INSERT INTO remit.blocker (account_id, task_id, blocker_id) SELECT account_id, id, unnest(blocked_by) FROM remit.task {_MINE}",
    f"""INSERT INTO remit.task_text (account_id, id, title, description, checklist, checked, links, link_titles)
        SELECT account_id, id, lower(title), lower(description), '{{}}', '{{}}', '{{}}', '{{}}' FROM remit.task {_MINE}""",
    f"INSERT INTO remit.project_text (account_id, id, name, description) SELECT account_id, id, lower(name), lower(description) FROM remit.project {_MINE}",
    f"INSERT INTO remit.section_text (account_id, id, name) SELECT account_id, id, lower(name) FROM remit.section {_MINE}",
    f"INSERT INTO remit.comment_text (account_id, id, body, author) SELECT account_id, id, lower(body), lower(author) FROM remit.comment {_MINE}",
)
SEARCHED = 100
"""So many accounts at most have what search reads: a posting for each word of each task is ten times as many rows."""
# What the words of ASCII titles and descriptions come to; test_bench.py holds it to domain.search.
_WORDS = f"""
    INSERT INTO remit.task_words (account_id, id, task_id, terms, weights)
    SELECT account_id, id, id, array_agg(term), array_agg(weight)
    FROM (
        SELECT account_id, id, term, max(weight)::smallint AS weight
        FROM remit.task, LATERAL (
            SELECT unnest(regexp_split_to_array(lower(title), '[^a-z0-9]+')), {int(Where.TITLE)}
            UNION ALL
            SELECT unnest(regexp_split_to_array(lower(description), '[^a-z0-9]+')), {int(Where.DESCRIPTION)}
        ) AS word (term, weight)
        {_MINE} AND term <> '' GROUP BY account_id, id, term
    ) AS words GROUP BY account_id, id
"""
_POSTED = (
    _WORDS,
    f"""INSERT INTO remit.posting (account_id, term, task_id, weight, source)
        SELECT account_id, term, task_id, weight, id FROM remit.task_words, unnest(terms, weights) AS t (term, weight)
        {_MINE} ORDER BY account_id, term COLLATE "C", task_id""",
    f"INSERT INTO remit.term (account_id, term) SELECT DISTINCT account_id, term FROM remit.posting {_MINE}",
)
_INDEXES = """
    SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS made, conname AS constraint,
           pg_get_constraintdef(c.oid) AS rule
    FROM pg_index LEFT JOIN pg_constraint AS c ON conindid = indexrelid AND contype = 'u'
    WHERE indrelid = 'remit.task'::regclass AND NOT indisprimary
"""


@dataclass(frozen=True, slots=True)
class Owner:
    """An account of the benchmark: its number from 0, its id, and an access token for it."""

    number: int
    account_id: AccountId
    subject: str
    token: str


def owners(issuer: DevelopmentIssuer, count: int, first: int = 0) -> list[Owner]:
    """So many accounts, each with a token for as long as any run takes."""
    now = datetime.now(UTC)
    return [
        Owner(
            number,
            account_id_for(issuer.ISSUER, subject),
            subject,
            issuer.token(subject, expires_in=timedelta(hours=1), scopes=None, now=now),
        )
        for number, subject in ((number, f"bench-{number}") for number in range(first, first + count))
    ]


def task_id(account: int, number: int) -> UUID:
    """The id of an account's task, both by their numbers: a UUIDv7 in form, so later ones sort later."""
    return UUID(int=(0x018F << 112) | (number << 80) | (0x7 << 76) | (0x8 << 60) | account)


def open_task(number: int) -> int:
    """The number of the task that is the given one among those still to do."""
    return number + number // (_CLOSED - 1) + 1


def open_tasks(tasks: int) -> int:
    """How many of so many tasks are still to do."""
    return tasks - -(-tasks // _CLOSED)


async def seed(admin: str, people: Sequence[Owner], tasks: int) -> None:
    """Make the accounts and as many tasks for each, as a superuser; tasks of all mixed as time would mix them."""
    connection = await asyncpg.connect(admin)
    try:
        # No triggers: what they would keep is made below, and no account has anything to be purged.
        await connection.execute("SET session_replication_role = replica; SET maintenance_work_mem = '1GB'")
        ids, numbers = [owner.account_id for owner in people], [owner.number for owner in people]
        await connection.execute(
            "INSERT INTO remit.account (id, issuer, subject) SELECT id, $3, subject"
            " FROM unnest($1::uuid[], $2::text[]) AS a(id, subject)",
            ids,
            [owner.subject for owner in people],
            DevelopmentIssuer.ISSUER,
        )
        for statement in _AROUND:
            await connection.execute(statement, ids, numbers)
        async with _without_indexes(connection):
            await connection.execute(_TASKS, ids, numbers, tasks)
        await connection.execute(_COMMENTS, ids, numbers, tasks)
        for statement in _BESIDE:
            await connection.execute(statement, ids)
        for statement in _POSTED:
            await connection.execute(statement, ids[:SEARCHED])
        await connection.execute("VACUUM (ANALYZE)")
        await connection.execute("CHECKPOINT")
    finally:
        await connection.close()


@asynccontextmanager
async def _without_indexes(connection: asyncpg.Connection) -> AsyncGenerator[None]:
    """They are made again at the end, exactly as they were: building one is quicker than keeping it."""
    indexes = await connection.fetch(_INDEXES)
    for one in indexes:
        dropped = f"DROP INDEX {one['name']}"
        if one["constraint"] is not None:
            dropped = f"ALTER TABLE remit.task DROP CONSTRAINT {one['constraint']}"
        await connection.execute(dropped)
    yield
    for one in indexes:
        made = one["made"]
        if one["constraint"] is not None:
            made = f"ALTER TABLE remit.task ADD CONSTRAINT {one['constraint']} {one['rule']}"
        await connection.execute(made)
