"""How long the summary of a large account takes, among a million tasks: `python -m tests.performance.summary`.

It starts PostgreSQL, seeds it and asks as the application does, as the role that serves; it takes a minute.
"""

import asyncio
import time

from adapters.clock import SystemClock
from application.summary import Summaries
from entrypoints.svg.summary import drawn
from tests.performance.large import owner, row, seeded, timed

ROUNDS = 40
# Accounts 0 and 1 have 100,000 tasks each, mixed with those of 800 others by time. 0 has 50 projects, 1 has 1,000, and
# nearly no two of its tasks are counted together.
_SEED = """
    INSERT INTO remit.account (id, issuer, subject) SELECT md5('a' || a)::uuid, 'i', 's' || a FROM generate_series(0, 801) AS a;
    INSERT INTO remit.project (account_id, id, name, description, rank, archived_at, created_at, updated_at, version)
    SELECT md5('a' || a)::uuid, md5('p' || a || ' ' || n)::uuid, 'Project ' || n, '', 'a' || n, CASE WHEN n % 9 = 8 THEN now() END, now(), now(), 1
    FROM generate_series(0, 801) AS a, generate_series(0, CASE a WHEN 1 THEN 999 WHEN 0 THEN 49 ELSE 4 END) AS n;
    INSERT INTO remit.task (account_id, id, title, description, status, priority, project_id, rank, labels, blocked_by, checklist, links,
                            created_at, updated_at, version, due_date, completed_at)
    SELECT md5('a' || a)::uuid, md5('t' || n)::uuid, 'Water the plants on floor ' || n || ', then the ones outside', repeat('Not too much. ', n % 12),
           s, 'none', CASE WHEN n % 7 > 0 THEN md5('p' || a || ' ' || m / 3 % CASE a WHEN 1 THEN 1000 WHEN 0 THEN 50 ELSE 5 END)::uuid END,
           'i' || lpad(n::text, 9, '0'), '{}', '{}', '[]', '[]', timestamptz '2026-01-01' + n * interval '1 minute', now(), 1,
           CASE WHEN m % 5 > 0 THEN current_date - 10 + (m % 41)::int END, CASE WHEN s = 'done' THEN now() - m % 2150 * interval '1 hour' END
    FROM generate_series(0, 999999) AS n
    CROSS JOIN LATERAL (SELECT CASE n % 10 WHEN 0 THEN 0 WHEN 1 THEN 1 ELSE 2 + n % 800 END AS a, n / 10 AS m) AS o
    CROSS JOIN LATERAL (SELECT (ARRAY['todo', 'todo', 'done', 'done', 'in_progress', 'done', 'cancelled'])[1 + m % 7] AS s) AS q
    ORDER BY n
"""
ACCOUNTS = {"100,000 tasks, 50 projects": 0, "100,000 tasks, 1,000 projects": 1, "1,000 tasks, 5 projects": 5}


async def run() -> None:
    async with seeded(_SEED) as (on, units):
        summaries = Summaries(units, SystemClock())
        print(f"{'ms':32} shortest   median  longest database  picture")
        for name, number in ACCOUNTS.items():
            me = owner(number)
            found = await timed(on, lambda me=me: summaries.get(me), ROUNDS)  # type: ignore[misc]
            made = await summaries.get(me)
            began = time.perf_counter()
            drawn(made.summary, made.reading.at, made.reading.zone)
            print(f"{name:32} {row((*found, 1000 * (time.perf_counter() - began)))}")


if __name__ == "__main__":
    asyncio.run(run())
