"""Search: the words of a text, how one is found though it is misspelt, what a match is worth, where it is."""

from domain.search.documents import Document, document_of_comment, document_of_task
from domain.search.edits import NEAR_MAX, distance, near, tolerance
from domain.search.snippets import EXCERPT_MAX, Excerpt, Field, Mark, Snippet, snippets
from domain.search.sought import How, Sought, Where
from domain.search.words import QUERY_MAX, WORD_MAX, WORDS_MAX, asked, terms

__all__ = [
    "EXCERPT_MAX",
    "NEAR_MAX",
    "QUERY_MAX",
    "WORDS_MAX",
    "WORD_MAX",
    "Document",
    "Excerpt",
    "Field",
    "How",
    "Mark",
    "Snippet",
    "Sought",
    "Where",
    "asked",
    "distance",
    "document_of_comment",
    "document_of_task",
    "near",
    "snippets",
    "terms",
    "tolerance",
]
