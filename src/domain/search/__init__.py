"""Search: the words of a text, how one is found though it is misspelt, what a match is worth, where it is."""

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
from domain.search.words import QUERY_MAX, WORD_MAX, WORDS_MAX, asked, terms

__all__ = [
    "BEGINNINGS_MAX",
    "EXCERPT_MAX",
    "NEAR_MAX",
    "QUERY_MAX",
    "WORDS_MAX",
    "WORD_MAX",
    "Document",
    "Excerpt",
    "Field",
    "How",
    "Lexicon",
    "Mark",
    "Part",
    "Snippet",
    "Sought",
    "Where",
    "Written",
    "asked",
    "begins_nearly",
    "distance",
    "document_of_comment",
    "document_of_task",
    "is_typed",
    "misbegun",
    "near",
    "snippets",
    "terms",
    "tolerance",
]
