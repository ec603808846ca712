"""Search: the words of a text, how one is found though it is misspelt, what a match is worth, where it is."""

from domain.search.alike import (
    COMPARED_MAX,
    LOOKED_AT_MAX,
    Ceiling,
    Piece,
    begins_alike,
    compared,
    is_alike,
    pieces,
    pieces_begun,
)
from domain.search.documents import Document, document_of_comment, document_of_task
from domain.search.edits import NEAR_MAX, begins_nearly, distance, is_typed, misbegun, near, tolerance
from domain.search.snippets import (
    EXCERPT_MAX,
    Excerpt,
    Field,
    Lexicon,
    Mark,
    Snippet,
    Written,
    snippets,
)
from domain.search.sought import BEGINNINGS_MAX, How, Part, Sought, Where
from domain.search.words import NO_WORDS, QUERY_MAX, WORD_MAX, WORDS_MAX, asked, terms

__all__ = [
    "BEGINNINGS_MAX",
    "COMPARED_MAX",
    "EXCERPT_MAX",
    "LOOKED_AT_MAX",
    "NEAR_MAX",
    "NO_WORDS",
    "QUERY_MAX",
    "WORDS_MAX",
    "WORD_MAX",
    "Ceiling",
    "Document",
    "Excerpt",
    "Field",
    "How",
    "Lexicon",
    "Mark",
    "Part",
    "Piece",
    "Snippet",
    "Sought",
    "Where",
    "Written",
    "asked",
    "begins_alike",
    "begins_nearly",
    "compared",
    "distance",
    "document_of_comment",
    "document_of_task",
    "is_alike",
    "is_typed",
    "misbegun",
    "near",
    "pieces",
    "pieces_begun",
    "snippets",
    "terms",
    "tolerance",
]
