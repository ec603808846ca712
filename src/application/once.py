"""Requests that may be sent again: done once, answered alike."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256

from application.joined import JoinedUnits
from application.ports import Clock, Seal, UnitsOfWork
from domain.access import Actor, Scope
from domain.answer import ANSWER_KEPT, ANSWER_MAX, Answer
from domain.errors import AnswerUnreadable, KeyReused, LimitReached

_PURPOSE = "answer"


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered; `replayed` if it was answered before."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    replayed: bool = False


Work = Callable[[UnitsOfWork], Awaitable[Reply]]
"""Does something within the units it is given. What it refuses, it raises: that is not kept."""


class Once:
    """Keeps the answer in the transaction of its effect. Who comes meanwhile waits, and is answered alike."""

    def __init__(self, units: UnitsOfWork, clock: Clock, seal: Seal) -> None:
        self._units = units
        self._clock = clock
        self._seal = seal

    async def run(self, actor: Actor, scope: Scope, key: str, fingerprint: bytes, work: Work) -> Reply:
        """The work's reply, or the one given before. Raises KeyReused, AnswerUnreadable, LimitReached."""
        context = actor.account_id.bytes + key.encode()
        digest = sha256(context).digest()
        async with self._units.writing(actor, scope, key=digest) as unit:
            held = unit.answered
            if held is not None and held.expires_at > self._clock.now():
                return self._again(held, fingerprint, context)
            reply = await work(JoinedUnits(unit, self._units))
            if len(reply.body) > ANSWER_MAX:
                raise LimitReached("bytes in an answer that is kept under an Idempotency-Key", ANSWER_MAX)
            unit.notes.keep(
                Answer(
                    account_id=actor.account_id,
                    digest=digest,
                    fingerprint=fingerprint,
                    status=reply.status,
                    headers=reply.headers,
                    body=self._seal.encrypt(_PURPOSE, context, reply.body),
                    expires_at=self._clock.now() + ANSWER_KEPT,
                )
            )
            await unit.commit()
        return reply

    def _again(self, held: Answer, fingerprint: bytes, context: bytes) -> Reply:
        if held.fingerprint != fingerprint:
            raise KeyReused
        body = self._seal.decrypt(_PURPOSE, context, held.body)
        if body is None:
            raise AnswerUnreadable
        return Reply(held.status, held.headers, body, replayed=True)
