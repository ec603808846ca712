"""Whose tasks there are, and which: known to who seeds them and to who asks for them."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg

from adapters.tokens.development import DevelopmentIssuer
from domain.ids import AccountId, account_id_for
from tests.performance.sizes import Sizes

# One in ten is done already.
_CLOSED = 10
_SEED = """
    INSERT INTO remit.task (account_id, id, title, description, status, priority, created_at, updated_at,
                            completed_at, deleted_at, version, rank, labels, blocked_by, checklist, links)
    SELECT a.id,
           ('018f' || lpad(to_hex(n), 8, '0') || '70008000' || lpad(to_hex(a.number - 1), 12, '0'))::uuid,
           'Water the plants on floor ' || n || ', then the ones outside',
           repeat('Not too much. ', n % 12),
           CASE WHEN n % 10 = 0 THEN 'done' ELSE 'todo' END,
           (ARRAY['none', 'low', 'medium', 'high', 'urgent'])[1 + n % 5],
           made, made, CASE WHEN n % 10 = 0 THEN made END, NULL, 1,
           'i' || lpad(n::text, 9, '0'), '{}', '{}', '[]', '[]'
    FROM unnest($1::uuid[]) WITH ORDINALITY AS a(id, number),
         generate_series(0, $2 - 1) AS n,
         LATERAL (SELECT timestamptz '2026-01-01T00:00Z' + n * interval '1 minute') AS at(made)
    ORDER BY n, a.number
"""


@dataclass(frozen=True, slots=True)
class Owner:
    """An account of the benchmark: its number from 0, its id, and an access token for it."""

    number: int
    account_id: AccountId
    subject: str
    token: str


def owners(issuer: DevelopmentIssuer, sizes: Sizes) -> list[Owner]:
    """Every account, with a token for as long as any run takes."""
    now = datetime.now(UTC)
    return [
        Owner(
            number,
            account_id_for(issuer.ISSUER, subject),
            subject,
            issuer.token(subject, expires_in=timedelta(hours=1), scopes=None, now=now),
        )
        for number, subject in ((number, f"bench-{number}") for number in range(sizes.accounts))
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


async def seed(admin: str, people: list[Owner], sizes: Sizes) -> None:
    """Make the accounts and their tasks as a superuser, tasks of all accounts mixed as time would mix them."""
    connection = await asyncpg.connect(admin)
    try:
        ids = [owner.account_id for owner in people]
        await connection.execute(
            "INSERT INTO remit.account (id, issuer, subject) SELECT id, $3, subject"
            " FROM unnest($1::uuid[], $2::text[]) AS a(id, subject)",
            ids,
            [owner.subject for owner in people],
            DevelopmentIssuer.ISSUER,
        )
        await connection.execute(_SEED, ids, sizes.tasks)
        await connection.execute("VACUUM (ANALYZE)")
        await connection.execute("CHECKPOINT")
    finally:
        await connection.close()
