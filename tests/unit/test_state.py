"""What the journal keeps of an entity is all of it, and becomes it again."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.change import JOURNALED, EntityKind
from tests.support.actors import actor
from tests.support.kinds import things

ME = actor("states")
ANY = things(ME.account_id)
two = st.sampled_from(sorted(ANY)).flatmap(lambda kind: st.tuples(st.just(kind), ANY[kind], ANY[kind]))


@given(two)
def test_a_state_goes_through_json_and_back(those: tuple[EntityKind, Any, Any]) -> None:
    kind, one, other = those
    codec = JOURNALED[kind].codec
    state = json.loads(json.dumps(codec.state(one)))
    assert state == codec.state(one)
    again = codec.with_state(other, state)
    for name in codec.names:
        assert getattr(again, name) == getattr(one, name)
        assert type(getattr(again, name)) is type(getattr(one, name))
    assert (again.id, again.version) == (other.id, other.version)


@given(two)
def test_what_differs_leads_from_the_one_to_the_other(those: tuple[EntityKind, Any, Any]) -> None:
    kind, one, other = those
    codec = JOURNALED[kind].codec
    was, now = codec.differing(one, other)
    assert was.keys() == now.keys()
    assert codec.state(codec.with_state(one, now)) == codec.state(other)
    assert codec.state(codec.with_state(other, was)) == codec.state(one)
    assert codec.differing(one, one) == ({}, {})


@pytest.mark.parametrize("kind", sorted(ANY))
def test_every_field_is_told_but_whose_it_is_and_its_version(kind: EntityKind) -> None:
    how = JOURNALED[kind]
    assert set(how.codec.names) == set(how.entity.__dataclass_fields__) - {"account_id", "id", "version"}
    assert how.follows <= set(how.codec.names)
