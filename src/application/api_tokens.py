"""Tokens that people make for their scripts and agents."""

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from application.ports import ApiTokenLookup, Authenticator, Clock, Denials, Ids, UnitsOfWork
from domain.access import Actor, Scope
from domain.api_token import TOKENS_MAX, ApiToken, ApiTokenKind
from domain.api_token_text import PREFIX, SECRET_BYTES, ApiTokenText
from domain.change import REVOKE
from domain.errors import LimitReached, Unauthenticated
from domain.ids import ApiTokenId


class ApiTokens:
    """Making, listing and revoking them needs the scope account:admin."""

    def __init__(self, units: UnitsOfWork, clock: Clock, ids: Ids) -> None:
        self._units = units
        self._clock = clock
        self._ids = ids

    async def create(
        self,
        actor: Actor,
        *,
        name: str,
        kind: ApiTokenKind,
        scopes: Iterable[Scope],
        lifetime: timedelta,
        token_id: UUID | None = None,
    ) -> tuple[ApiToken, str]:
        """The token and, this once, its text. Raises Invalid, InsufficientScope, LimitReached."""
        chosen = ApiTokenId(token_id or self._ids.new())
        text = ApiTokenText(actor.account_id, chosen, self._ids.secret(SECRET_BYTES))
        token = ApiToken.issue(
            actor,
            text.token_id,
            name=name,
            kind=kind,
            scopes=scopes,
            lifetime=lifetime,
            digest=text.digest,
            now=self._clock.now(),
        )
        async with self._units.writing(actor, Scope.ACCOUNT_ADMIN) as unit:
            unrevoked = await unit.entities.matching(ApiToken, "revoked_at", {None})
            if sum(one.usable(token.created_at) for one in unrevoked) >= TOKENS_MAX:
                raise LimitReached("usable API tokens", TOKENS_MAX)
            await unit.entities.add(token)
            await unit.commit()
        return token, str(text)

    async def revoke(self, actor: Actor, token_id: UUID) -> None:
        """Make it worthless, at once and everywhere; repeatable. Raises ApiTokenNotFound."""
        async with self._units.writing(actor, Scope.ACCOUNT_ADMIN) as unit:
            token = await unit.entities.get(ApiToken, token_id)
            revoked = token.revoke(self._clock.now())
            if revoked is not token:
                await unit.entities.save(token, revoked, REVOKE)
                await unit.commit()


class ApiTokenAuthenticator(Authenticator):
    """Believes API tokens by what is kept of them, and everything else by `others`."""

    def __init__(self, lookup: ApiTokenLookup, clock: Clock, denials: Denials, others: Authenticator) -> None:
        self._lookup = lookup
        self._clock = clock
        self._denials = denials
        self._others = others

    async def authenticate(self, token: str) -> Actor:
        if not token.startswith(PREFIX):
            return await self._others.authenticate(token)
        text = ApiTokenText.parse(token)
        if text is None:
            raise Unauthenticated("api_token_malformed")
        kept = await self._lookup.find(text.account_id, text.token_id)
        if kept is None or not kept.proven_by(text):
            raise Unauthenticated("api_token_unknown")
        now = self._clock.now()
        actor = kept.actor(now)
        denied = await self._denials.revoked_before(kept.issuer, kept.subject)
        if denied is not None and kept.created_at <= denied:
            raise Unauthenticated("api_token_denied")
        if kept.needs_noting(now):
            await self._lookup.note_use(kept, now)
        return actor
