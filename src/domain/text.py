"""What any text that people write must satisfy before it is kept."""

import re
import unicodedata

from domain.errors import Violation

LINE_BREAKS = frozenset("\t\n\r")
_COLOR = re.compile("#[0-9a-f]{6}")


def text_violations(
    pointer: str, text: str, *, at_least: int = 0, at_most: int, lines: bool = False
) -> list[Violation]:
    """The rules that the text breaks: its length in code points, and characters nobody can see.

    Control characters (NUL among them) and lone surrogates are never kept; `lines` admits
    tab, line feed and carriage return.
    """
    found: list[Violation] = []
    if len(text) < at_least:
        found.append(Violation(pointer, "too_short", f"Must have at least {at_least} character(s)."))
    if len(text) > at_most:
        found.append(Violation(pointer, "too_long", f"Must have at most {at_most} characters."))
    if any(hidden(character, lines=lines) for character in text):
        found.append(
            Violation(pointer, "control_character", "Must not hold control characters or surrogates.")
        )
    return found


def color_violations(pointer: str, color: str | None) -> list[Violation]:
    """The rules that a colour breaks: None, or red, green and blue as `#rrggbb`."""
    if color is None or _COLOR.fullmatch(color):
        return []
    return [Violation(pointer, "not_a_color", "Must be written as #rrggbb, in lower case.")]


def hidden(character: str, *, lines: bool = False) -> bool:
    """Whether nobody can see it: a control character or a lone surrogate; `lines` as above."""
    return unicodedata.category(character) in {"Cc", "Cs"} and not (lines and character in LINE_BREAKS)
