"""Words that stand for a whole question: one entry a word."""

from collections.abc import Mapping
from dataclasses import dataclass

from domain.filters.fields import FIELDS
from domain.filters.types import Type


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a word means: the filter it stands for, and that in plain English."""

    text: str
    english: str


_PRIORITIES = {"p1": "urgent", "p2": "high", "p3": "medium", "p4": "low"}

WORDS: Mapping[str, Meaning] = (
    {
        "today": Meaning("due_date = today", "it is due today"),
        "tomorrow": Meaning("due_date = tomorrow", "it is due tomorrow"),
        "upcoming": Meaning("due_date > today", "it is due after today"),
        "overdue": Meaning("due_date < today & open", "it is overdue"),
        "no date": Meaning("due_date is null", "it has no due date"),
        "no label": Meaning("label is null", "it has no label"),
        "open": Meaning("status in (todo, in_progress)", "it is open"),
        "closed": Meaning("status in (done, cancelled)", "it is closed"),
        "todo": Meaning("status = todo", "it is to do"),
        "in_progress": Meaning("status = in_progress", "it is in progress"),
        "done": Meaning("status = done", "it is done"),
        "cancelled": Meaning("status = cancelled", "it is cancelled"),
    }
    | {
        word: Meaning(f"priority = {priority}", f"its priority is {priority}")
        for word, priority in _PRIORITIES.items()
    }
    | {
        field.name: Meaning(f"{field.name} = true", f"it is {field.noun}")
        for field in FIELDS.values()
        if field.type is Type.BOOLEAN
    }
)

_MEANT = _PRIORITIES | {priority: word for word, priority in _PRIORITIES.items()}


def other_name(text: str) -> tuple[str, ...]:
    """The priority of a word, or the word of a priority: one is written where the other is asked for."""
    meant = _MEANT.get(text.lower())
    return (meant,) if meant else ()
