"""How long groups and ranks of a large account take, among a million tasks: `python -m tests.performance.arranged`.

It starts PostgreSQL, seeds it and asks as the application does, as the role that serves; it takes two minutes.
"""

import asyncio
from collections.abc import Awaitable, Callable

from adapters.clock import SystemClock
from adapters.postgres.uow import PostgresUnits
from adapters.seal import HmacSeal
from application.sorting import parsed
from application.task_groups import TaskGroups
from application.task_lists import Asked
from application.view_tasks import ViewTasks
from domain.access import Actor
from domain.builtin_views import Builtin
from domain.view import Grouping
from tests.performance.large import owner, row, seeded, timed

ROUNDS = 20
# Account 0 has 100,000 tasks in 50 projects, with 20 labels, mixed with those of 900 others by time. Three in seven are open,
# four in five have a due date, in 400 days; one in four has a label, one in ten waits for the one before it.
SEED = """
    INSERT INTO remit.account (id, issuer, subject) SELECT md5('a' || a)::uuid, 'i', 's' || a FROM generate_series(0, 900) AS a;
    INSERT INTO remit.project (account_id, id, name, description, rank, archived_at, created_at, updated_at, version)
    SELECT md5('a' || a)::uuid, md5('p' || a || ' ' || n)::uuid, 'Project ' || n, '', 'a' || n, CASE WHEN n % 9 = 8 THEN now() END, now(), now(), 1
    FROM generate_series(0, 900) AS a, generate_series(0, CASE a WHEN 0 THEN 49 ELSE 4 END) AS n;
    INSERT INTO remit.label (account_id, id, name, key, taken_from, created_at, updated_at, version)
    SELECT md5('a' || a)::uuid, md5('l' || a || ' ' || n)::uuid, 'label ' || n, 'label ' || n, '{}', now(), now(), 1
    FROM generate_series(0, 900) AS a, generate_series(0, 19) AS n;
    INSERT INTO remit.task (account_id, id, title, description, status, priority, project_id, rank, labels, blocked_by, checklist, links,
                            created_at, updated_at, version, due_date, completed_at)
    SELECT md5('a' || a)::uuid, md5('t' || n)::uuid, 'Water the plants on floor ' || n || ', then the ones outside', repeat('Not too much. ', n % 12),
           s, (ARRAY['none', 'none', 'none', 'low', 'medium', 'high', 'urgent'])[1 + m / 7 % 7],
           CASE WHEN n % 7 > 0 THEN md5('p' || a || ' ' || m / 3 % CASE a WHEN 0 THEN 50 ELSE 5 END)::uuid END, 'i' || lpad(n::text, 9, '0'),
           CASE WHEN m % 4 = 1 THEN ARRAY[md5('l' || a || ' ' || m / 4 % 20)::uuid] ELSE '{}' END,
           CASE WHEN m % 10 = 5 AND n > 1000 THEN ARRAY[md5('t' || n - CASE a WHEN 0 THEN 10 ELSE 900 END)::uuid] ELSE '{}' END, '[]', '[]',
           timestamptz '2026-01-01' + n * interval '25 seconds', now(), 1,
           CASE WHEN m % 5 > 0 THEN current_date - 300 + (m * 37 % 400)::int END, CASE WHEN s = 'done' THEN now() - m % 2150 * interval '1 hour' END
    FROM generate_series(0, 999999) AS n
    CROSS JOIN LATERAL (SELECT CASE n % 10 WHEN 0 THEN 0 ELSE 1 + n % 900 END AS a, n / 10 AS m) AS o
    CROSS JOIN LATERAL (SELECT (ARRAY['todo', 'todo', 'done', 'done', 'in_progress', 'done', 'cancelled'])[1 + m % 7] AS s) AS q
    ORDER BY n
"""
ACCOUNTS = {"of 100,000": 0, "of 1,000": 5}
Ask = Callable[[Actor], Awaitable[object]]


def questions(units: PostgresUnits) -> dict[str, Ask]:
    """What is asked, by name: the first groups, or the first page."""
    what = (units, SystemClock(), HmacSeal(b"k" * 32))
    groups, views = TaskGroups(*what), ViewTasks(*what)

    def told_apart(by: Grouping, **how: str | None) -> Ask:
        sort = parsed(how.pop("sort", None))
        return lambda me: groups.page(me, Asked(sort=sort, **how), by)  # type: ignore[arg-type]

    return {
        **{f"all by {by}": told_apart(by) for by in Grouping},
        **{f"open by {by}": told_apart(by, filter="open", sort="-priority,rank") for by in Grouping},
        **{f"view {one}": lambda me, one=one: views.page(me, one) for one in Builtin},  # type: ignore[misc]
    }


async def run() -> None:
    async with seeded(SEED) as (on, units):
        print(f"{'ms':32} shortest   median  longest database")
        for name, ask in questions(units).items():
            for which, number in ACCOUNTS.items():
                me = owner(number)
                found = await timed(on, lambda ask=ask, me=me: ask(me), ROUNDS)  # type: ignore[misc]
                print(f"{name + ', ' + which:32} {row(found)}", flush=True)


if __name__ == "__main__":
    asyncio.run(run())
