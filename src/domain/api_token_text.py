"""How an API token is written: `remit_`, then base 62 of account, token, secret and checksum.

The account's id is in it, so that the token is found by the primary key under row security; the
checksum lets a secret scanner, and this service, tell a token from a lookalike without asking anybody.
"""

from dataclasses import dataclass
from hashlib import sha256
from string import ascii_letters, digits
from uuid import UUID
from zlib import crc32

from domain.ids import AccountId, ApiTokenId

PREFIX = "remit_"
SECRET_BYTES = 32
_ALPHABET = digits + ascii_letters
_VALUES = {character: value for value, character in enumerate(_ALPHABET)}
_BYTES = 16 + 16 + SECRET_BYTES + 4
_LENGTH = 92  # ceil(68 bytes * 8 / log2(62))


@dataclass(frozen=True, slots=True)
class ApiTokenText:
    """A token as its holder has it."""

    account_id: AccountId
    token_id: ApiTokenId
    secret: bytes

    def __str__(self) -> str:
        raw = self.account_id.bytes + self.token_id.bytes + self.secret
        return PREFIX + _encoded(raw + crc32(raw).to_bytes(4))

    def __repr__(self) -> str:
        return f"ApiTokenText({self.token_id})"  # never the secret

    @property
    def digest(self) -> bytes:
        """What is kept of it: SHA-256 of its text."""
        return sha256(str(self).encode()).digest()

    @classmethod
    def parse(cls, text: str) -> "ApiTokenText | None":
        """The token of a text; None for one that was never a token."""
        raw = _decoded(text.removeprefix(PREFIX)) if text.startswith(PREFIX) else None
        if raw is None or crc32(raw[:-4]).to_bytes(4) != raw[-4:]:
            return None
        return cls(
            AccountId(UUID(bytes=raw[:16])), ApiTokenId(UUID(bytes=raw[16:32])), raw[32 : 32 + SECRET_BYTES]
        )


def _encoded(raw: bytes) -> str:
    number = int.from_bytes(raw)
    characters: list[str] = []
    for _ in range(_LENGTH):
        number, value = divmod(number, len(_ALPHABET))
        characters.append(_ALPHABET[value])
    return "".join(reversed(characters))


def _decoded(text: str) -> bytes | None:
    if len(text) != _LENGTH or not _VALUES.keys() >= set(text):
        return None
    number = 0
    for character in text:
        number = number * len(_ALPHABET) + _VALUES[character]
    return number.to_bytes(_BYTES) if number < 1 << 8 * _BYTES else None
