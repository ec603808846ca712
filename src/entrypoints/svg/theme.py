"""The colours of pictures, in light and in dark, and the policy under which they are shown.

What is drawn has the light colours as attributes, so it is whole without any style; the style has the dark
ones. A policy lets that one style through by its hash, and nothing else.
"""

from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256

PREFIX = "remit-"
"""Of class names and ids: a picture may stand within a page that has its own."""
COLORS: Mapping[str, tuple[str, str]] = {
    "page": ("#ffffff", "#0d1117"),
    "panel": ("#f6f8fa", "#161b22"),
    "track": ("#e7ebef", "#262c36"),
    "line": ("#d1d9e0", "#30363d"),
    "ink": ("#1f2328", "#f0f6fc"),
    "faint": ("#59636e", "#9198a1"),
    "todo": ("#0969da", "#4493f8"),
    "in_progress": ("#b35900", "#e3a008"),
    "done": ("#1a7f37", "#3fb950"),
    "cancelled": ("#818b98", "#6e7781"),
    "overdue": ("#cf222e", "#f85149"),
}
"""By what they stand for: light, dark."""
STROKE = "trend"
_DARK = "".join(f".{PREFIX}{name}{{fill:{dark}}}" for name, (_, dark) in COLORS.items())
STYLE = (
    f"@media (prefers-color-scheme:dark){{{_DARK}.{PREFIX}{STROKE}{{fill:none;stroke:{COLORS['ink'][1]}}}}}"
)
_HASH = b64encode(sha256(STYLE.encode()).digest()).decode()
POLICY = f"default-src 'none'; style-src 'sha256-{_HASH}'; frame-ancestors 'none'"
"""The Content-Security-Policy of a picture that is opened by itself."""
