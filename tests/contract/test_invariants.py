"""Whatever is done, by whichever way, in whichever order: what must be so is so after each step."""

import asyncio
import random
from collections.abc import Callable, Coroutine
from contextlib import suppress
from datetime import datetime
from typing import Any, ClassVar, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from adapters.memory import MemoryUnits
from adapters.postgres.engine import pool
from adapters.postgres.uow import PostgresUnits
from adapters.postgres.url import DatabaseUrl
from application.batch import Mode
from application.views import TaskView
from domain.change import EntityKind
from domain.errors import RemitError
from domain.thing import is_live
from tests.support.acts import ACTS, BEGINNING, FOR_GOOD, NUMBERS, TRASHES
from tests.support.clocks import FixedClock
from tests.support.databases import Database
from tests.support.invariants import Everything, check, everything, same
from tests.support.world import Units, World

T = TypeVar("T")
# Evenly: small numbers, which hypothesis prefers, would be about the first things alone.
numbers = st.integers(0, 2**32).map(lambda seed: random.Random(seed).choice(NUMBERS))
names = st.sampled_from(sorted(ACTS))
acts = st.tuples(names, numbers, numbers, numbers)
modes = st.sampled_from(Mode)
MakeUnits = Callable[[FixedClock], Units]


class Account(RuleBasedStateMachine):
    """One account, and everything that can be done in it."""

    make: ClassVar[MakeUnits]
    run: ClassVar[Callable[[Coroutine[Any, Any, Any]], Any]]

    @initialize()
    def begin(self) -> None:
        clock = FixedClock()
        self.world = World(type(self).make(clock), clock)
        self.then: list[tuple[datetime, list[TaskView]]] = []
        for act in BEGINNING:
            self.wait(self.world.act(*act))

    def wait(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return type(self).run(coroutine)  # type: ignore[no-any-return]

    def look(self) -> Everything:
        return self.wait(everything(self.world.units, self.world.me))

    @rule(act=acts)
    def do(self, act: tuple[str, int, int, int]) -> None:
        self.wait(self.world.act(*act))

    @rule(
        name=st.sampled_from(["create_task", "create_project", "create_section", "move_task"]),
        a=numbers,
        b=numbers,
    )
    def grow(self, name: str, a: int, b: int) -> None:
        self.wait(self.world.act(name, a, b, 1))

    @rule(act=acts)
    def do_and_take_back(self, act: tuple[str, int, int, int]) -> None:
        before = self.look()
        asked = self.wait(self.world.act(*act))
        after = self.look()
        if asked is None or act[0] in FOR_GOOD or same(after) == same(before):
            return
        back = self.wait(self.world.take_back(asked))
        new = frozenset(after.things) - frozenset(before.things)
        undone = self.look()
        assert same(undone, without=new) == same(before)
        assert not [one for one in new if getattr(undone.things[one], "version", None) and is_live(undone.things[one])
                    and type(undone.things[one]).__name__ != "Preferences"]  # fmt: skip
        check(undone)
        self.wait(self.world.take_back(back))
        assert same(self.look()) == same(after)

    @rule(number=numbers, force=st.booleans())
    def take_one_back(self, number: int, force: bool) -> None:
        page = self.wait(
            self.world.changes.list(self.world.me, self.world.changes.token(self.world.me, (), 0), limit=500)
        )
        change = page.items[-1 - number % min(12, len(page.items))]
        forced = (*(change.before or ()), *(change.after or ()), "deleted_at") if force else ()
        with suppress(RemitError):
            self.wait(self.world.undo.revert(self.world.asking(), change.id, forced))

    @rule(several=st.lists(acts, min_size=1, max_size=5), mode=modes, back=st.booleans())
    def do_together(self, several: list[tuple[str, int, int, int]], mode: Mode, back: bool) -> None:
        before = self.look()
        asked = self.wait(self.world.act_together(several, mode))
        if asked is None:
            assert self.look() == before
        elif back and not FOR_GOOD & {name for name, *_ in several}:
            after = self.look()
            if same(after) != same(before):
                self.wait(self.world.take_back(asked))
                new = frozenset(after.things) - frozenset(before.things)
                assert same(self.look(), without=new) == same(before)

    @rule(act=acts, meanwhile=st.none() | acts)
    def do_as_planned(
        self, act: tuple[str, int, int, int], meanwhile: tuple[str, int, int, int] | None
    ) -> None:
        before = self.look()
        plan = self.wait(self.world.rehearse(*act))
        assert self.look() == before
        if meanwhile is not None:
            self.wait(self.world.act(*meanwhile))
        if plan is not None:
            try:
                self.wait(self.world.plans.apply(self.world.asking(), plan))
            except RemitError:
                assert meanwhile is not None

    @rule(number=numbers)
    def delete_and_restore(self, number: int) -> None:
        before = self.look()
        kind = TRASHES[number % len(TRASHES)]
        which = self.world.made.pick(kind, number // len(TRASHES))
        if which not in before.things or not is_live(before.things[which]):
            return
        if kind is EntityKind.COMMENT and not is_live(before.things[before.things[which].task_id]):
            return
        delete = {"project": "delete_project", "section": "delete_section", "task": "delete_task",
                  "label": "delete_label", "comment": "delete_comment",
                  "view": "delete_view"}[kind]  # fmt: skip
        place = self.world.made.ids[kind][-12:].index(which)
        assert self.wait(self.world.act(delete, place, 0, 0)) is not None
        gone = self.look()
        assert not is_live(gone.things[which])
        check(gone)
        self.wait(self.world.uses.trash.restore(self.world.asking(), kind, which))
        assert same(self.look()) == same(before)

    @rule()
    def remember(self) -> None:
        self.world.asking()
        self.then.append((self.world.clock.now(), list(self.look().listed)))

    @rule(number=numbers)
    def look_back(self, number: int) -> None:
        if not self.then:
            return
        at, listed = self.then[number % len(self.then)]
        page = self.wait(self.world.past.tasks(self.world.me, at, limit=200))
        assert list(page.items) == listed
        for view in listed[:3]:
            assert self.wait(self.world.past.task(self.world.me, view.task.id, at)) == view

    @invariant()
    def holds(self) -> None:
        check(self.look())
        assert self.wait(self.world.changes.verify(self.world.me)).broken_at is None


def machine(make_units: MakeUnits, wait: Callable[[Coroutine[Any, Any, Any]], Any]) -> type[Account]:
    """The machine on an adapter."""
    return type("OneAccount", (Account,), {"make": staticmethod(make_units), "run": staticmethod(wait)})


CALM: dict[str, Any] = {"deadline": None, "suppress_health_check": list(HealthCheck)}


def test_in_memory() -> None:
    with asyncio.Runner() as runner:
        run_state_machine_as_test(  # type: ignore[no-untyped-call]
            machine(MemoryUnits, runner.run),
            settings=settings(max_examples=60, stateful_step_count=40, **CALM),
        )


def test_on_postgresql(database: Database) -> None:
    with asyncio.Runner() as runner:
        engine = pool(DatabaseUrl.parse(database.app), size=2)
        try:
            run_state_machine_as_test(  # type: ignore[no-untyped-call]
                machine(lambda clock: PostgresUnits(engine, clock), runner.run),
                settings=settings(max_examples=20, stateful_step_count=30, **CALM),
            )
        finally:
            runner.run(engine.dispose())
