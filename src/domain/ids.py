"""Identifiers. An account's id is derived from its token's issuer and subject, never looked up."""

from hashlib import sha256
from typing import NewType
from uuid import UUID

AccountId = NewType("AccountId", UUID)
TaskId = NewType("TaskId", UUID)
ApiTokenId = NewType("ApiTokenId", UUID)


def account_id_for(issuer: str, subject: str) -> AccountId:
    """The account of a token's subject at its issuer: a UUIDv8 (RFC 9562, 5.8) cut from SHA-256.

    Each part is preceded by its length in bytes, so no two pairs are hashed from the same text.
    """
    parts = (part.encode() for part in (issuer, subject))
    digest = sha256(b"".join(len(part).to_bytes(4) + part for part in parts)).digest()
    bits = int.from_bytes(digest[:16])
    bits = bits & ~(0xF << 76) | 0x8 << 76  # version 8
    bits = bits & ~(0x3 << 62) | 0x2 << 62  # variant 10
    return AccountId(UUID(int=bits))
