"""Turns a JSON Web Token into an actor. The only place that does, whatever the entrypoint."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from adapters.tokens.claims import check_audience, check_denial, check_times, scopes_of, subject_of
from adapters.tokens.compact import parse
from adapters.tokens.header import algorithm_of, key_id_of, kind_of
from adapters.tokens.issuers import Issuer
from adapters.tokens.proven import Proof, Proofs
from adapters.tokens.signatures import verify
from application.ports import Authenticator, Clock, Denials
from domain.access import Actor
from domain.errors import Unauthenticated
from domain.ids import account_id_for


class JwtAuthenticator(Authenticator):
    """Believes these issuers and nobody else. The rules are IDENT-1 and following in specs/features.

    Raises ValueError where two issuers have one name: a token could then choose between their keys.
    """

    def __init__(self, issuers: Sequence[Issuer], clock: Clock, denials: Denials) -> None:
        self._issuers: Mapping[str, Issuer] = {issuer.issuer: issuer for issuer in issuers}
        if len(self._issuers) != len(issuers):
            raise ValueError("Two issuers have the same name.")
        self._clock = clock
        self._denials = denials
        self._proofs = Proofs()

    async def authenticate(self, token: str) -> Actor:
        """The actor of a token. Raises Unauthenticated, and Unavailable where no key can be had.

        A proof is not repeated while it holds; whether the subject is denied is asked each time.
        """
        proof = self._proofs.find(token)
        if proof is None or not await proof.holds(self._clock.now().timestamp()):
            self._proofs.drop(token)
            proof = await self._proven(token)
            self._proofs.keep(token, proof)
        actor = proof.actor
        denied = await self._denials.revoked_before(actor.issuer, actor.subject)
        check_denial(proof.issued, denied)
        return actor

    async def _proven(self, token: str) -> Proof:
        """Everything that needs no key is looked at first, so a hopeless token never causes a request."""
        compact = parse(token)
        header, claims = compact.header, compact.claims
        kind = kind_of(header)
        issuer = self._issuer_of(claims)
        algorithm, kid = algorithm_of(header, issuer), key_id_of(header, issuer)
        check_audience(claims, issuer.audience)
        issued, expires = check_times(claims, self._clock.now().timestamp())
        subject, scopes = subject_of(claims), scopes_of(claims, kind)

        key = await issuer.keys.key(kid)
        if key is None:
            raise Unauthenticated("unknown_key")
        verify(algorithm, key, compact.signed, compact.signature)
        actor = Actor(
            account_id=account_id_for(issuer.issuer, subject),
            issuer=issuer.issuer,
            subject=subject,
            scopes=scopes,
            via=kind,
            expires_at=datetime.fromtimestamp(expires, UTC),
        )
        return Proof(actor, issuer, kid, key, issued, expires)

    def _issuer_of(self, claims: Mapping[str, object]) -> Issuer:
        name = claims.get("iss")
        if name is None:
            raise Unauthenticated("issuer_missing")
        issuer = self._issuers.get(name) if isinstance(name, str) else None
        if issuer is None:
            raise Unauthenticated("unknown_issuer")
        return issuer
