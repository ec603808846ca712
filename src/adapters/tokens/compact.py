"""The compact form of a signed token, read without believing it (RFC 7515, section 7.1)."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from adapters.tokens.strict_json import DuplicateMemberError, strict_json
from domain.errors import Unauthenticated

MAX_LENGTH = 8192
"""Characters; what a server accepts in one header line."""

_PARTS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Compact:
    """A token taken apart. Nothing in it is proved before `signature` over `signed` is verified."""

    header: Mapping[str, object]
    claims: Mapping[str, object]
    signed: bytes
    signature: bytes


def parse(token: str) -> Compact:
    """The token's parts. Raises Unauthenticated; the length is looked at before anything else."""
    if len(token) > MAX_LENGTH:
        raise Unauthenticated("too_long")
    parts = token.split(".")
    if len(parts) != _PARTS or not all(parts):
        # Opaque session tokens and encrypted tokens (five parts) end here.
        raise Unauthenticated("not_a_jwt")
    header, claims, signature = (_decoded(part) for part in parts)
    return Compact(
        header=_members(header),
        claims=_members(claims),
        signed=token[: token.rindex(".")].encode(),
        signature=signature,
    )


def encoded(raw: bytes) -> str:
    """Base64url without padding (RFC 7515, section 2)."""
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decoded(part: str) -> bytes:
    """The bytes of a part in its one canonical spelling: a second spelling would pass as another token."""
    try:
        raw = urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except ValueError:
        raise Unauthenticated("not_base64url") from None
    if encoded(raw) != part:
        raise Unauthenticated("not_base64url")
    return raw


def _members(raw: bytes) -> Mapping[str, object]:
    try:
        value = strict_json(raw)
    except DuplicateMemberError:
        raise Unauthenticated("duplicate_member") from None
    except ValueError:
        raise Unauthenticated("not_json") from None
    if not isinstance(value, dict):
        raise Unauthenticated("not_an_object")
    return cast("dict[str, object]", value)
