"""Text as it is compared: without case and without accents."""

import unicodedata


def folded(text: str) -> str:
    """The text as every comparison of a filter sees it. Folding twice is folding once.

    Unicode compatibility decomposition (NFKD), without combining marks (combining class other than 0), with
    full case folding: `Übung` and `UBUNG` fold to `ubung`, `straße` to `strasse`, `№` to `no`. It knows no
    language. A database is given texts that were folded here, and folds nothing itself: its own rules differ.
    """
    return _bare(text).casefold()


def _bare(text: str) -> str:
    if text.isascii():
        return text
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(character for character in decomposed if not unicodedata.combining(character))
