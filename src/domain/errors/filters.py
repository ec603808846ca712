"""What the filter language refuses."""

from collections.abc import Sequence

from domain.errors.base import Kind, RemitError


class FilterInvalid(RemitError):
    """The filter cannot be read, or asks for what there is not.

    `reason` is a stable word (specs/features/filters.md lists them). `start` and `end` are where it is in the
    text, in code points, half open; `pointer` (RFC 6901) is where it is in the JSON form. `suggestions` are
    known names that are near, best first; the rejected text itself is never repeated.
    """

    code = "invalid_filter"
    kind = Kind.INVALID
    title = "The filter cannot be read"

    def __init__(
        self,
        reason: str,
        detail: str,
        *,
        start: int | None = None,
        end: int | None = None,
        pointer: str | None = None,
        suggestions: Sequence[str] = (),
    ) -> None:
        super().__init__(detail)
        self.reason = reason
        self.start = start
        self.end = end
        self.pointer = pointer
        self.suggestions = tuple(suggestions)

    def within(self, start: int, end: int) -> "FilterInvalid":
        """The same, found at this place of the text."""
        return FilterInvalid(self.reason, self.detail, start=start, end=end, suggestions=self.suggestions)

    def under(self, pointer: str) -> "FilterInvalid":
        """The same, found at this place of the JSON form."""
        return FilterInvalid(self.reason, self.detail, pointer=pointer, suggestions=self.suggestions)
