"""Random filters, and random tasks for them to meet."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from domain import rank
from domain.errors import FilterInvalid
from domain.filters import (
    FIELDS,
    MAX_DEPTH,
    MAX_LENGTH,
    RELATIONS,
    WORDS,
    And,
    Comparison,
    Facts,
    Field,
    Not,
    Operator,
    Or,
    Relation,
    Resolved,
    Tree,
    Type,
    Word,
    canonical,
    folded,
    matches,
    parse,
    resolve,
)
from domain.filters.dates import Anchor, Duration, When
from domain.filters.tree import joined
from domain.task import Priority, Status

# Generated cases may be slow, and rejected often, on a busy machine.
CALM = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
OFTEN = settings(CALM, max_examples=500)
Made = TypeVar("Made")
at = datetime.fromisoformat
NOW = datetime(2026, 3, 29, 12, 30, tzinfo=UTC)
IDS = [UUID(int=n) for n in range(1, 5)]
NAMES = [
    "Home",
    "hóme",
    "Straße",
    "STRASSE 2",
    "at work",
    "Inbox",
    "null",
    "today",
    'a "b" \\c',
    "買い物",
    "x|y&!(z)",
]
WRITTEN = {Operator.IS_NULL, Operator.IS_NOT_NULL}

# What a text in a filter may hold, and must to be looked for.
texts = st.text(st.characters(exclude_categories=("Cc", "Cs")), max_size=12) | st.sampled_from(NAMES)
findable = texts.filter(lambda text: folded(text).strip() != "")
counts = st.integers(0, 9999) | st.integers(0, 3)
days = st.dates(date(2, 1, 1), date(9998, 12, 31)) | st.dates(date(2026, 1, 1), date(2026, 6, 1))
moments = st.datetimes(at("0002-01-02"), at("9998-12-30")) | st.datetimes(at("2026-01-01"), at("2026-06-01"))


ranks = texts | st.sampled_from([rank.at_end(number) for number in (0, 1, 40, 41)]) | st.just("")


def durations(*, timed: bool) -> st.SearchStrategy[Duration]:
    time = counts if timed else st.just(0)
    return st.builds(Duration, st.booleans(), counts, counts, counts, counts, time, time, time)


def whens(*, timed: bool) -> st.SearchStrategy[When]:
    anchors = [anchor for anchor in Anchor if timed or anchor is not Anchor.NOW]
    bases = st.none() | st.sampled_from(anchors) | days
    if timed:
        bases |= moments | moments.map(lambda moment: moment.replace(tzinfo=UTC))
    shifts = st.lists(durations(timed=timed), max_size=2).map(tuple)
    return st.builds(When, bases, shifts).filter(lambda when: when.base is not None or when.shifts != ())


def values(field: Field, operator: Operator) -> st.SearchStrategy[object]:
    if operator in {Operator.CONTAINS, Operator.STARTS_WITH}:
        return findable
    return {
        Type.TEXT: texts,
        Type.NAME: findable | st.sampled_from(IDS),
        Type.ID: st.sampled_from(IDS) | st.uuids(),
        Type.CHOICE: st.sampled_from(field.choices or tuple(Status)),
        Type.RANK: st.sampled_from(field.choices or tuple(Priority)),
        Type.KEY: ranks,
        Type.NUMBER: st.integers(0, 999_999_999) | st.integers(0, 5),
        Type.BOOLEAN: st.booleans(),
        Type.DATE: whens(timed=False),
        Type.INSTANT: whens(timed=True),
    }[field.type]


any_field = st.sampled_from(list(FIELDS.values()))


@st.composite
def comparisons(draw: st.DrawFn, fields: st.SearchStrategy[Field] = any_field) -> Comparison:
    field = draw(fields)
    operator = draw(st.sampled_from(field.operators))
    if operator in WRITTEN:
        return Comparison(field, operator)
    most = 3 if operator is Operator.IN else 1
    return Comparison(
        field, operator, tuple(draw(st.lists(values(field, operator), min_size=1, max_size=most)))
    )


words = st.sampled_from(list(WORDS)).map(Word)


def _more(children: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
    several = st.lists(children, min_size=2, max_size=4)
    return (
        several.map(lambda each: joined(And, each))
        | several.map(lambda each: joined(Or, each))
        | children.map(Not)
    )


def nesting(tree: Tree) -> int:
    """How deep its parentheses and `!` nest when it is written."""
    match tree:
        case Not(child):
            return 1 + nesting(child) + isinstance(child, And | Or)
        case And(children):
            return max(nesting(child) + isinstance(child, Or) for child in children)
        case Or(children):
            return max(map(nesting, children))
        case _:
            return 0


def _fits(tree: Tree) -> bool:
    return nesting(tree) <= MAX_DEPTH and len(canonical(tree)) <= MAX_LENGTH


trees = st.recursive(words | comparisons(), _more, max_leaves=10).filter(_fits)

instants = st.datetimes(at("2026-01-01"), at("2026-06-01"), timezones=st.just(UTC))
around = st.timedeltas(timedelta(days=-3), timedelta(days=3)).map(lambda off: NOW + off)
names = st.sampled_from(NAMES)


def kept(field: Field) -> st.SearchStrategy[object]:
    """What a thing may have of it."""
    made: st.SearchStrategy[object] = {
        Type.TEXT: texts,
        Type.ID: st.sampled_from(IDS),
        Type.CHOICE: st.sampled_from(field.choices or tuple(Status)),
        Type.RANK: st.sampled_from(field.choices or tuple(Priority)),
        Type.KEY: ranks,
        Type.NUMBER: st.integers(1, 5),
        Type.DATE: st.dates(date(2026, 3, 20), date(2026, 4, 10)),
        Type.INSTANT: instants | around,
    }[field.type]
    return made if field.type in {Type.NUMBER, Type.CHOICE} else st.none() | made


@st.composite
def things(draw: st.DrawFn, relation: Relation) -> Any:
    """What a relation may lead to, as far as it can be asked about."""
    return SimpleNamespace(**{field.attribute: draw(kept(field)) for field in relation.fields})


@st.composite
def facts(draw: st.DrawFn) -> Facts:
    project, section = draw(st.none() | st.integers(0, 3)), draw(st.none() | st.integers(0, 3))
    labels = draw(st.lists(st.integers(0, 3), max_size=3, unique=True))
    related = {name: draw(st.lists(things(one), max_size=1 + one.many)) for name, one in RELATIONS.items()}
    return Facts(
        id=draw(st.sampled_from(IDS)),
        title=draw(texts), description=draw(texts),
        status=draw(st.sampled_from(Status)), priority=draw(st.sampled_from(Priority)),
        created_at=draw(instants | around), updated_at=draw(instants | around), completed_at=draw(st.none() | instants | around),
        due_date=draw(st.none() | st.dates(date(2026, 3, 20), date(2026, 4, 10))), version=draw(st.integers(1, 5)),
        project_id=None if project is None else IDS[project], project_name=None if project is None else NAMES[project],
        project_archived=draw(st.booleans()),
        section_id=None if section is None else IDS[section], section_name=None if section is None else NAMES[section],
        label_ids=tuple(IDS[n] for n in labels), label_names=tuple(NAMES[n] for n in labels),
        parent_id=draw(st.none() | st.sampled_from(IDS)),
        blocked_by=tuple(draw(st.lists(st.sampled_from(IDS), max_size=2, unique=True))),
        blocks=tuple(draw(st.lists(st.sampled_from(IDS), max_size=2, unique=True))), rank=draw(ranks),
        subtasks=draw(st.integers(0, 4)), subtasks_closed=draw(st.integers(0, 2)), checked=tuple(draw(st.lists(names, max_size=2))),
        unchecked=tuple(draw(st.lists(names, max_size=2))), links=tuple(draw(st.lists(texts, max_size=2))),
        link_titles=tuple(draw(st.lists(texts, max_size=2))), link_rels=tuple(draw(st.lists(names, max_size=2))),
        related=related,
        has_subtasks=draw(st.booleans()), ready=draw(st.booleans()), blocked=draw(st.booleans()), blocked_by_open=draw(st.integers(0, 3)),
        comments=tuple(draw(st.lists(names, max_size=2))), checklist=tuple(draw(st.lists(names, max_size=2))),
    )  # fmt: skip


def task(**values: object) -> Facts:
    """A plain open task, made at NOW in the Inbox, with these values."""
    return Facts(**{"id": IDS[0], "title": "Buy milk", "created_at": NOW, "updated_at": NOW} | values)  # type: ignore[arg-type]


def tried(make: Callable[..., Made], *arguments: object) -> Made | FilterInvalid:
    """What is made, or its refusal; any other error is one."""
    try:
        return make(*arguments)
    except FilterInvalid as refused:
        return refused


ZONE = ZoneInfo("Europe/Berlin")


def resolved(tree: Tree | str) -> Resolved:
    """The filter as of NOW in ZONE."""
    return resolve(parse(tree) if isinstance(tree, str) else tree, NOW, ZONE)


def selects(tree: Tree | str, facts: Facts) -> bool:
    return matches(resolved(tree), facts)


def near(tree: Tree) -> bool:
    """Whether no date of it lies too far away."""
    return isinstance(tried(resolved, tree), Resolved)


reachable = trees.filter(near)
