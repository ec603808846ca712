"""Where the next page of a list is."""

from collections.abc import Mapping

from fastapi import Request


def link_next(request: Request, cursor: str | None) -> Mapping[str, str]:
    """The header Link (RFC 8288), while there is more."""
    if cursor is None:
        return {}
    following = request.url.include_query_params(cursor=cursor)
    return {"Link": f'<{following.path}?{following.query}>; rel="next"'}
