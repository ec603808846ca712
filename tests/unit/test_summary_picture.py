"""The picture of a summary: well-formed whatever things are called, legible, and of the figures that it is of."""

import random
import re
from base64 import b64encode
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from itertools import pairwise
from uuid import uuid4
from xml.etree import ElementTree as ET

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from domain.ids import ProjectId
from domain.project import NAME_MAX
from domain.summary import DUE_DAYS, LATER, NO_DATE, OVERDUE, Days, ProjectCount, Summary
from domain.task import Status
from entrypoints.svg.drawing import clean, shortened, width
from entrypoints.svg.plots import step_for
from entrypoints.svg.summary import drawn
from entrypoints.svg.theme import COLORS, POLICY, STROKE

AT = datetime(2026, 11, 24, 14, 5, tzinfo=UTC)
TODAY = AT.date()
SVG = "{http://www.w3.org/2000/svg}"
ELEMENTS = {"svg", "title", "desc", "style", "g", "rect", "path", "polyline", "text"}
COUNTS = st.integers(0, 3) | st.integers(0, 10_000_000)
NASTY = ["", " ", "]]>", "<!--", "&amp;", "<script>alert(1)</script>", '"\'', "\x00\x1b\x85", "\ud800", "\ufffe\uffff", "\u202eabc\u2066",
         "e" + "\u0301" * 150, "\U0001f469\u200d\U0001f467", "W" * NAME_MAX, "\u8cb7" * NAME_MAX, "\t\r\n", "\U0010ffff", "\u2028"]  # fmt: skip
names = st.text(max_size=NAME_MAX) | st.sampled_from(NASTY)


def project(name: str | None, open_: int = 1, closed: int = 1, overdue: int = 0) -> ProjectCount:
    id_ = None if name is None else ProjectId(uuid4())
    return ProjectCount(project_id=id_, name=name, open=open_, closed=closed, overdue=overdue)


def summary(
    projects: list[ProjectCount], due: dict[int, int] | None = None, done: dict[int, int] | None = None,
    statuses: dict[Status, int] | None = None, today: date = TODAY,
) -> Summary:  # fmt: skip
    return Summary.of(Days(today, ()), statuses or {}, due or {}, done or {}, projects)


def full() -> Summary:
    dice = random.Random(1)
    named = [project(f"Project {n}", 40 - n, n, min(n, 3)) for n in range(11)]
    return summary(
        [*named, project(None, 50, 2, 1)],
        {OVERDUE: 12, NO_DATE: 34, LATER: 56, **{n: dice.randint(0, 5) for n in range(DUE_DAYS)}, 0: 7},
        {n: dice.randint(0, 9) for n in range(1, 91)},
        {Status.TODO: 1200, Status.IN_PROGRESS: 34, Status.DONE: 5, Status.CANCELLED: 0},
    )


def parsed(made: Summary, zone: str = "Europe/Berlin") -> ET.Element:
    """By a parser that does not know who wrote it."""
    return ET.fromstring(drawn(made, AT, zone))  # noqa: S314 - it is our own


def texts(root: ET.Element, name: str = "text") -> list[str]:
    return [one.text or "" for one in root.iter(SVG + name)]


@pytest.mark.rule("SUM-11")
@settings(deadline=None)
@given(st.lists(st.builds(project, names, COUNTS, COUNTS), max_size=12))
@example([project(name) for name in NASTY[:9]])
@example([project(name) for name in NASTY[9:]])
def test_it_is_well_formed_whatever_projects_are_called(projects: list[ProjectCount]) -> None:
    root = parsed(summary(projects))
    assert {one.tag.removeprefix(SVG) for one in root.iter()} <= ELEMENTS
    shown = sorted(projects, key=lambda one: (-one.open, -one.closed, str(one.project_id)))[:8]
    tips = texts(root, "title")[1:]
    for one, tip in zip(shown, tips, strict=True):
        assert tip.startswith(f"{clean(one.name or '')}: ")
    for one, within in zip(shown, root.findall(f".//{SVG}svg"), strict=True):
        name, whole = within.findtext(f"{SVG}text") or "", clean("Inbox" if one.name is None else one.name)
        assert name == whole or (name.endswith("\u2026") and whole.startswith(name[:-1]))


@pytest.mark.rule("SUM-10")
@settings(deadline=None)
@given(st.lists(st.builds(project, names, COUNTS, COUNTS), max_size=3))
def test_it_needs_nothing_else_and_runs_nothing(projects: list[ProjectCount]) -> None:
    root = parsed(summary(projects))
    for one in root.iter():
        for name, value in one.attrib.items():
            assert not name.lower().startswith("on")
            assert "href" not in name
            assert name not in {"style", "src"}
            assert "url(" not in value
            assert "://" not in value
    assert "url" not in (root.findtext(f"{SVG}style") or "")
    assert "import" not in (root.findtext(f"{SVG}style") or "")


@pytest.mark.rule("SUM-9")
def test_it_shows_the_figures() -> None:
    made = full()
    root = parsed(made)
    written = texts(root)
    done = [one.count for one in made.completed_by_day]
    for figure in (
        "1,234",
        "12",
        "7",
        f"{sum(done[-7:]):,}",
        f"{sum(done):,}",
        "1,200",
        "34",
        "5",
        "97 %",
        "3 %",
        "<1 %",
        "0 %",
    ):
        assert figure in written, figure
    assert "next 28 days \u00b7 later 56 \u00b7 without a date 34" in written
    assert "Tue 24 Nov 2026, 14:05 \u00b7 Europe/Berlin" in written
    tips = texts(root, "title")
    for one in made.completed_by_day:
        assert len(
            [
                tip
                for tip in tips
                if tip.endswith(f"{one.day.year}: {one.count} completed") and f" {one.day.day} " in tip
            ]
        ) >= bool(one.count)
    assert sum(tip.endswith("completed") for tip in tips) == sum(count > 0 for count in done)
    assert sum(tip.endswith("due") for tip in tips) == sum(one.count > 0 for one in made.due_by_day)
    assert "Tue 24 Nov 2026: 7 due" in tips
    assert [text for text in written if text.startswith(("Inbox", "Project"))] == [
        "Inbox",
        *(f"Project {n}" for n in range(7)),
    ]
    assert "1 overdue, 50 open, 2 closed" in written
    assert "and 4 more: 12 overdue, 126 open, 34 closed" in written


def lines(root: ET.Element) -> list[float]:
    """The heights of the lines of the first plot."""
    found = [one for one in root.iter(f"{SVG}rect") if one.attrib["class"] == "remit-line"]
    return [float(one.attrib["y"]) for one in found if one.attrib["width"] == found[0].attrib["width"]]


@pytest.mark.rule("SUM-9")
def test_bars_are_as_high_as_their_counts() -> None:
    root = parsed(summary([], done={1: 10, 2: 5, 90: 1}, due={0: 4, 27: 2}))
    heights = {}
    for part in root.iter(f"{SVG}g"):
        path = part.find(f"{SVG}path")
        if path is not None:
            climbed = re.match(r"M[0-9.]+ [0-9.]+v(-[0-9.]+)q0 (-[0-9.]+)", path.attrib["d"])
            assert climbed is not None
            heights[part.findtext(f"{SVG}title")] = -float(climbed[1]) - float(climbed[2])
    most = heights["Thu 27 Aug 2026: 10 completed"]
    assert most == pytest.approx(max(lines(root)) - min(lines(root)), abs=0.1)
    assert heights["Fri 28 Aug 2026: 5 completed"] == pytest.approx(most / 2, abs=0.1)
    assert heights["Tue 24 Nov 2026: 1 completed"] == pytest.approx(most / 10, abs=0.1)
    assert heights["Mon 21 Dec 2026: 2 due"] == pytest.approx(heights["Tue 24 Nov 2026: 4 due"] / 2, abs=0.1)


@pytest.mark.rule("SUM-9")
def test_where_there_is_nothing_it_says_so() -> None:
    written = texts(parsed(summary([])))
    for said in (
        "Nothing was completed in these days.",
        "Nothing is due in these days.",
        "There are no tasks.",
    ):
        assert said in written
    assert written.count("0 %") == len(Status)


@pytest.mark.rule("SUM-9")
@given(st.lists(st.builds(project, names, COUNTS, COUNTS), max_size=12), st.dictionaries(st.integers(-2, 28), COUNTS), st.dictionaries(st.integers(1, 90), COUNTS), st.dictionaries(st.sampled_from(Status), COUNTS))  # fmt: skip
@settings(deadline=None)
def test_nothing_stands_outside_of_the_page(
    projects: list[ProjectCount], due: dict[int, int], done: dict[int, int], statuses: dict[Status, int]
) -> None:
    root = parsed(summary(projects, due, done, statuses))
    width, height = (float(root.attrib[name]) for name in ("width", "height"))
    for one in list(root.iter(f"{SVG}rect")) + list(root.iter(f"{SVG}svg"))[1:]:
        x, y, wide, high = (float(one.attrib[name]) for name in ("x", "y", "width", "height"))
        assert 0 <= x < x + wide <= width
        assert 0 <= y < y + high <= height
    rects = [
        [float(one.attrib[name]) for name in ("x", "y", "width", "height")] for one in root.iter(f"{SVG}rect")
    ]
    for (x, y, wide, high), one in zip(rects, root.iter(f"{SVG}rect"), strict=True):
        if one.attrib["class"] == "remit-track":
            parts = [part for part in rects if (part[1], part[3]) == (y, high) and x <= part[0] < x + wide]
            assert all(part[0] + part[2] <= x + wide + 0.1 for part in parts)
    for one in root.iter(f"{SVG}path"):
        x, y = map(float, re.findall(r"M([0-9.]+) ([0-9.]+)", one.attrib["d"])[0])
        assert (0 < x < width, 0 < y < height) == (True, True)


@pytest.mark.rule("SUM-10")
def test_who_cannot_see_it_hears_what_it_shows() -> None:
    root = parsed(full())
    assert root.attrib["role"] == "img"
    title, description = (root.find(f"{SVG}{name}") for name in ("title", "desc"))
    assert title is not None
    assert description is not None
    assert root.attrib["aria-labelledby"].split() == [title.attrib["id"], description.attrib["id"]]
    assert list(root)[:2] == [title, description]
    assert title.text == "Summary of tasks"
    for said in (
        "1,239 tasks: 1,200 to do, 34 in progress, 5 done, 0 cancelled",
        "Overdue: 12.",
        "later: 56",
        "Inbox: 1 overdue, 50 open, 2 closed",
    ):
        assert said in (description.text or "")


@pytest.mark.rule("SUM-10")
def test_its_policy_lets_its_style_through_and_nothing_else() -> None:
    style = parsed(full()).findtext(f"{SVG}style") or ""
    digest = b64encode(sha256(style.encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'sha256-{digest}'; frame-ancestors 'none'" == POLICY
    assert style.startswith("@media (prefers-color-scheme:dark){")
    for name, (_, dark) in COLORS.items():
        assert f".remit-{name}{{fill:{dark}}}" in style
    used = {part for one in parsed(full()).iter() for part in one.attrib.get("class", "").split()}
    assert used <= {f"remit-{name}" for name in (*COLORS, STROKE)}


def luminance(color: str) -> float:
    """WCAG 2.2, relative luminance."""
    parts = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.rule("SUM-10")
@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_it_is_legible_in_light_and_dark(scheme: int) -> None:
    """WCAG 2.2: 1.4.3 for texts, 1.4.11 for what else is to be seen."""
    color = {name: both[scheme] for name, both in COLORS.items()}
    for ground in ("page", "panel"):
        assert min(contrast(color[name], color[ground]) for name in ("ink", "faint")) >= 4.5
    for name in ("todo", "in_progress", "done", "cancelled", "overdue"):
        assert contrast(color[name], color["panel"]) >= 3, name


@pytest.mark.rule("SUM-11")
@given(names, st.floats(1, 40))
def test_a_name_is_shortened_to_what_there_is_room_for(name: str, room: float) -> None:
    found = shortened(name, room)
    assert width(found) <= room + 1e-9
    if found != clean(name):
        assert found[-1] == "\u2026"
        assert clean(name).startswith(found[:-1])
        assert width(name) > room


@pytest.mark.rule("SUM-11")
@pytest.mark.parametrize(
    ("name", "room", "found"),
    [
        ("abcde", 3.4, "abcde"), ("abcdef", 3.4, "abc\u2026"), ("\u8cb7\u3044\u7269", 3, "\u8cb7\u3044\u7269"), ("\u8cb7\u3044\u7269x", 3.5, "\u8cb7\u3044\u2026"),
        ("ab cdef", 3, "ab\u2026"), ("e\u0301e\u0301e\u0301", 1.8, "e\u0301\u2026"), ("\u00e9\u00e9", 1.4, "\u00e9\u00e9"), ("WWW", 3.1, "W\u2026"), ("iiiiiii", 3, "iiiiiii"), ("a\nb\tc", 9, "a b c"),
        ("\U0001f469\u200d\U0001f467x", 3, "\U0001f469\u2026"), ("a\x00b\ufffe", 9, "a\ufffdb\ufffd"), ("\u202eabc", 9, "abc"), ("abc", 1, "\u2026"),
    ],
)  # fmt: skip
def test_how_names_are_shortened(name: str, room: float, found: str) -> None:
    assert shortened(name, room) == found


@pytest.mark.rule("SUM-11")
@given(st.lists(st.builds(project, names, COUNTS, COUNTS), max_size=8))
@example([project("x" * NAME_MAX), project("W" * NAME_MAX), project("il" * (NAME_MAX // 2))])
@settings(deadline=None)
def test_a_name_ends_within_its_window(projects: list[ProjectCount]) -> None:
    for within in parsed(summary(projects)).findall(f".//{SVG}svg"):
        name = within.find(f"{SVG}text")
        assert name is not None
        size = float(name.attrib["font-size"])
        assert size * width(name.text or "") <= float(within.attrib["width"]) + 0.1


@pytest.mark.rule("SUM-9")
@given(st.integers(0, 10**9))
def test_lines_are_round_figures_apart_and_few(most: int) -> None:
    step = step_for(most)
    assert re.fullmatch("[125]0*", str(step))
    assert 0 <= -(-most // step) <= 4


@pytest.mark.rule("SUM-9")
@pytest.mark.parametrize("today", [TODAY + timedelta(days) for days in range(7)], ids=str)
def test_labels_of_days_keep_clear_of_each_other(today: date) -> None:
    root = parsed(summary([], {0: 1}, {90: 1}, today=today))
    labels = [
        one for one in root.iter(f"{SVG}text") if re.fullmatch(r"today|\d+ [A-Z][a-z]{2}", one.text or "")
    ]
    grid = [
        (float(one.attrib["y"]), float(one.attrib["x"]) + float(one.attrib["width"]))
        for one in root.iter(f"{SVG}rect")
        if one.attrib["class"] == "remit-line"
    ]
    for row in {one.attrib["y"] for one in labels}:
        ends = []
        for one in (label for label in labels if label.attrib["y"] == row):
            x, wide = float(one.attrib["x"]), 7 * len(one.text or "")
            begin = x - wide if one.attrib.get("text-anchor") == "end" else x - wide / 2
            ends.append((begin, begin + wide))
        ends.sort()
        assert len(ends) > 3
        assert ends[-1][1] <= {f"{bottom + 17.5:g}": right for bottom, right in grid}[row]
        assert all(end <= begin for (_, end), (begin, _) in pairwise(ends))
