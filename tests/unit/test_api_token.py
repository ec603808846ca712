"""API tokens: the rules and the text, without a database."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.access import ALL_SCOPES, Scope, Via
from domain.api_token import ApiToken, ApiTokenKind
from domain.api_token_text import ApiTokenText
from domain.errors import InsufficientScope, Invalid, Unauthenticated
from domain.ids import AccountId, ApiTokenId
from tests.support.actors import actor

NOW = datetime(2026, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)
MAKER = actor("maker of tokens")
TEXT = ApiTokenText(MAKER.account_id, ApiTokenId(UUID(int=1 << 127 | 5)), bytes(range(32)))
ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


def issued(**values: object) -> ApiToken:
    given_values = {"name": "n", "kind": ApiTokenKind.PERSON, "scopes": [Scope.TASKS_READ], "lifetime": DAY}
    maker = values.pop("maker", MAKER)
    return ApiToken.issue(maker, TEXT.token_id, digest=TEXT.digest, now=NOW, **{**given_values, **values})


def violations(**values: object) -> list[tuple[str, str]]:
    with pytest.raises(Invalid) as refused:
        issued(**values)
    return [(violation.pointer, violation.code) for violation in refused.value.violations]


@pytest.mark.rule("TOKEN-1")
@given(st.uuids(), st.uuids(), st.binary(min_size=32, max_size=32))
def test_a_text_is_read_as_it_was_written(account: UUID, token: UUID, secret: bytes) -> None:
    text = ApiTokenText(AccountId(account), ApiTokenId(token), secret)
    assert re.fullmatch("remit_[0-9A-Za-z]{92}", str(text))
    assert ApiTokenText.parse(str(text)) == text


@pytest.mark.rule("TOKEN-1")
def test_a_text_with_any_character_changed_was_never_a_token() -> None:
    text = str(TEXT)
    for place in range(len(text)):
        for other in (ALPHABET[(ALPHABET.find(text[place]) + step) % 62] for step in (1, 7, 31)):
            if other != text[place]:
                assert ApiTokenText.parse(text[:place] + other + text[place + 1 :]) is None


@pytest.mark.rule("TOKEN-1")
@given(st.text() | st.from_regex("remit_[0-9A-Za-z]{90,94}", fullmatch=True))
def test_other_texts_were_never_tokens(text: str) -> None:
    assert ApiTokenText.parse(text) is None


@pytest.mark.rule("TOKEN-2")
def test_the_secret_is_in_no_representation() -> None:
    assert repr(TEXT) == f"ApiTokenText({TEXT.token_id})"
    assert str(TEXT) not in repr(issued())


@pytest.mark.rule("TOKEN-2", "TOKEN-7")
def test_a_token_is_proven_by_its_own_text_alone() -> None:
    token = issued()
    assert token.proven_by(TEXT)
    for other in (
        replace(TEXT, secret=bytes(32)),
        replace(TEXT, account_id=actor("other").account_id),
        replace(TEXT, token_id=ApiTokenId(UUID(int=7))),
    ):
        assert not token.proven_by(other)


@pytest.mark.rule("TOKEN-3")
@given(st.sets(st.sampled_from(Scope), min_size=1), st.sets(st.sampled_from(Scope)))
def test_a_token_holds_nothing_that_its_maker_lacks(wanted: set[Scope], held: set[Scope]) -> None:
    maker = actor("maker of tokens", frozenset(held))
    if wanted <= held:
        assert issued(maker=maker, scopes=wanted).scopes == wanted
    else:
        with pytest.raises(InsufficientScope):
            issued(maker=maker, scopes=wanted)


@pytest.mark.rule("TOKEN-3", "TOKEN-4", "TOKEN-5")
def test_values_that_are_refused() -> None:
    assert violations(scopes=[]) == [("/scopes", "too_short")]
    assert violations(name=" ") == [("/name", "too_short")]
    assert violations(name="n" * 101) == [("/name", "too_long")]
    assert violations(name="a\nb") == [("/name", "control_character")]
    assert violations(lifetime=timedelta(seconds=59)) == [("/expires_in", "out_of_range")]
    assert violations(lifetime=timedelta(days=365, seconds=1)) == [("/expires_in", "out_of_range")]
    assert len(violations(name="", scopes=[], lifetime=timedelta(0))) == 3
    assert issued(lifetime=timedelta(days=365)).expires_at == NOW + timedelta(days=365)
    assert issued(name=" nightly report ").name == "nightly report"


@pytest.mark.rule("TOKEN-4", "TOKEN-7")
@pytest.mark.parametrize(("kind", "via"), [(ApiTokenKind.AGENT, Via.AGENT), (ApiTokenKind.PERSON, Via.TOKEN)])
def test_who_acts_with_a_token(kind: ApiTokenKind, via: Via) -> None:
    token = issued(kind=kind, scopes=[Scope.TASKS_READ])
    assert token.actor(NOW) == replace(
        MAKER,
        scopes=frozenset({Scope.TASKS_READ}),
        via=via,
        token_id=token.id,
        token_name=token.name,
        expires_at=token.expires_at,
    )
    assert MAKER.scopes == ALL_SCOPES


@pytest.mark.rule("TOKEN-5", "TOKEN-6")
def test_the_end_of_a_token() -> None:
    token = issued()
    last = NOW + DAY - timedelta(microseconds=1)
    assert token.usable(last)
    token.actor(last)
    assert not token.usable(NOW + DAY)
    with pytest.raises(Unauthenticated):
        token.actor(NOW + DAY)
    revoked = token.revoke(NOW)
    assert not revoked.usable(NOW)
    assert revoked.revoke(last) is revoked
    with pytest.raises(Unauthenticated):
        revoked.actor(NOW)


@pytest.mark.rule("TOKEN-8")
def test_use_is_noted_at_most_once_an_hour() -> None:
    token = issued()
    assert token.needs_noting(NOW)
    used = replace(token, last_used_at=NOW)
    assert not used.needs_noting(NOW + timedelta(minutes=59))
    assert used.needs_noting(NOW + timedelta(hours=1))
