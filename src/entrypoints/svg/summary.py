"""The picture of a summary: figures, days, statuses and projects on one page."""

from collections.abc import Sequence
from datetime import date, datetime

from domain.summary import COMPLETED_DAYS, DUE_DAYS, DayCount, ProjectCount, Summary
from domain.task import OPEN, Status
from entrypoints.svg.drawing import Element, box, group, picture, shortened, text, width, window, written
from entrypoints.svg.plots import Area, Bars, bars, in_words, shares, short

MEDIA_TYPE = "image/svg+xml"
PROJECTS_SHOWN = 8
INBOX = "Inbox"
_WIDTH, _MARGIN, _GAP = 960, 32, 16
_INNER = _WIDTH - 2 * _MARGIN
_ROW = 46
_SIZE, _SMALL = 13, 12
"""Of texts."""
_WEEK = 7
_SAID = 26
"""How much is read out of a name, by its width in em."""
Panel = tuple[Element, Area]
"""Where to draw, and the part of it that is for what the panel shows."""
_WORDS = {
    Status.TODO: "To do",
    Status.IN_PROGRESS: "In progress",
    Status.DONE: "Done",
    Status.CANCELLED: "Cancelled",
}


def drawn(summary: Summary, at: datetime, zone: str) -> bytes:
    """The summary as an SVG file; `at` is the moment in the zone."""
    shown = summary.by_project[:PROJECTS_SHOWN]
    more = summary.by_project[PROJECTS_SHOWN:]
    projects = 62 + max(1, -(-len(shown) // 2)) * _ROW + (28 if more else 0)
    root = picture(_WIDTH, 708 + projects + _MARGIN, "Summary of tasks", described(summary))
    _head(root, at, zone)
    _tiles(root, summary)
    _completed(_panel(root, _MARGIN, 188, _INNER, 252, "Completed"), summary)
    _due(_panel(root, _MARGIN, 456, 568, 236, "Due"), summary)
    _statuses(_panel(root, 616, 456, 312, 236, "By status"), summary)
    _projects(_panel(root, _MARGIN, 708, _INNER, projects, "By project"), shown, more)
    return written(root)


def described(summary: Summary) -> str:
    """The same in words."""
    statuses = ", ".join(f"{summary.by_status[status]:,} {_WORDS[status].lower()}" for status in Status)
    due, done = _sum(summary.due_by_day), _sum(summary.completed_by_day)
    projects = "; ".join(
        f"{shortened(_name(one), _SAID)}: {_told(one)}" for one in summary.by_project[:PROJECTS_SHOWN]
    )
    return (
        f"{summary.total:,} tasks: {statuses}. Overdue: {summary.overdue:,}. "
        f"Due within {DUE_DAYS} days: {due:,}, later: {summary.due_later:,}, "
        f"without a date: {summary.no_due_date:,}. "
        f"Completed in the last {COMPLETED_DAYS} days: {done:,}."
        + (f" By project: {projects}." if projects else "")
    )


def _sum(counts: Sequence[DayCount]) -> int:
    return sum(one.count for one in counts)


def _name(one: ProjectCount) -> str:
    return INBOX if one.name is None else one.name


def _head(root: Element, at: datetime, zone: str) -> None:
    text(root, _MARGIN, 56, "Summary", size=26, bold=True)
    moment = f"{in_words(at.date())}, {at:%H:%M} \u00b7 {zone}"
    text(root, _WIDTH - _MARGIN, 55, moment, color="faint", anchor="end")


def _panel(root: Element, x: float, y: float, width: float, height: float, title: str) -> Panel:
    made = group(root)
    box(made, x, y, width, height, "panel", 12)
    text(made, x + 20, y + 32, title, size=15, bold=True)
    return made, Area(x + 20, y + 56, width - 40, height - 76)


def _tiles(root: Element, summary: Summary) -> None:
    tiles = (
        ("Open", sum(summary.by_status[status] for status in OPEN), "todo"),
        ("Overdue", summary.overdue, "overdue"),
        ("Due today", summary.due_by_day[0].count, "todo"),
        ("Done in 7 days", _sum(summary.completed_by_day[-_WEEK:]), "done"),
        (f"Done in {COMPLETED_DAYS} days", _sum(summary.completed_by_day), "done"),
    )
    wide = (_INNER - _GAP * (len(tiles) - 1)) / len(tiles)
    for place, (name, count, color) in enumerate(tiles):
        x = _MARGIN + place * (wide + _GAP)
        box(root, x, 84, wide, 88, "panel", 12)
        box(root, x + 20, 104, 4, 48, color, 2)
        text(root, x + 36, 114, name, color="faint")
        figure = f"{count:,}"
        text(root, x + 36, 150, figure, size=min(30, 175 / len(figure)), bold=True)


def _aside(panel: Panel, said: str) -> None:
    """What stands at the right of a panel's title."""
    within, area = panel
    text(within, area.right, area.y - 24, said, color="faint", anchor="end")


def _nothing(panel: Panel, said: str) -> None:
    within, area = panel
    text(within, area.x + area.width / 2, area.y + area.height / 2, said, color="faint", anchor="middle")


def _plot(area: Area) -> Area:
    """Where bars are: with room for the labels to the left and below."""
    return Area(area.x + 40, area.y, area.width - 40, area.height - 16)


def _completed(panel: Panel, summary: Summary) -> None:
    within, area = panel
    counts = summary.completed_by_day
    _aside(panel, f"last {COMPLETED_DAYS} days \u00b7 line: average of {_WEEK} days")

    def label(day: date) -> str | None:
        """Every other Monday."""
        if day == summary.today:
            return "today"
        return short(day) if day.weekday() == 0 and (summary.today - day).days // _WEEK % 2 else None

    if not _sum(counts):
        _nothing(panel, "Nothing was completed in these days.")
        return
    plot = Bars(
        counts, "done", label, lambda one: f"{in_words(one.day)}: {one.count:,} completed", averaged=True
    )
    bars(within, _plot(area), plot)


def _due(panel: Panel, summary: Summary) -> None:
    within, area = panel
    later = f"later {summary.due_later:,} \u00b7 without a date {summary.no_due_date:,}"
    _aside(panel, f"next {DUE_DAYS} days \u00b7 {later}")

    def label(day: date) -> str | None:
        ahead = (day - summary.today).days
        if ahead == 0:
            return "today"
        return short(day) if day.weekday() == 0 and ahead > 2 else None  # noqa: PLR2004 - clear of "today"

    if not _sum(summary.due_by_day):
        _nothing(panel, "Nothing is due in these days.")
        return
    plot = Bars(summary.due_by_day, "todo", label, lambda one: f"{in_words(one.day)}: {one.count:,} due")
    bars(within, _plot(area), plot)


def _statuses(panel: Panel, summary: Summary) -> None:
    within, area = panel
    _aside(panel, f"{summary.total:,} tasks")
    parts = [(status.value, summary.by_status[status]) for status in Status]
    shares(within, Area(area.x, area.y, area.width, 14), parts, max(1, summary.total))
    for place, status in enumerate(Status):
        y = area.y + 50 + place * 33
        count = summary.by_status[status]
        box(within, area.x, y - 10, 11, 11, status.value, 3)
        text(within, area.x + 22, y, _WORDS[status])
        text(within, area.right - 52, y, f"{count:,}", bold=True, anchor="end")
        text(within, area.right, y, _share(count, summary.total), color="faint", anchor="end")


def _share(count: int, of: int) -> str:
    """In percent: all of it, or none, only where that is so."""
    if count in {0, of}:
        return f"{100 if count else 0} %"
    percent = 100 * count / of
    return f"{min(99, round(percent))} %" if percent >= 1 else "<1 %"


def _projects(panel: Panel, shown: Sequence[ProjectCount], more: Sequence[ProjectCount]) -> None:
    within, area = panel
    if not shown:
        _nothing(panel, "There are no tasks.")
        return
    _legend(panel)
    most = max(one.open + one.closed for one in shown)
    wide = (area.width - 2 * _GAP) / 2
    for place, one in enumerate(shown):
        row, side = divmod(place, 2)
        _project(within, Area(area.x + side * (wide + 2 * _GAP), area.y + row * _ROW, wide, _ROW), one, most)
    if more:
        rest = f"and {len(more):,} more: {_told(_together(more))}"
        text(within, area.x, area.y + -(-len(shown) // 2) * _ROW + 16, rest, color="faint")


def _legend(panel: Panel) -> None:
    within, area = panel
    for name, color, before in (("overdue", "overdue", 230), ("open", "todo", 140), ("closed", "done", 66)):
        box(within, area.right - before, area.y - 34, 11, 11, color, 3)
        text(within, area.right - before + 18, area.y - 24, name, color="faint")


def _project(within: Element, area: Area, one: ProjectCount, most: int) -> None:
    told = _told(one)
    made = group(within, f"{_name(one)}: {told}")
    room = max(2.0 * _SIZE, area.width - _SMALL * width(told) - _GAP)
    name = shortened(_name(one), room / _SIZE)
    text(window(made, area.x, area.y, room, 22), 0, 14, name, size=_SIZE)
    text(made, area.right, area.y + 14, told, color="faint", size=_SMALL, anchor="end")
    parts = [("overdue", one.overdue), ("todo", one.open - one.overdue), ("done", one.closed)]
    shares(made, Area(area.x, area.y + 23, area.width, 8), parts, max(1, most))


def _told(one: ProjectCount) -> str:
    overdue = f"{one.overdue:,} overdue, " if one.overdue else ""
    return f"{overdue}{one.open:,} open, {one.closed:,} closed"


def _together(projects: Sequence[ProjectCount]) -> ProjectCount:
    names = ("open", "closed", "overdue")
    sums = {name: sum(getattr(one, name) for one in projects) for name in names}
    return ProjectCount(project_id=None, name=None, **sums)
