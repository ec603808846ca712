"""Where words were found: a piece of each text that has some, with the matches marked. Never any markup."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from domain.comment import Comment
from domain.search.sought import Sought
from domain.search.words import WORD, WORD_MAX, parted, runs, terms_of

EXCERPT_MAX = 160
_LEAD = 40
_LOOKED_AT = 100
"""Matches that a piece may begin before."""
_MATCHES_MAX = _LOOKED_AT + EXCERPT_MAX
"""Of a text and for each word: what comes after so many is in no piece."""


class Field(StrEnum):
    """Where words are sought, the best place first."""

    TITLE = "title"
    CHECKLIST = "checklist"
    DESCRIPTION = "description"
    COMMENT = "comment"


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    """What matched, in code points, half open."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A piece of a text, as it is written there from `start` on; the marks are counted in the piece."""

    text: str
    start: int
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Snippet:
    """An excerpt of a field: of a checklist, of the item at `item`; of a comment, of the one with that id."""

    field: Field
    excerpt: Excerpt
    item: int | None = None
    comment_id: UUID | None = None


class Written(NamedTuple):
    """What is written in a task."""

    title: str
    checklist: Sequence[str] = ()
    description: str = ""


class Lexicon(dict[str, tuple[tuple[int, int, int], ...]]):
    """By term, its matches: of which word, how long, and what they are worth. For many texts: most terms are
    in several of them, and match nothing.
    """

    def __init__(self, sought: Sequence[Sought]) -> None:
        super().__init__()
        self.sought = sought

    def __missing__(self, term: str) -> tuple[tuple[int, int, int], ...]:
        self[term] = found = tuple(
            (place, one.length(term), worth)
            for place, one in enumerate(self.sought)
            if (worth := one.worth(term))
        )
        return found


def snippets(written: Written, comments: Iterable[Comment], lexicon: Lexicon) -> tuple[Snippet, ...]:
    """One of each field that has a match: of items and of comments, the one that has the best matches."""
    found: list[Snippet] = []
    if title := _searched(written.title, lexicon):
        found.append(Snippet(Field.TITLE, title.excerpt()))
    items = ((_searched(item, lexicon), place) for place, item in enumerate(written.checklist))
    if item := max(((one, -place) for one, place in items if one), key=_worth, default=None):
        found.append(Snippet(Field.CHECKLIST, item[0].excerpt(), item=-item[1]))
    if description := _searched(written.description, lexicon):
        found.append(Snippet(Field.DESCRIPTION, description.excerpt()))
    bodies = ((_searched(comment.body, lexicon), comment.id) for comment in comments)
    if body := max(((one, comment_id) for one, comment_id in bodies if one), key=_worth, default=None):
        found.append(Snippet(Field.COMMENT, body[0].excerpt(), comment_id=body[1]))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Searched:
    """A text with matches: by place, which word each is of; and what they are worth together."""

    text: str
    matches: Sequence[tuple[Mark, int]]
    worth: int

    def excerpt(self) -> Excerpt:
        start = self._start()
        end = min(len(self.text), start + EXCERPT_MAX)
        marks = [Mark(max(one.start, start) - start, min(one.end, end) - start) for one, _ in self.matches]
        return Excerpt(self.text[start:end], start, _joined(one for one in marks if one.start < one.end))

    def _start(self) -> int:
        """From where on the piece has the most different words."""
        if len(self.text) <= EXCERPT_MAX:
            return 0
        starts = [mark.start for mark, _ in self.matches]

        def words(place: int) -> int:
            until = bisect_left(starts, starts[place] - _LEAD + EXCERPT_MAX)
            return len({word for _, word in self.matches[place:until]})

        best = max(range(min(len(starts), _LOOKED_AT)), key=lambda place: (words(place), -place))
        start = max(0, min(starts[best] - _LEAD, len(self.text) - EXCERPT_MAX))
        space = self.text.find(" ", start, starts[best])
        return start if start == 0 or space < 0 else space + 1


def _worth(found: tuple[_Searched, Any]) -> tuple[int, Any]:
    """The best match first, of equal ones the first item, the last comment."""
    return found[0].worth, found[1]


def _searched(text: str, lexicon: Lexicon) -> _Searched | None:
    """The text's matches; None where there are none."""
    if not text:
        return None
    best: dict[int, int] = {}
    matches: list[tuple[Mark, int]] = []
    origin, most = _Parted(text), _MATCHES_MAX * len(lexicon.sought)
    for start, found in _matches(origin.parted, lexicon):
        for word, length, worth in found:
            if worth > best.get(word, 0):
                best[word] = worth
            if len(matches) < most:
                matches.append((origin.mark(start, start + length), word))
    return _Searched(text, sorted(matches), sum(best.values())) if matches else None


def _matches(separated: str, lexicon: Lexicon) -> Iterator[tuple[int, tuple[tuple[int, int, int], ...]]]:
    """Of a parted text: where each term begins that matches, and its matches."""
    if separated.isascii():
        for word in WORD.finditer(separated):
            if found := lexicon[word[0][:WORD_MAX]]:
                yield word.start(), found
        return
    for begin, run, spaced in runs(separated):
        for place, term in terms_of(run, spaced=spaced):
            if found := lexicon[term]:
                yield begin + place, found


class _Parted:
    """A text, and where in it each character of its parted form comes from."""

    def __init__(self, text: str) -> None:
        self._pieces = None if text.isascii() else [_piece(character) for character in text]
        if self._pieces is None:
            self.parted = parted(text)
        else:
            self.parted = "".join(self._pieces)
            self._origin = [place for place, piece in enumerate(self._pieces) for _ in piece]

    def mark(self, start: int, end: int) -> Mark:
        """What was written, with the marks that follow it and fold to nothing."""
        if self._pieces is None:
            return Mark(start, end)
        last = self._origin[end - 1] + 1
        while last < len(self._pieces) and not self._pieces[last]:
            last += 1
        return Mark(self._origin[start], last)


@lru_cache(maxsize=4096)
def _piece(character: str) -> str:
    return parted(character)


def _joined(marks: Iterable[Mark]) -> tuple[Mark, ...]:
    """Those that overlap or touch as one."""
    found: list[Mark] = []
    for mark in sorted(marks):
        if found and mark.start <= found[-1].end:
            found[-1] = Mark(found[-1].start, max(found[-1].end, mark.end))
        else:
            found.append(mark)
    return tuple(found)
