"""The application on PostgreSQL, and two people who do not trust each other."""

from tests.api.conftest import app, client, memory_app, subject

__all__ = ["app", "client", "memory_app", "subject"]
