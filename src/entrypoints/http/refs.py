"""Ids of things, as they are sent: in a batch a temporary id may stand for each."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from domain.label import Label
from domain.project import Project, Section
from domain.task import Task
from domain.thing import Thing


@dataclass(frozen=True, slots=True)
class Names:
    """Marks an id: it names a thing of this kind."""

    kind: type[Thing]


ProjectRef = Annotated[UUID, Names(Project)]
SectionRef = Annotated[UUID, Names(Section)]
TaskRef = Annotated[UUID, Names(Task)]
LabelRef = Annotated[UUID, Names(Label)]
