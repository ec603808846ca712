"""What was written before there were folded copies has them after the migration."""

from uuid import UUID

import asyncpg
import pytest

from adapters.postgres.migrate import migrate
from adapters.postgres.url import DatabaseUrl
from domain.folding import folded
from tests.support.databases import Databases
from tests.support.worlds import WORDS

MANY = 2_345
"""More than two batches."""
TASKS = """
    INSERT INTO remit.task (account_id, id, title, description, status, priority, rank, labels, blocked_by,
                            checklist, links, created_at, updated_at, version)
    SELECT $1, gen_random_uuid(), n || ' ' || ($2::text[])[1 + n % cardinality($2)], ($2::text[])[1 + n / 7 % cardinality($2)],
           'todo', 'none', 'a' || n, '{}', '{}', jsonb_build_array(jsonb_build_object('title', ($2::text[])[1 + n % 5], 'checked', n % 2 = 0)),
           CASE WHEN n % 3 = 0 THEN '[]' ELSE jsonb_build_array(
               jsonb_build_object('href', 'https://A.test/' || n, 'rel', 'related', 'title', CASE WHEN n % 5 = 0 THEN '' ELSE 'Übung ' || n END)) END,
           now(), now(), 1
    FROM generate_series(1, $3) AS n
"""
OTHERS = (
    """INSERT INTO remit.project (account_id, id, name, description, rank, created_at, updated_at, version)
       VALUES ($1, $1, 'Übung', 'ÜBER', 'a', now(), now(), 1)""",
    """INSERT INTO remit.section (account_id, id, name, rank, created_at, updated_at, version)
       VALUES ($1, $1, 'STRAßE', 'a', now(), now(), 1)""",
    """INSERT INTO remit.comment (account_id, id, task_id, author, body, created_at, updated_at, version)
       SELECT $1, $1, id, 'Ärger', 'İstanbul', now(), now(), 1 FROM remit.task WHERE account_id = $1 LIMIT 1""",
)


@pytest.mark.rule("DB-28")
async def test_what_was_there_is_folded_and_what_was_folded_goes_on_the_way_back(
    databases: Databases,
) -> None:
    async with databases.clone("template0") as empty:
        owner = DatabaseUrl.parse(empty.owner)
        await migrate(owner, revision="0008")
        connection = await asyncpg.connect(empty.admin)
        try:
            for number in (1, 2):
                account = UUID(int=number)
                await connection.execute(
                    "INSERT INTO remit.account (id, issuer, subject) VALUES ($1, 'i', $2)",
                    account,
                    str(number),
                )
                words = [word for word in WORDS if word]
                await connection.execute(TASKS, account, words, MANY if number == 1 else 3)
                for statement in OTHERS:
                    await connection.execute(statement, account)
            await migrate(owner)
            rows = await connection.fetch("""
                SELECT t.title, t.description, t.checklist -> 0 ->> 'title' AS item, t.checklist -> 0 ->> 'checked' AS ticked,
                       t.links -> 0 ->> 'href' AS href, t.links -> 0 ->> 'title' AS link,
                       x.title AS titled, x.description AS described, x.checklist AS items, x.checked, x.links, x.link_titles
                FROM remit.task AS t JOIN remit.task_text AS x USING (account_id, id)
            """)
            assert len(rows) == MANY + 3
            for row in rows:
                assert (row["titled"], row["described"]) == (folded(row["title"]), folded(row["description"]))
                assert row["items"] == [folded(row["item"])]
                assert row["checked"] == [row["ticked"] == "true"]
                assert row["links"] == [folded(one) for one in [row["href"]] if one is not None]
                assert row["link_titles"] == [folded(one) for one in [row["link"]] if one]
            for table, column, text in (
                ("project_text", "name", "ubung"), ("section_text", "name", "strasse"), ("comment_text", "body", "istanbul"),
                ("project_text", "description", "uber"), ("comment_text", "author", "arger"),
            ):  # fmt: skip
                found = await connection.fetch(f"SELECT {column} FROM remit.{table}")
                assert [row[column] for row in found] == [text, text]
            await migrate(owner, revision="0008")
            assert await connection.fetchval("SELECT to_regclass('remit.task_text')") is None
        finally:
            await connection.close()
