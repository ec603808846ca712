"""Known names that are near to what somebody wrote."""

from collections.abc import Iterable
from difflib import get_close_matches

_SHORTEST = 2
_LONGEST = 64  # no name is longer, and matching costs time by length
_MOST = 3


def nearest(text: str, known: Iterable[str]) -> tuple[str, ...]:
    """Up to three of the known names, best first: those that go on where the text ends, then those alike."""
    wanted, names = text.lower(), [*map(str, known)]
    if not _SHORTEST <= len(wanted) <= _LONGEST:
        return ()
    begun = [name for name in names if name.startswith(wanted)]
    alike = get_close_matches(wanted, names, n=_MOST, cutoff=0.6)
    return tuple(dict.fromkeys(begun + alike))[:_MOST]
