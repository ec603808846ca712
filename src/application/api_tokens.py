"""Tokens that people make for their scripts and agents."""

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from application.cursors import Cursors, check_limit
from application.ports import ApiTokenLookup, Authenticator, Clock, Denials, Ids, Seal, UnitsOfWork
from application.views import PAGE_DEFAULT, Page
from domain.access import Actor, Scope
from domain.api_token import TOKENS_MAX, ApiToken, ApiTokenKind
from domain.api_token_text import PREFIX, SECRET_BYTES, ApiTokenText
from domain.change import REVOKE
from domain.errors import LimitReached, Unauthenticated
from domain.ids import ApiTokenId


class ApiTokens:
    """Making, listing and revoking them needs the scope account:admin."""

    def __init__(self, units: UnitsOfWork, clock: Clock, ids: Ids, seal: Seal) -> None:
        self._cursors = Cursors(seal, "tokens")
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
            if await unit.api_tokens.usable(self._clock.now()) >= TOKENS_MAX:
                raise LimitReached("usable API tokens", TOKENS_MAX)
            await unit.api_tokens.add(token)
            await unit.commit()
        return token, str(text)

    async def list(
        self, actor: Actor, limit: int = PAGE_DEFAULT, cursor: str | None = None
    ) -> Page[ApiToken]:
        """A page of all its tokens, newest first, revoked and expired ones too. Raises InvalidCursor."""
        check_limit(limit)
        place = self._cursors.open(actor, (), cursor)
        async with self._units.reading(actor, Scope.ACCOUNT_ADMIN) as unit:
            found = await unit.api_tokens.page(limit + 1, place)
        items = found[:limit]
        return Page(items, self._cursors.close(actor, (), items[-1]) if len(found) > limit else None)

    async def revoke(self, actor: Actor, token_id: UUID) -> None:
        """Make it worthless, at once and everywhere; repeatable. Raises ApiTokenNotFound."""
        async with self._units.writing(actor, Scope.ACCOUNT_ADMIN) as unit:
            token = await unit.api_tokens.get(ApiTokenId(token_id))
            revoked = token.revoke(self._clock.now())
            if revoked is not token:
                await unit.api_tokens.save(token, revoked, REVOKE)
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
