"""A real Better Auth server, for tests."""

from tests.e2e.better_auth.harness import BetterAuth, Unavailable, better_auth, missing

__all__ = ["BetterAuth", "Unavailable", "better_auth", "missing"]
