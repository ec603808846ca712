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
_ELLIPSIS = "\u2026"
_NARROW, _BROAD = frozenset(" !'(),-./:;I[\\]`fijlrt|"), frozenset("#%+<=>@MW^mw~")
# Of other alphabets, which are as those of ASCII else.
_BROAD_LETTERS = frozenset(
    "\u00c6\u00e6\u0152\u0153\u03c9\u03c8\u0416\u041c\u0424\u0428\u0429\u042a\u042b\u042e\u0409\u040a\u0436\u043c\u0444\u0448\u0449\u044a\u044b\u044e\u0459\u045a"
)
_ALPHABETS_END = "\u0530"
"""Latin, Greek and Cyrillic come before."""


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


def shortened(said: str, room: float) -> str:
    """As much of it as is at most so many em wide together with an ellipsis for the rest."""
    said, used, kept = clean(said), 0.0, 0
    for place, character in enumerate(said):
        used += _width(character)
        if used > room:
            return said[:kept].rstrip(f" {_JOINER}") + _ELLIPSIS
        if used + _width(_ELLIPSIS) <= room:
            kept = place + 1
    return said


def width(said: str) -> float:
    """How wide it may be, in em: which font shows it is not known, so it is by one that is wide."""
    return sum(map(_width, clean(said)))


def _width(character: str) -> float:
    category = unicodedata.category(character)
    if category in {"Mn", "Me", "Cf"}:
        return 0
    base = unicodedata.normalize("NFD", character)[0]
    if base in _NARROW:
        return 0.42
    if base in _BROAD or base in _BROAD_LETTERS:
        return 1.1
    if base.isascii() or (base < _ALPHABETS_END and category in {"Ll", "Lu"}):
        return 0.8 if base.isupper() or base == "&" else 0.66
    return 1.4 if category == "So" else 1


def _painted(color: str) -> dict[str, str]:
    return {"class": PREFIX + color, "fill": COLORS[color][0]}


def _n(number: float) -> str:
    return f"{number:.2f}".rstrip("0").rstrip(".")
