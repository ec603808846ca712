"""Projects and their sections: where tasks are. A task without a project is in the Inbox."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypedDict
from uuid import UUID

from domain.errors import Invalid, Violation
from domain.ids import AccountId, ProjectId, SectionId
from domain.text import color_violations, text_violations
from domain.thing import revised

NAME_MAX = 200
DESCRIPTION_MAX = 16_384


class ProjectChanges(TypedDict, total=False):
    """A merge patch (RFC 7396): an absent field stays, None clears."""

    name: str | None
    description: str | None
    color: str | None


class SectionChanges(TypedDict, total=False):
    """A merge patch of a section."""

    name: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A place for tasks, perhaps within another project. `rank` orders it among its siblings.

    While it is archived, lists leave its tasks out unless they ask for the project.
    """

    account_id: AccountId
    id: ProjectId
    name: str
    description: str = ""
    color: str | None = None
    parent_id: ProjectId | None = None
    rank: str
    archived_at: datetime | None = None
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None = None
    deleted_with: UUID | None = None
    version: int = 1

    @classmethod
    def create(
        cls,
        account_id: AccountId,
        project_id: ProjectId,
        values: ProjectChanges,
        now: datetime,
        *,
        parent_id: ProjectId | None,
        rank: str,
    ) -> "Project":
        """A new project. Raises Invalid."""
        return cls(
            account_id=account_id,
            id=project_id,
            parent_id=parent_id,
            rank=rank,
            created_at=now,
            updated_at=now,
            **checked_project({"name": None, **values}),
        )

    def edit(self, changes: ProjectChanges, now: datetime) -> "Project":
        """The project with the changes; the very same where nothing differs. Raises Invalid."""
        return revised(self, now, **checked_project(changes))

    def archive(self, now: datetime) -> "Project":
        """The project, archived; the very same where it was."""
        return self if self.archived_at is not None else revised(self, now, archived_at=now)

    def unarchive(self, now: datetime) -> "Project":
        """The project, in use again; the very same where it was."""
        return revised(self, now, archived_at=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of a project, or of the Inbox where `project_id` is None."""

    account_id: AccountId
    id: SectionId
    project_id: ProjectId | None = None
    name: str
    rank: str
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None = None
    deleted_with: UUID | None = None
    version: int = 1

    @classmethod
    def create(
        cls,
        account_id: AccountId,
        section_id: SectionId,
        values: SectionChanges,
        now: datetime,
        *,
        project_id: ProjectId | None,
        rank: str,
    ) -> "Section":
        """A new section. Raises Invalid."""
        return cls(
            account_id=account_id,
            id=section_id,
            project_id=project_id,
            rank=rank,
            created_at=now,
            updated_at=now,
            **checked_section({"name": None, **values}),
        )

    def edit(self, changes: SectionChanges, now: datetime) -> "Section":
        """The section with the changes; the very same where nothing differs. Raises Invalid."""
        return revised(self, now, **checked_section(changes))


def checked_project(changes: ProjectChanges) -> dict[str, Any]:
    """The changes as they are kept. Raises Invalid, naming every violation."""
    values, found = _named(changes)
    if "description" in changes:
        values["description"] = changes["description"] or ""
        found += text_violations("/description", values["description"], at_most=DESCRIPTION_MAX, lines=True)
    if "color" in changes:
        values["color"] = changes["color"]
        found += color_violations("/color", changes["color"])
    return _sound(values, found)


def checked_section(changes: SectionChanges) -> dict[str, Any]:
    """The changes as they are kept. Raises Invalid."""
    return _sound(*_named(changes))


def _named(changes: Mapping[str, Any]) -> tuple[dict[str, Any], list[Violation]]:
    if "name" not in changes:
        return {}, []
    name = (changes["name"] or "").strip()
    return {"name": name}, text_violations("/name", name, at_least=1, at_most=NAME_MAX)


def _sound(values: dict[str, Any], found: list[Violation]) -> dict[str, Any]:
    if found:
        raise Invalid(found)
    return values
