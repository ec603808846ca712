"""What a filter that keeps track of an account looks at, and which changes of other things it can see."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from domain.change import JOURNALED, Change, EntityKind
from domain.comment import Comment
from domain.filters import (
    ATTRIBUTES,
    RELATIONS,
    AllOf,
    AnyOf,
    Check,
    Facts,
    Leaf,
    Negation,
    Node,
    Relation,
    Resolved,
    attributes,
    matches,
    related,
)
from domain.filters.resolved import Operand
from domain.task import OPEN
from domain.thing import is_live

Tie = tuple[str, UUID]
"""A field of tasks, and the id that it is or has: all the tasks that are tied to one thing."""

_OF_PROJECTS = frozenset({"project_id", "project_name", "project_archived"}) | {
    attribute for attribute in ATTRIBUTES if attribute.startswith("project.")
}
_NAMED = {
    relation.named[0]: (relation, relation.named[1]) for relation in RELATIONS.values() if relation.named
}
"""The attributes of a task that are texts of other things: of which, and which of theirs."""
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

    def asks_over(self, relation: Relation) -> bool:
        """Whether it asks about what the relation leads to, beyond the id."""
        return bool(self.tests_over(relation))

    def tests_over(self, relation: Relation) -> Sequence[tuple[str, Resolved]]:
        """What it tests of what the relation leads to: what of each thing, and the test by itself."""
        return self._over[relation.name]

    @cached_property
    def _over(self) -> Mapping[str, Sequence[tuple[str, Resolved]]]:
        found: dict[str, list[tuple[str, Resolved]]] = {name: [] for name in RELATIONS}
        for leaf in leaves(self.resolved.root):
            if over := _NAMED.get(leaf.attribute) or related(leaf.attribute):
                found[over[0].name].append((over[1], replace(self.resolved, root=leaf)))
        return found

    @property
    def sees_projects(self) -> bool:
        """Whether what it selects depends on projects themselves."""
        return not self.everywhere or self.asks("project_archived") or self.asks_over(RELATIONS["project"])

    @property
    def counts_subtasks(self) -> bool:
        """Whether it asks how many subtasks tasks have."""
        return self.asks("has_subtasks", "subtasks", "subtasks_closed")

    @property
    def counts_blockers(self) -> bool:
        """Whether it asks which tasks open ones block."""
        return self.asks("blocked", "ready", "blocked_by_open")

    @cached_property
    def waiting(self) -> frozenset[Any]:
        """The ids of tasks that it asks about whether others block them."""
        found = (leaf for leaf in leaves(self.resolved.root) if leaf.attribute == "blocks")
        return frozenset(one for leaf in found for one in leaf.operands)

    def ties(self, change: Change) -> list[Tie]:
        """The tasks that a change of another thing may move in or out of sight, by how they are tied."""
        return [(name, change.entity_id) for name in dict.fromkeys(self._tying(change))]

    def _tying(self, change: Change) -> Iterator[str]:
        if change.entity is EntityKind.TASK and self.counts_blockers and _may_open_or_close(change):
            yield "blocked_by"
        if change.entity is EntityKind.PROJECT and self._is_archived(change):
            yield "project_id"
        for relation in RELATIONS.values():
            if change.entity == relation.kind and relation.of_tasks and self._is_told(change, relation):
                yield relation.tie

    def _is_told(self, change: Change, relation: Relation) -> bool:
        """Whether any test is true of the thing only before the change, or only after it."""
        tests = self.tests_over(relation)
        if tests and relation.trashes and "deleted_at" in (change.before or {}):
            return True
        return any(_tells(change, relation, *test) for test in tests)

    def _is_archived(self, change: Change) -> bool:
        sides = _sides(change, "archived_at")
        if sides is None or not (self.asks("project_archived") or not self.everywhere):
            return False
        return (sides[0] is None) != (sides[1] is None)


class Telling:
    """Which comments make a difference: of those on a task that pass the same tests, one."""

    def __init__(self, lens: Lens) -> None:
        self._tests = [test for _, test in lens.tests_over(RELATIONS["comment"])]
        self._told: defaultdict[UUID, set[int]] = defaultdict(set)

    def keeps(self, comment: Comment) -> bool:
        """Whether no other comment so far tells the same; what is in the trash tells nothing."""
        if not is_live(comment):
            return False
        facts = replace(_NOBODY, comments=(comment.body,), related={"comment": (comment,)})
        passed = {place for place, test in enumerate(self._tests) if _tells_apart(test, facts)} | {_ANY}
        new = passed - self._told[comment.task_id]
        self._told[comment.task_id] |= new
        return bool(new)


def _tells_apart(test: Resolved, facts: Facts) -> bool:
    """Whether one thing alone settles the test: by passing it, or of null by having a value."""
    is_null = isinstance(test.root, Leaf) and test.root.check is Check.IS_NULL
    return matches(test, facts) is not is_null


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


def _tells(change: Change, relation: Relation, name: str, test: Resolved) -> bool:
    """Whether the test is true of a task that has only the thing before the change, or only after it."""
    sides = _sides(change, name)
    if sides is None:
        return False
    was, becomes = (_only(relation, name, _loaded(change.entity, name, side)) for side in sides)
    return matches(test, was) != matches(test, becomes)


def _only(relation: Relation, name: str, value: Any) -> Facts:
    """A task of which nothing is known but one thing that the relation leads to, and of that one value."""
    facts = replace(_NOBODY, related={relation.name: (SimpleNamespace(**{name: value}),)})
    if relation.named is None or relation.named[1] != name or value is None:
        return facts
    text: dict[str, Any] = {relation.named[0]: (value,) if relation.many else value}
    return replace(facts, **text)


def _loaded(kind: EntityKind, name: str, value: Any) -> Any:
    """What JSON of a journal says."""
    return JOURNALED[kind].codec.values({name: value}).get(name, value)


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
    was, becomes = change.before, change.after
    if name == "version":  # which is not among the fields
        return None if was is None else change.version - 1, None if becomes is None else change.version
    if was is None or becomes is None:
        return (was or {}).get(name), (becomes or {}).get(name)
    return (was[name], becomes[name]) if name in was else None


def _may_open_or_close(change: Change) -> bool:
    if change.before is None or change.after is None or "deleted_at" in change.before:
        return True
    sides = _sides(change, "status")
    return sides is not None and (sides[0] in OPEN) != (sides[1] in OPEN)
