"""What a filter that keeps track of an account looks at, and which changes of other things it can see."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from domain.change import Change, EntityKind
from domain.comment import Comment
from domain.filters import (
    AllOf,
    AnyOf,
    Check,
    Facts,
    Leaf,
    Negation,
    Node,
    Resolved,
    attributes,
    matches,
)
from domain.filters.resolved import Operand
from domain.task import OPEN
from domain.thing import is_live

Tie = tuple[str, UUID]
"""A field of tasks, and the id that it is or has: all the tasks that are tied to one thing."""

_OF_PROJECTS = frozenset({"project_id", "project_name", "project_archived"})
_NEVER = datetime.min.replace(tzinfo=UTC)
_NOBODY = Facts(id=UUID(int=0), title="", created_at=_NEVER, updated_at=_NEVER)
_ANY = -1


def asks_of_projects(resolved: Resolved | None) -> bool:
    """Whether the filter, if there is one, asks about projects, so that archived ones are not left out."""
    return resolved is not None and not _OF_PROJECTS.isdisjoint(attributes(resolved.root))


@dataclass(frozen=True)
class Lens:
    """A filter as it selects in lists: without tasks of archived projects, unless it asks about projects."""

    resolved: Resolved

    @cached_property
    def asked(self) -> frozenset[str]:
        """The attributes that it reads."""
        return frozenset(attributes(self.resolved.root))

    @cached_property
    def everywhere(self) -> bool:
        """Whether it looks into archived projects, too."""
        return asks_of_projects(self.resolved)

    def selects(self, facts: Facts) -> bool:
        """Whether a list by this filter has the task."""
        return (self.everywhere or not facts.project_archived) and matches(self.resolved, facts)

    def asks(self, *names: str) -> bool:
        """Whether it reads any of these attributes."""
        return not self.asked.isdisjoint(names)

    @property
    def sees_projects(self) -> bool:
        """Whether what it selects depends on projects themselves."""
        return not self.everywhere or self.asks("project_name", "project_archived")

    @property
    def counts_subtasks(self) -> bool:
        """Whether it asks how many subtasks tasks have."""
        return self.asks("has_subtasks", "subtasks", "subtasks_closed")

    @cached_property
    def waiting(self) -> frozenset[Any]:
        """The ids of tasks that it asks about whether others block them."""
        tests = _tests(self.resolved, "blocks")
        return frozenset(one for test in tests for leaf in leaves(test.root) for one in leaf.operands)

    def tie(self, change: Change) -> Tie | None:
        """The tasks that a change of another thing may move in or out of sight; None for none."""
        match change.entity:
            case EntityKind.TASK if self.asks("blocked", "ready") and _may_open_or_close(change):
                name = "blocked_by"
            case EntityKind.PROJECT if self._is_told_by_name(change, "project_name") or self._is_archived(
                change
            ):
                name = "project_id"
            case EntityKind.SECTION if self._is_told_by_name(change, "section_name"):
                name = "section_id"
            case EntityKind.LABEL if self._is_told_by_name(change, "label_names"):
                name = "labels"
            case _:
                return None
        return name, change.entity_id

    def _is_told_by_name(self, change: Change, attribute: str) -> bool:
        """Whether any term about the name is true of only one of the names before and after."""
        names = _sides(change, "name")
        if names is None:
            return False
        was, becomes = (_named(attribute, name) for name in names)
        tests = _tests(self.resolved, attribute)
        return any(matches(test, was) != matches(test, becomes) for test in tests)

    def _is_archived(self, change: Change) -> bool:
        sides = _sides(change, "archived_at")
        if sides is None or not (self.asks("project_archived") or not self.everywhere):
            return False
        return (sides[0] is None) != (sides[1] is None)


class Telling:
    """Which comments make a difference: of those on a task that pass the same tests, one."""

    def __init__(self, lens: Lens) -> None:
        self._tests = _tests(lens.resolved, "comments")
        self._told: defaultdict[UUID, set[int]] = defaultdict(set)

    def keeps(self, comment: Comment) -> bool:
        """Whether no other comment so far tells the same; what is in the trash tells nothing."""
        if not is_live(comment):
            return False
        facts = replace(_NOBODY, comments=(comment.body,))
        passed = {place for place, test in enumerate(self._tests) if matches(test, facts)} | {_ANY}
        new = passed - self._told[comment.task_id]
        self._told[comment.task_id] |= new
        return bool(new)


def leaves(node: Node) -> Iterator[Leaf]:
    """The tests that it consists of."""
    match node:
        case AllOf() | AnyOf():
            for child in node.children:
                yield from leaves(child)
        case Negation():
            yield from leaves(node.child)
        case Leaf():
            yield node


def _tests(resolved: Resolved, attribute: str) -> list[Resolved]:
    """What the filter tests of an attribute, each by itself."""
    return [replace(resolved, root=leaf) for leaf in leaves(resolved.root) if leaf.attribute == attribute]


def _named(attribute: str, name: str | None) -> Facts:
    """A task of which nothing is known but the name of its project or section, or of a label."""
    if attribute == "label_names":
        return replace(_NOBODY, label_names=() if name is None else (name,))
    if attribute == "section_name":
        return replace(_NOBODY, section_name=name)
    return replace(_NOBODY, project_name=name)


def border(one: Resolved, other: Resolved) -> tuple[Leaf, ...]:
    """Of a filter that is read at two times: tests, one of them true of each task that only one selects."""
    return tuple(dict.fromkeys(_between(one.root, other.root)))


def _between(one: Node, other: Node) -> Iterator[Leaf]:
    if one == other:
        return
    if isinstance(one, Negation) and isinstance(other, Negation):
        yield from _between(one.child, other.child)
    elif isinstance(one, Leaf) and isinstance(other, Leaf):
        yield from _moved(one, other)
    elif len(_parts(one)) == len(_parts(other)) > 0:
        for part, its_other in zip(_parts(one), _parts(other), strict=True):
            yield from _between(part, its_other)
    else:  # days of which two have become one, or one two
        yield from sorted(set(leaves(one)) ^ set(leaves(other)), key=repr)


def _parts(node: Node) -> tuple[Node, ...]:
    return node.children if isinstance(node, AllOf | AnyOf) else ()


def _moved(one: Leaf, other: Leaf) -> Iterator[Leaf]:
    """Between an end as it was and as it is."""
    for ends in zip(one.operands, other.operands, strict=True):
        if ends[0] != ends[1]:
            yield Leaf(one.attribute, Check.WITHIN, _in_order(*ends))


def _in_order(one: Any, other: Any) -> tuple[Operand, Operand]:
    return min(one, other), max(one, other)


def _sides(change: Change, name: str) -> tuple[Any, Any] | None:
    """What a field was and becomes, None where the thing is not there; None where it stays."""
    if change.before is None:
        return None, (change.after or {}).get(name)
    if change.after is None:
        return change.before.get(name), None
    return (change.before[name], change.after[name]) if name in change.before else None


def _may_open_or_close(change: Change) -> bool:
    if change.before is None or change.after is None or "deleted_at" in change.before:
        return True
    sides = _sides(change, "status")
    return sides is not None and (sides[0] in OPEN) != (sides[1] in OPEN)
