"""Changes within a filter, as they are answered and streamed."""

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Any
from urllib.parse import quote, urlencode
from uuid import UUID

from fastapi import Response
from pydantic import BaseModel, Field

from application.filtered import FilteredPage, Told
from domain.change import JOURNALED, EntityKind
from domain.errors import ChangesGone
from domain.scene import Crossing, Effect
from entrypoints.http.filter_language import filter_field
from entrypoints.http.lists import read_as
from entrypoints.http.problems import HttpProblem
from entrypoints.http.rendering import answer, dumped, rendered
from entrypoints.http.told import ChangeOut, Kept

SNAPSHOT = "/api/v1/snapshot"
FilterText = Annotated[
    str | None,
    filter_field(
        "Of tasks, only what happens within the filter: which ones enter, leave and change",
        "overdue | (today & @home)",
    ),
]


class CrossingOut(BaseModel):
    """What became of a task within the filter."""

    id: UUID
    effect: Effect = Field(description="`entered`: keep its state; `left`: drop it; `changed`: set `after`")
    version: int | None = Field(None, description="Of a task that entered")
    state: dict[str, Any] | None = Field(None, description="Of a task that entered: as a snapshot has it")


class FilteredChangeOut(ChangeOut):
    """One change, and what it did to tasks within the filter: its own, and those that it moves."""

    tasks: list[CrossingOut] = Field(description="By their ids; none, where it is no task and moves none")


class FilteredChangeList(BaseModel):
    """Some of the journal, as a filter sees it."""

    items: list[FilteredChangeOut]
    turned: list[CrossingOut] = Field(
        description="After all items: the tasks that time alone has moved, or another time zone"
    )
    next: str = Field(description="Send it as `after`, with the same filter: it goes on from here")
    has_more: bool = Field(description="Whether there is more by now")
    resolved_at: datetime = Field(description="What the filter takes for now, from `next` on")
    time_zone: str = Field(description="Where its days begin")
    kept: Kept


def changes_answered(page: FilteredPage, retention: timedelta) -> Response:
    """The page as it is answered."""
    kept = Kept(floor=page.floor.seq, floor_at=page.floor.at, retention=retention)
    return answer(
        {
            "items": [_told(told) for told in page.items],
            "turned": [_crossed(crossing) for crossing in page.turned],
            "next": page.next,
            "has_more": page.has_more,
            **read_as(page.resolved),
            "kept": kept.model_dump(mode="json"),
        }
    )


def events_of(page: FilteredPage) -> str:
    """The page as events: each change with the place after it, then what time has moved."""
    events = [_event(told.token, "change", _told(told)) for told in page.items]
    if page.turned:
        turned = {"turned": [_crossed(crossing) for crossing in page.turned], **read_as(page.resolved)}
        events.append(_event(page.next, "turned", turned))
    return "".join(events)


def snapshot_of(text: str | None, kinds: Sequence[EntityKind]) -> str:
    """Where a snapshot is that one can go on from with the filter."""
    if text is None:
        return SNAPSHOT
    asked = [("filter", text), *(("types", kind.value) for kind in kinds)]
    return f"{SNAPSHOT}?{urlencode(asked, quote_via=quote)}"


@contextmanager
def refused_by(text: str, kinds: Sequence[EntityKind]) -> Generator[None]:
    """Where a snapshot is due, it is one by the same filter."""
    try:
        yield
    except ChangesGone as error:
        link = f'<{snapshot_of(text, kinds)}>; rel="alternate"'
        raise HttpProblem(HTTPStatus.GONE, error.code, error.title, error.detail, {"Link": link}) from None


def _told(told: Told) -> dict[str, Any]:
    return {**rendered(told.change), "tasks": [_crossed(crossing) for crossing in told.tasks]}


def _crossed(crossing: Crossing) -> Mapping[str, Any]:
    task = crossing.task
    return {
        "id": crossing.task_id,
        "effect": crossing.effect,
        "version": None if task is None else task.version,
        "state": None if task is None else JOURNALED[EntityKind.TASK].codec.state(task),
    }


def _event(token: str, name: str, data: Any) -> str:
    return f"id: {token}\nevent: {name}\ndata: {dumped(data).decode()}\n\n"
