"""Plots: bars over days, and one bar of several parts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from math import floor, log10

from domain.summary import DayCount
from entrypoints.svg.drawing import Element, box, column, curve, group, text

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_STEPS = 4
_WEEK = 7


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle: its left upper corner and its size."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        return self.x + self.width

    @property
    def bottom(self) -> float:
        return self.y + self.height


@dataclass(frozen=True, slots=True)
class Bars:
    """Bars over days. `label` is what stands below a day, if anything; `tip` what is said of one."""

    counts: Sequence[DayCount]
    color: str
    label: Callable[[date], str | None]
    tip: Callable[[DayCount], str]
    gap: float = 0.3
    averaged: bool = False


def short(day: date) -> str:
    """`24 Nov`."""
    return f"{day.day} {MONTHS[day.month - 1]}"


def in_words(day: date) -> str:
    """`Tue 24 Nov 2026`."""
    return f"{WEEKDAYS[day.weekday()]} {short(day)} {day.year}"


def step_for(most: int) -> int:
    """How far lines are apart: 1, 2 or 5 times a power of ten, so that few are enough for the most."""
    least = max(1.0, most / _STEPS)
    power = 10 ** floor(log10(least))
    return int(next(times * power for times in (1, 2, 5, 10) if times * power >= least))


def bars(within: Element, area: Area, plot: Bars) -> None:
    """The plot in the area; its labels stand to the left of it and below."""
    most = max(one.count for one in plot.counts)
    step = step_for(most)
    top = max(step, -(-most // step) * step)
    _grid(within, area, step, top)
    wide = area.width / len(plot.counts)
    for place, one in enumerate(plot.counts):
        x = area.x + place * wide
        _bar(within, Area(x, area.y, wide, area.height), one, top, plot)
        label = plot.label(one.day)
        if label is not None:
            last = place == len(plot.counts) - 1
            where = (area.right, "end") if last else (x + wide / 2, "middle")
            text(within, where[0], area.bottom + 17, label, color="faint", size=11, anchor=where[1])
    if plot.averaged and most:
        curve(within, _average(plot.counts, area, top))


def _grid(within: Element, area: Area, step: int, top: int) -> None:
    for value in range(0, top + 1, step):
        y = area.bottom - area.height * value / top
        box(within, area.x, y - 0.5, area.width, 1, "line")
        text(within, area.x - 8, y + 4, f"{value:,}", color="faint", size=11, anchor="end")


def _bar(within: Element, area: Area, one: DayCount, top: int, plot: Bars) -> None:
    if one.count:
        made = group(within, plot.tip(one))
        height = max(2.0, area.height * one.count / top)
        inset = area.width * plot.gap / 2
        column(made, area.x + inset, area.bottom, area.width - 2 * inset, height, plot.color)


def _average(counts: Sequence[DayCount], area: Area, top: int) -> list[tuple[float, float]]:
    """Of each day and the six before it."""
    wide, points = area.width / len(counts), list[tuple[float, float]]()
    for place in range(_WEEK - 1, len(counts)):
        week = [one.count for one in counts[place - _WEEK + 1 : place + 1]]
        points.append((area.x + (place + 0.5) * wide, area.bottom - area.height * sum(week) / _WEEK / top))
    return points


def shares(within: Element, area: Area, parts: Sequence[tuple[str, int]], whole: int) -> None:
    """One bar of parts, each a colour and a count; `whole` would fill it, the rest of it is empty."""
    radius = area.height / 2
    box(within, area.x, area.y, area.width, area.height, "track", radius)
    x = area.x
    shown = [(color, max(area.height, area.width * count / whole)) for color, count in parts if count]
    scale = min(1.0, area.width / sum(wide for _, wide in shown)) if shown else 1.0
    for place, (color, wide) in enumerate(shown):
        gap = 2 if place < len(shown) - 1 else 0
        box(within, x, area.y, max(1.0, wide * scale - gap), area.height, color, min(radius, 3))
        x += wide * scale
