import hashlib
import re
from pathlib import Path
from uuid import RFC_4122, UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.ids import account_id_for

SPEC = Path(__file__).parents[2] / "specs/features/identity.md"
VECTORS = re.findall(r"^\| `([^`]+)` \| `([^`]+)` \| `([0-9a-f-]{36})` \|$", SPEC.read_text(), re.MULTILINE)

# Lone surrogates are refused in a token before an id is derived; UTF-8 has no bytes for them.
names = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


@pytest.mark.rule("IDENT-1")
def test_the_specification_has_vectors():
    assert len(VECTORS) == 4


@pytest.mark.rule("IDENT-1")
@pytest.mark.parametrize(("issuer", "subject", "expected"), VECTORS)
def test_vectors(issuer, subject, expected):
    assert account_id_for(issuer, subject) == UUID(expected)


@pytest.mark.rule("IDENT-1")
@given(names, names)
def test_it_is_a_uuid_version_8_of_the_digest(issuer, subject):
    derived = account_id_for(issuer, subject)
    assert (derived.version, derived.variant) == (8, RFC_4122)

    parts = (issuer.encode(), subject.encode())
    digest = bytearray(hashlib.sha256(b"".join(len(p).to_bytes(4, "big") + p for p in parts)).digest()[:16])
    digest[6] = digest[6] & 0x0F | 0x80
    digest[8] = digest[8] & 0x3F | 0x80
    assert derived.bytes == bytes(digest)


@pytest.mark.rule("IDENT-1")
@given(names, names, names, names)
def test_different_pairs_never_share_an_account(issuer, subject, other_issuer, other_subject):
    same = (issuer, subject) == (other_issuer, other_subject)
    assert (account_id_for(issuer, subject) == account_id_for(other_issuer, other_subject)) is same


@pytest.mark.rule("IDENT-1")
@given(names, st.integers(0, 40), st.integers(0, 40))
def test_where_the_issuer_ends_matters(text, first, second):
    ids = {account_id_for(text[:cut], text[cut:]) for cut in (first, second)}
    assert len(ids) == len({text[:first], text[:second]})
