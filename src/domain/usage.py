"""How much an account may have."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from domain.change import EntityKind

_PAIR = re.compile("([a-z]+)=([1-9][0-9]{0,8})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The most that an account may have of each, the trash included."""

    tasks: int = 100_000
    projects: int = 1_000
    sections: int = 5_000
    labels: int = 1_000
    comments: int = 200_000
    views: int = 500

    @classmethod
    def parse(cls, text: str) -> "Limits":
        """Limits written as `tasks=200000,labels=500`; the others as they are. Raises ValueError."""
        given: dict[str, int] = {}
        for pair in text.split(","):
            match = _PAIR.fullmatch(pair.strip())
            if match is None or match[1] in given or match[1] not in cls.__dataclass_fields__:
                names = ", ".join(cls.__dataclass_fields__)
                raise ValueError(f"must be name=number, separated by commas, each once, of {names}")
            given[match[1]] = int(match[2])
        return cls(**given)

    def of(self, kind: EntityKind) -> int | None:
        """The limit of a kind; None where it has none, or one of its own."""
        return self.by_kind.get(kind)

    @property
    def by_kind(self) -> Mapping[EntityKind, int]:
        """Each kind's limit."""
        return {
            EntityKind.TASK: self.tasks,
            EntityKind.PROJECT: self.projects,
            EntityKind.SECTION: self.sections,
            EntityKind.LABEL: self.labels,
            EntityKind.COMMENT: self.comments,
            EntityKind.VIEW: self.views,
        }


LIMITS = Limits()
