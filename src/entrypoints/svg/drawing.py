"""What pictures are made of. Texts are cleaned of what XML cannot hold; lengths are in user units."""

import re
import unicodedata
from collections.abc import Sequence
from xml.etree import ElementTree as ET

from entrypoints.svg.theme import COLORS, PREFIX, STROKE, STYLE

Element = ET.Element
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Helvetica Neue', Arial, sans-serif"
# XML 1.0, 2.2; and control characters that it would take.
_NO_TEXT = re.compile("[^\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# They turn the direction of whatever comes after them.
_TURNING = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_JOINER = "\u200d"
_BROAD = "MWmw@%"


def picture(width: float, height: float, title: str, description: str) -> Element:
    """The root, with its page. Both texts are read out to who cannot see it."""
    ids = {"title": f"{PREFIX}title", "desc": f"{PREFIX}description"}
    root = Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "viewBox": f"0 0 {_n(width)} {_n(height)}",
            "width": _n(width),
            "height": _n(height),
            "role": "img",
            "aria-labelledby": " ".join(ids.values()),
            "font-family": FONT,
        },
    )
    for name, said in (("title", title), ("desc", description)):
        ET.SubElement(root, name, {"id": ids[name]}).text = clean(said)
    ET.SubElement(root, "style").text = STYLE
    box(root, 0, 0, width, height, "page")
    return root


def written(root: Element) -> bytes:
    """The picture as a file, in UTF-8."""
    found: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return found


def group(within: Element, tip: str | None = None) -> Element:
    """Some parts that belong together, with a text that shows where a pointer rests."""
    made = ET.SubElement(within, "g")
    if tip is not None:
        ET.SubElement(made, "title").text = clean(tip)
    return made


def box(
    within: Element, x: float, y: float, width: float, height: float, color: str, radius: float = 0
) -> None:
    """A rectangle."""
    place = {"x": _n(x), "y": _n(y), "width": _n(width), "height": _n(height)}
    round_ = {"rx": _n(radius)} if radius else {}
    ET.SubElement(within, "rect", {**place, **round_, **_painted(color)})


def column(within: Element, x: float, base: float, width: float, height: float, color: str) -> None:
    """A bar that stands on its base, its upper corners round."""
    radius = min(width / 2, height, 2.5)
    path = (
        f"M{_n(x)} {_n(base)}v{_n(radius - height)}q0 {_n(-radius)} {_n(radius)} {_n(-radius)}"
        f"h{_n(width - 2 * radius)}q{_n(radius)} 0 {_n(radius)} {_n(radius)}v{_n(height - radius)}z"
    )
    ET.SubElement(within, "path", {"d": path, **_painted(color)})


def curve(within: Element, points: Sequence[tuple[float, float]]) -> None:
    """A line through points."""
    line = {
        "points": " ".join(f"{_n(x)},{_n(y)}" for x, y in points),
        "class": PREFIX + STROKE,
        "fill": "none",
        "stroke": COLORS["ink"][0],
        "stroke-width": "1.5",
        "stroke-linejoin": "round",
        "stroke-opacity": "0.75",
    }
    ET.SubElement(within, "polyline", line)


def text(
    within: Element,
    x: float,
    y: float,
    said: str,
    *,
    color: str = "ink",
    size: float = 13,
    bold: bool = False,
    anchor: str = "start",
) -> None:
    """One line, `y` its baseline; `anchor` says which part of it is at `x`: start, middle or end."""
    how = {"font-size": _n(size)} | ({"font-weight": "600"} if bold else {})
    how |= {"text-anchor": anchor} if anchor != "start" else {}
    ET.SubElement(within, "text", {"x": _n(x), "y": _n(y), **how, **_painted(color)}).text = clean(said)


def window(within: Element, x: float, y: float, width: float, height: float) -> Element:
    """A part of the picture that nothing within it leaves."""
    place = {"x": _n(x), "y": _n(y), "width": _n(width), "height": _n(height), "overflow": "hidden"}
    return ET.SubElement(within, "svg", place)


def clean(said: str) -> str:
    """The text without what XML does not take or nobody can see."""
    return _NO_TEXT.sub("\ufffd", _TURNING.sub("", re.sub(r"[\t\n\r]", " ", said)))


def shortened(said: str, columns: int) -> str:
    """At most so many columns of it, of which a wide character takes two: the rest is an ellipsis."""
    said, used, kept = clean(said), 0, 0
    for place, character in enumerate(said):
        used += _columns(character)
        if used > columns:
            return said[:kept].rstrip(f" {_JOINER}") + "\u2026"
        if used < columns:
            kept = place + 1
    return said


def _columns(character: str) -> int:
    if unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if character in _BROAD or unicodedata.east_asian_width(character) in "WF" else 1


def _painted(color: str) -> dict[str, str]:
    return {"class": PREFIX + color, "fill": COLORS[color][0]}


def _n(number: float) -> str:
    return f"{number:.2f}".rstrip("0").rstrip(".")
