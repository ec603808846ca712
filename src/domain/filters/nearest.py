"""Known names that are near to what somebody wrote."""

from collections.abc import Iterable
from difflib import get_close_matches

_SHORTEST = 2
_LONGEST = 64  # no name is longer, and matching costs time by length
_MOST = 3


def nearest(text: str, known: Iterable[str]) -> tuple[str, ...]:
    """Up to three of the known names, best first: those that go on where the text ends, then those alike.

    A name of two parts is near to one of two, or to its second.
    """
    wanted = text.lower()
    names = [one for one in map(str, known) if ("." in one) <= ("." in wanted) or one.endswith(f".{wanted}")]
    if not _SHORTEST <= len(wanted) <= _LONGEST:
        return ()
    begun = [name for name in names if name.startswith(wanted) or name.endswith(f".{wanted}")]
    alike = get_close_matches(wanted, names, n=_MOST, cutoff=0.6)
    return tuple(dict.fromkeys(begun + alike))[:_MOST]
