"""Which paths are whose."""

PROTECTED = "/api"
# Whoever decides about this process's life asks these: they are counted, but never refused.
PROBES = frozenset({"/livez", "/readyz"})


def is_protected(path: str) -> bool:
    """Whether nothing there is answered without a verified access token."""
    return path == PROTECTED or path.startswith(f"{PROTECTED}/")
