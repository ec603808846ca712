"""PostgreSQL from a Python wheel, for development and tests; see `EmbeddedPostgres`."""

from adapters.embedded.errors import EmbeddedPostgresUnavailable
from adapters.embedded.supervisor import EmbeddedPostgres, EmbeddedUrls

__all__ = ["EmbeddedPostgres", "EmbeddedPostgresUnavailable", "EmbeddedUrls"]
