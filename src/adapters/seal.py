"""Opaque, authenticated text: HMAC-SHA256 over purpose, context and value (RFC 2104); and AES-256-GCM."""

import hmac
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from application.ports import Seal

_MAC_BYTES = 16
_NONCE_BYTES = 12


class HmacSeal(Seal):
    """A seal that every worker with the same key can open. What is closed is authenticated, not encrypted."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def close(self, purpose: str, context: bytes, value: bytes) -> str:
        sealed = value + self._mac(purpose, context, value)
        return urlsafe_b64encode(sealed).rstrip(b"=").decode()

    def open(self, purpose: str, context: bytes, sealed: str) -> bytes | None:
        raw = _decoded(sealed)
        if raw is None or len(raw) < _MAC_BYTES:
            return None
        value, mac = raw[:-_MAC_BYTES], raw[-_MAC_BYTES:]
        return value if hmac.compare_digest(mac, self._mac(purpose, context, value)) else None

    def encrypt(self, purpose: str, context: bytes, value: bytes) -> bytes:
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cipher(purpose, context).encrypt(nonce, value, None)

    def decrypt(self, purpose: str, context: bytes, hidden: bytes) -> bytes | None:
        nonce, rest = hidden[:_NONCE_BYTES], hidden[_NONCE_BYTES:]
        try:
            return self._cipher(purpose, context).decrypt(nonce, rest, None)
        except (InvalidTag, ValueError):
            return None

    def _cipher(self, purpose: str, context: bytes) -> AESGCM:
        parts = (purpose.encode(), context)
        message = b"".join(len(part).to_bytes(8) + part for part in parts)
        return AESGCM(hmac.digest(self._key, b"encrypt" + message, sha256))

    def _mac(self, purpose: str, context: bytes, value: bytes) -> bytes:
        parts = (purpose.encode(), context, value)
        message = b"".join(len(part).to_bytes(8) + part for part in parts)
        return hmac.digest(self._key, message, sha256)[:_MAC_BYTES]


def _decoded(text: str) -> bytes | None:
    """The bytes of unpadded base64url, only in its one canonical spelling."""
    try:
        raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return None
    return raw if urlsafe_b64encode(raw).rstrip(b"=") == text.encode() else None
