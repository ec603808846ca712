"""Saved views and those that are built in, by themselves."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from application.sorting import KEYS_MAX, SORTABLE, parsed, written
from domain.builtin_views import BUILTINS, BY_SCORE, Builtin
from domain.errors import FilterInvalid, Invalid
from domain.filters import canonical, parse
from domain.ids import AccountId, ViewId
from domain.view import KEY_MAX, SORT_MAX, Grouping, View
from tests.support.things import NOW

SPEC = (Path(__file__).parents[2] / "specs" / "features" / "views.md").read_text()
ME = AccountId(uuid4())


def view(**values: Any) -> View:
    return View.create(ME, ViewId(uuid4()), {"name": "v", **values}, NOW)  # type: ignore[typeddict-item]


@pytest.mark.rule("VIEW-1")
def test_a_view_has_a_name_and_nothing_else_unless_said() -> None:
    made = view(name="  Ärmel  ")
    assert (made.name, made.key, made.filter, made.sort, made.grouping) == (
        "Ärmel",
        "armel",
        None,
        None,
        None,
    )
    for wrong in ("", "  ", "x" * 101, "a\nb", "\ud800"):
        with pytest.raises(Invalid) as refused:
            view(name=wrong)
        assert [one.pointer for one in refused.value.violations] == ["/name"]
    assert len(view(name="\ufdfa" * 100).key) == KEY_MAX


@pytest.mark.rule("VIEW-1")
def test_an_edit_changes_what_it_names() -> None:
    made = view(filter="open", sort="title", grouping=Grouping.DAY)
    later = NOW + timedelta(hours=1)
    changed = made.edit({"name": "w", "filter": None}, later)
    assert (changed.name, changed.key, changed.filter, changed.version) == ("w", "w", None, 2)
    assert (changed.sort, changed.grouping, changed.updated_at) == ("title", Grouping.DAY, later)
    assert made.edit({"filter": " OPEN ", "sort": "title"}, later) is made
    assert made.edit({"sort": None, "grouping": None}, later).sort is None
    with pytest.raises(Invalid):
        made.edit({"name": None}, later)


@pytest.mark.rule("VIEW-2")
def test_a_filter_is_kept_as_canonical_text() -> None:
    assert view(filter='  OVERDUE|( today &"x")').filter == 'overdue | today & "x"'
    tree = {"field": "due_date", "operator": "<=", "values": ["today+P1D"]}
    assert view(filter=tree).filter == canonical(parse("due_date <= today+P1D"))
    for wrong in ("", "todayy", "today &", {"field": "due"}, {}):
        with pytest.raises(FilterInvalid):
            view(filter=wrong)
        with pytest.raises(FilterInvalid):
            view().edit({"filter": wrong}, NOW)


def test_every_sort_has_room() -> None:
    longest = sorted(SORTABLE, key=len)[-KEYS_MAX:]
    assert len(",".join(f"-{name}" for name in longest)) <= SORT_MAX


@pytest.mark.rule("VIEW-4")
def test_built_in_views_are_those_of_the_table() -> None:
    table = re.findall(r"^\| `(\w+)` \| `([^`]+)` \| (.+?) \| (.*?) \|$", SPEC, re.MULTILINE)
    assert [row[0] for row in table] == [*Builtin] == [*BUILTINS]
    for name, text, sort, grouping in table:
        one = BUILTINS[Builtin(name)]
        assert (one.id, one.filter, one.grouping or "") == (name, text, grouping.strip("`"))
        assert canonical(parse(text)) == text
        assert (one.sort, one.ranked) == (sort.strip("`"), sort == f"`{BY_SCORE}`")
        if not one.ranked:
            assert written(parsed(one.sort)) == one.sort
