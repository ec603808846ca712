"""Why the embedded PostgreSQL cannot be had."""


class EmbeddedPostgresUnavailable(RuntimeError):
    """There is no server to use. The message says in plain words why and what to do; it holds no password."""
