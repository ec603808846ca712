"""Where the next page of a list is."""

from collections.abc import Mapping
from urllib.parse import quote, urlencode

from fastapi import Request


def link_next(request: Request, cursor: str | None) -> Mapping[str, str]:
    """The header Link (RFC 8288), while there is more."""
    if cursor is None:
        return {}
    others = [(name, value) for name, value in request.query_params.multi_items() if name != "cursor"]
    query = urlencode([*others, ("cursor", cursor)])
    return {"Link": f'<{quote(request.scope["path"])}?{query}>; rel="next"'}
