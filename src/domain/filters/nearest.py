"""Known names that are near to what somebody wrote."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from heapq import nlargest

_SHORTEST = 2
_LONGEST = 64  # no name is longer, and matching costs time by length
_MOST = 3
_COMPARED = 30  # of however many are known: comparing is dear, telling which are worth it is cheap
_PIECES = 16
_CUTOFF = 0.6


def nearest(text: str, known: Iterable[str]) -> tuple[str, ...]:
    """Up to three of the known names, best first: those that go on where the text ends, then those alike.

    A name of two parts is near to one of two, or to its second.
    """
    wanted = text.lower()
    if not _SHORTEST <= len(wanted) <= _LONGEST:
        return ()
    second = f".{wanted}"
    names = [one for one in map(str, known) if "." not in one or "." in wanted or one.endswith(second)]
    begun = [name for name in names if name.startswith(wanted) or name.endswith(second)]
    alike = get_close_matches(wanted, _likely(wanted, names), n=_MOST, cutoff=_CUTOFF)
    return tuple(dict.fromkeys(begun[:_MOST] + alike))[:_MOST]


def _likely(wanted: str, names: Sequence[str]) -> Sequence[str]:
    """Of the names that are about as long those that share most letters, and pairs of them, with the text."""
    share = _CUTOFF / (2 - _CUTOFF)  # a name that is shorter, or longer, is not alike whatever it says
    shortest, longest = len(wanted) * share, len(wanted) / share
    near = [name for name in names if shortest <= len(name) <= longest]
    if len(near) <= _COMPARED:
        return near
    pairs = [wanted[at : at + 2] for at in range(len(wanted) - 1)]
    pieces = [*dict.fromkeys(pairs), *dict.fromkeys(wanted)]
    pieces = pieces[:: 1 + len(pieces) // _PIECES]

    def shared(name: str) -> int:
        return sum(map(name.__contains__, pieces)) - abs(len(name) - len(wanted))

    return nlargest(_COMPARED, near, key=shared)
