"""How lists are read, and searches, as the plain role where there are a million tasks, and one account has many."""

import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.postgres.engine import pool
from adapters.postgres.uow import PostgresReadUnit, PostgresUnits
from adapters.postgres.url import DatabaseUrl
from adapters.tokens.development import DevelopmentIssuer
from application.sorting import parsed
from application.views import Position, SearchQuery, TaskQuery
from domain.access import ALL_SCOPES, Actor, Scope, Via
from domain.filters import parse, resolve
from domain.search import asked
from domain.task import Status
from tests.integration.test_filter_plans import ASKED, SORTS
from tests.integration.test_query_plans import faults, nodes, plan
from tests.integration.test_row_security import connected
from tests.integration.test_search_plans import SEARCHED, WAYS, search_faults
from tests.performance.data import Owner, owners, seed, task_id
from tests.support.databases import Databases
from tests.support.queries import QueryRecorder, beneath, settle

pytestmark = pytest.mark.long

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
ACCOUNTS, EACH, LARGE = 1_000, 1_000, 100_000
TODO = frozenset({Status.TODO})
# Two million postings come with the tasks; the comments, which have none there, are said to be found, too.
SAID = """
    SET session_replication_role = replica;
    INSERT INTO remit.comment_words (account_id, id, task_id, terms, weights)
    SELECT account_id, id, task_id, '{said,about,it}', '{1,1,1}' FROM remit.comment
    WHERE account_id IN (SELECT account_id FROM remit.term);
    INSERT INTO remit.posting (account_id, term, task_id, weight, source)
    SELECT account_id, unnest(terms), task_id, 1, id FROM remit.comment_words;
    INSERT INTO remit.term (account_id, term)
    SELECT DISTINCT account_id, unnest(terms) FROM remit.comment_words ON CONFLICT DO NOTHING;
"""
SOUGHT = (
    "plants",
    "p",
    "plants flo",
    "flo said",
    "water 84",
    "plnats",
    "qlants",
    "dentsi",
    "said about",
    "zebra",
    "999",
    "the ones then",
)
Million = tuple[AsyncEngine, Sequence[Owner]]


@pytest.fixture(scope="module")
async def million(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Million]:
    """A thousand accounts of a thousand tasks each, and one of a hundred thousand."""
    issuer = DevelopmentIssuer.open(tmp_path_factory.mktemp("issuer") / "issuer.jwk")
    people = owners(issuer, ACCOUNTS + 1)
    async with databases.clone() as database:
        await seed(database.admin, people[:ACCOUNTS], EACH)
        await seed(database.admin, people[ACCOUNTS:], LARGE)
        async with connected(database.admin) as admin:
            await admin.execute(SAID)
            await settle(admin, *SEARCHED)
        engine = pool(DatabaseUrl.parse(database.app), size=1)
        yield engine, people
        await engine.dispose()


def _asked(owner: Owner) -> dict[str, TaskQuery]:
    """The lists as they come, from a place in the middle, and all that the other tests of plans ask."""
    middle = Position(datetime(2026, 1, 1, 8, tzinfo=UTC), task_id(owner.number, 480))
    found = {
        "all": TaskQuery(),
        "all, further": TaskQuery(after=middle),
        "of a status": TaskQuery(statuses=TODO),
        "of a status, further": TaskQuery(statuses=TODO, after=middle),
        **{f"by {sort}": TaskQuery(sort=parsed(sort)) for sort in SORTS if sort},
    }
    for number, text in enumerate(ASKED):
        sort = parsed(SORTS[number % len(SORTS)])
        found[text] = TaskQuery(filter=resolve(parse(text), NOW, ZoneInfo("UTC")), sort=sort)
    return found


def _actor(owner: Owner) -> Actor:
    return Actor(
        account_id=owner.account_id,
        issuer=DevelopmentIssuer.ISSUER,
        subject=owner.subject,
        scopes=ALL_SCOPES,
        via=Via.WEB,
    )


@pytest.mark.rule("LIST-12", "DB-17")
@pytest.mark.parametrize("number", [7, ACCOUNTS], ids=["an account like others", "the largest account"])
async def test_lists_read_their_accounts_rows_by_its_indexes(million: Million, number: int) -> None:
    engine, people = million
    seen: list[str] = []
    for name, query in _asked(people[number]).items():
        async with PostgresUnits(engine).reading(_actor(people[number]), Scope.TASKS_READ) as unit:
            assert isinstance(unit, PostgresReadUnit)
            with QueryRecorder(engine) as recorder:
                found = await unit.tasks.page(query)
                counted = await unit.tasks.count(query)
            assert recorder.queries
            for sent in recorder.queries:
                tree = await plan(beneath(unit), sent)
                seen += [f"{name}: {fault}" for fault in faults(tree)]
        if name.startswith(("all", "of a status")):
            assert len(found) == 50, name
            assert counted > 0.9 * (EACH if number < ACCOUNTS else LARGE) * (0.9 if "status" in name else 1)
    assert not seen, "\n".join(seen)


@pytest.mark.rule("DB-17")
@pytest.mark.parametrize("number", [7, ACCOUNTS], ids=["an account like others", "the largest account"])
async def test_pages_are_read_in_their_order(million: Million, number: int) -> None:
    """Not sorted: the first fifty cost the same, however many there are."""
    engine, people = million
    for name, query in _asked(people[number]).items():
        if not name.startswith(("all", "of a status")):
            continue
        async with PostgresUnits(engine).reading(_actor(people[number]), Scope.TASKS_READ) as unit:
            assert isinstance(unit, PostgresReadUnit)
            with QueryRecorder(engine) as recorder:
                await unit.tasks.page(query)
            tree = await plan(beneath(unit), recorder.queries[0])
        assert not [node for node in nodes(tree) if "Sort" in node["Node Type"]], json.dumps(tree, indent=1)


@pytest.mark.rule("SEARCH-13")
@pytest.mark.parametrize("number", [7, ACCOUNTS], ids=["an account like others", "the largest account"])
@pytest.mark.parametrize("way", WAYS)
async def test_searches_read_their_accounts_rows_by_keys(million: Million, way: str, number: int) -> None:
    engine, people = million
    me, place = _actor(people[number]), (40, task_id(number, 480))
    absent = {"zebra"} if number == ACCOUNTS else {"zebra", "9999"}
    for text in SOUGHT:
        for more in (None, "todo & priority >= high"):
            chosen = None if more is None else resolve(parse(more), NOW, ZoneInfo("UTC"))
            query = SearchQuery(words=asked(text), filter=chosen, limit=21, **WAYS[way])
            found, seen = await search_faults(engine, me, query)
            _, further = await search_faults(engine, me, replace(query, beyond=place))
            assert found or more or way == "some" or text in absent, text
            assert not [*seen, *further], f"{text} {more}: {[*seen, *further][0]}"
