"""Which of its forms something is answered in: RFC 9110, 12.5.1."""

import re
from collections.abc import Sequence
from http import HTTPStatus

from starlette.datastructures import Headers

from entrypoints.http.problems import HttpProblem, malformed

VARY = {"Vary": "Accept"}
_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # noqa: S105 - RFC 9110's word
_QUOTED = r'"(?:[^"\\]|\\.)*"'
_RANGE = re.compile(
    rf"({_TOKEN})/({_TOKEN})((?:[ \t]*;[ \t]*(?:{_TOKEN}[ \t]*=[ \t]*(?:{_TOKEN}|{_QUOTED}))?)*)"
)
_WEIGHT = re.compile(r";[ \t]*q[ \t]*=[ \t]*([^; \t]*)", re.IGNORECASE)
_QUALITY = re.compile(r"0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?")
_BETWEEN = re.compile(r"[ \t]*(?:,[ \t]*)*")


def chosen(headers: Headers, offered: Sequence[str]) -> str:
    """Of the offered media types the one that the client likes best; of several, the first of these.

    Parameters other than the weight are not looked at. Raises HttpProblem: 406 where it takes none of
    them, 400 where the header cannot be read.
    """
    ranges = _ranges(", ".join(headers.getlist("accept"))) or [("*", "*", 1.0)]
    best = max(offered, key=lambda media_type: _quality(media_type, ranges))
    if _quality(best, ranges) > 0:
        return best
    raise HttpProblem(
        HTTPStatus.NOT_ACCEPTABLE,
        "not_acceptable",
        "There is no such form of this",
        f"Send Accept: {' or '.join(offered)}.",
        VARY,
    )


def _quality(media_type: str, ranges: Sequence[tuple[str, str, float]]) -> float:
    """By the most specific range that it is in; 0 where it is in none."""
    kind, name = media_type.split("/")
    found = [
        ((a != "*") + (b != "*"), weight)
        for a, b, weight in ranges
        if (a, b) in {("*", "*"), (kind, "*"), (kind, name)}
    ]
    return max(found)[1] if found else 0.0


def _ranges(value: str) -> list[tuple[str, str, float]]:
    """Each media range with its weight, in lower case; none of a header that is empty, as it may be."""
    found: list[tuple[str, str, float]] = []
    at = _next(value, 0)
    while at < len(value):
        match = _RANGE.match(value, at)
        if match is None:
            raise _unreadable()
        found.append((match[1].lower(), match[2].lower(), _weight(match[3])))
        at = _next(value, match.end())
        if at < len(value) and "," not in value[match.end() : at]:
            raise _unreadable()
    return found


def _next(value: str, at: int) -> int:
    match = _BETWEEN.match(value, at)
    return at if match is None else match.end()


def _weight(parameters: str) -> float:
    match = _WEIGHT.search(re.sub(_QUOTED, '""', parameters))
    if match is None:
        return 1.0
    if not _QUALITY.fullmatch(match[1]):
        raise _unreadable()
    return float(match[1])


def _unreadable() -> HttpProblem:
    return malformed("malformed_header", "Accept must hold media ranges, such as application/json;q=0.5.")
