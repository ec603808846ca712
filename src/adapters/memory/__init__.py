"""The same ports over dictionaries, for tests and for running the application with no database.

It passes the contract suite that PostgreSQL passes: a unit of work sees a copy, one writer per
account at a time, and nothing is kept before the commit.
"""

from adapters.memory.denials import MemoryDenials
from adapters.memory.units import MemoryUnits
from adapters.memory.upkeep import MemoryUpkeep

__all__ = ["MemoryDenials", "MemoryUnits", "MemoryUpkeep"]
