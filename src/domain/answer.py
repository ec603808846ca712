"""What was answered to a request that may be sent again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.ids import AccountId

ANSWER_KEPT = timedelta(hours=24)
KEY_MAX = 255
ANSWER_MAX = 8 * 1024 * 1024
"""Bytes. A longer answer is not kept, and so its request is not done under a key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The answer to the request with an Idempotency-Key, kept with its effect.

    `digest` stands for the key (SHA-256), `fingerprint` for the request. `body` is encrypted by the key.
    """

    account_id: AccountId
    digest: bytes
    fingerprint: bytes
    status: int
    headers: Mapping[str, str]
    body: bytes
    expires_at: datetime
