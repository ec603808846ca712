"""Identifiers. An account's id is derived from its token's issuer and subject, never looked up."""

from hashlib import sha256
from typing import NewType
from uuid import UUID

AccountId = NewType("AccountId", UUID)
TaskId = NewType("TaskId", UUID)
ProjectId = NewType("ProjectId", UUID)
SectionId = NewType("SectionId", UUID)
LabelId = NewType("LabelId", UUID)
CommentId = NewType("CommentId", UUID)
ViewId = NewType("ViewId", UUID)
ApiTokenId = NewType("ApiTokenId", UUID)
ChangeId = NewType("ChangeId", UUID)
PlanId = NewType("PlanId", UUID)


def account_id_for(issuer: str, subject: str) -> AccountId:
    """The account of a token's subject at its issuer: a UUIDv8 (RFC 9562, 5.8) cut from SHA-256.

    Each part is preceded by its length in bytes, so no two pairs are hashed from the same text.
    """
    parts = (part.encode() for part in (issuer, subject))
    digest = sha256(b"".join(len(part).to_bytes(4) + part for part in parts)).digest()
    return AccountId(_uuid8(int.from_bytes(digest[:16])))


def change_id_for(account_id: AccountId, seq: int) -> ChangeId:
    """The id of an account's change: a UUIDv8 that begins with its place (48 bits) and ends in a hash.

    So it is found by its place, sorts by it, and one of another account names nothing here.
    """
    digest = sha256(account_id.bytes + seq.to_bytes(8)).digest()
    return ChangeId(_uuid8(seq << 80 | int.from_bytes(digest[:10])))


def place_in(change_id: UUID) -> int:
    """The place that a change's id begins with."""
    return change_id.int >> 80


def _uuid8(bits: int) -> UUID:
    bits = bits & ~(0xF << 76) | 0x8 << 76  # version 8
    bits = bits & ~(0x3 << 62) | 0x2 << 62  # variant 10
    return UUID(int=bits)
