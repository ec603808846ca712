"""What of the tasks of a list is shown, and what comes along with them."""

from collections.abc import Collection
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from application.including import Include
from application.shown import FIELDS
from application.views import PAGE_MAX
from entrypoints.http.lists import PageQuery
from entrypoints.http.shown import LabelOut, ProjectOut, SectionOut, TaskOut


def _names(known: Collection[str]) -> AfterValidator:
    """Some of these names, each once, separated by commas."""

    def checked(given: str) -> str:
        names = given.split(",")
        if len(set(names)) < len(names) or not set(names) <= set(known):
            raise PydanticCustomError("not_names", "not names", {"known": ", ".join(known)})
        return given

    return AfterValidator(checked)


Fields = Annotated[str, _names(FIELDS)]
Includes = Annotated[str, _names(tuple(Include))]


class ShownQuery(PageQuery):
    """Which page, what of its tasks, and what along with them."""

    fields: Fields | None = Field(
        None,
        description=f"Only these of {', '.join(FIELDS)}, separated by commas",
        examples=["id,title,due_date"],
    )
    include: Includes | None = Field(
        None,
        description=f"Bring along what the tasks refer to: some of {', '.join(Include)}, separated by commas",
        examples=["labels,project"],
    )

    @property
    def chosen(self) -> tuple[str, ...] | None:
        """The fields to show, in their order; None where all of them are."""
        names = None if self.fields is None else self.fields.split(",")
        return None if names is None else tuple(name for name in FIELDS if name in names)

    @property
    def included(self) -> frozenset[Include]:
        """What to bring along."""
        return frozenset() if self.include is None else frozenset(map(Include, self.include.split(",")))


class IncludedOut(BaseModel):
    """What the tasks of a page refer to, each once, nothing from the trash."""

    labels: list[LabelOut] | None = None
    projects: list[ProjectOut] | None = None
    sections: list[SectionOut] | None = None
    tasks: list[TaskOut] | None = Field(None, description="Parents, blockers and subtasks")


class IncludingOut(BaseModel):
    """What comes along with a page."""

    included: IncludedOut | None = Field(None, description="With include: what was asked for")
    included_complete: bool | None = Field(
        None, description=f"With include: whether that is all of it; at most {PAGE_MAX} come for each"
    )


def _without_required(schema: dict[str, Any]) -> None:
    del schema["required"]


class ListedTaskOut(TaskOut):
    """A task of a list: with all members, or with those that `fields` names."""

    model_config = ConfigDict(json_schema_extra=_without_required)
