from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.access import ALL_SCOPES, Actor, Scope, Via, own, require, scopes_from
from domain.errors import InsufficientScope, Kind, TaskNotFound
from domain.ids import AccountId, account_id_for

ISSUER = "https://app.example.com"


def actor(subject: str = "me", scopes: frozenset[Scope] = ALL_SCOPES) -> Actor:
    return Actor(
        account_id=account_id_for(ISSUER, subject),
        issuer=ISSUER,
        subject=subject,
        scopes=scopes,
        via=Via.WEB,
    )


@dataclass(frozen=True)
class Thing:
    account_id: AccountId


@pytest.mark.rule("IDENT-3")
def test_what_is_mine_is_handed_over():
    thing = Thing(actor().account_id)
    assert own(actor(), thing, TaskNotFound) is thing


@pytest.mark.rule("IDENT-3")
def test_what_is_not_mine_is_refused_as_if_it_did_not_exist():
    refusals = []
    for thing in (None, Thing(actor("somebody else").account_id)):
        with pytest.raises(TaskNotFound) as refusal:
            own(actor(), thing, TaskNotFound)
        refusals.append((type(refusal.value), refusal.value.detail, refusal.value.args))
    assert refusals[0] == refusals[1]


@pytest.mark.rule("IDENT-11")
@given(st.sets(st.sampled_from(Scope)), st.sampled_from(Scope))
def test_a_scope_is_required_by_its_name(held, needed):
    someone = actor(scopes=frozenset(held))
    if needed in held:
        require(someone, needed)
        return
    with pytest.raises(InsufficientScope) as refusal:
        require(someone, needed)
    assert refusal.value.scope == needed
    assert refusal.value.kind is Kind.FORBIDDEN


@pytest.mark.rule("IDENT-11")
@pytest.mark.parametrize(
    ("granted", "expected"),
    [
        ([], set()),
        ([""], set()),
        (["tasks:read"], {Scope.TASKS_READ}),
        (["tasks:read", "tasks:read"], {Scope.TASKS_READ}),
        (["openid", "tasks:write", "profile"], {Scope.TASKS_WRITE}),
        (["Tasks:read", "tasks", "tasks:*", "*", "tasks:read ", "TASKS_READ"], set()),
        (list(Scope), set(Scope)),
    ],
)
def test_only_scopes_of_this_service_count(granted, expected):
    assert scopes_from(granted) == frozenset(expected)
