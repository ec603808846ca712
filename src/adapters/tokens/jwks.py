"""The keys that an issuer publishes as a JWK set (RFC 7517), fetched and remembered for a while."""

import asyncio
import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from math import inf

import httpx
from joserfc.jwk import Key

from adapters.tokens.issuers import KeySource
from adapters.tokens.keys import public_keys
from adapters.tokens.strict_json import strict_json
from domain.errors import Unavailable

TTL_MAX = 600.0
"""Seconds that a key can work on after its issuer has removed it."""

SIZE_MAX = 256 * 1024
"""Bytes of a JWK set."""


class LocalJwks(KeySource):
    """A fixed set of public keys. Raises ValueError where it holds none that can be used."""

    def __init__(self, document: object) -> None:
        self._keys = public_keys(document)
        if not self._keys:
            raise ValueError("The JWK set holds no usable public key.")

    async def key(self, kid: str) -> Key | None:
        """The key of this id."""
        return self._keys.get(kid)

    async def problem(self) -> str | None:
        """Never any."""
        return None


class RemoteJwks(KeySource):
    """A JWK set at a URL. Belongs to one event loop; all times are seconds.

    It is fetched again when it is older than `ttl`, and when a token names a key that it has not, but
    never within `cooldown` of the last attempt. While fetching fails, the last set serves for `stale`
    longer. However many callers wait, there is one request at a time.
    """

    def __init__(
        self,
        url: str,
        client: httpx.AsyncClient,
        monotonic: Callable[[], float] = time.monotonic,
        *,
        ttl: float = TTL_MAX,
        cooldown: float = 30.0,
        stale: float = 3600.0,
        timeout: float = 5.0,
    ) -> None:
        if not 0 < cooldown <= ttl <= TTL_MAX:
            raise ValueError(f"It must be so: 0 < cooldown <= ttl <= {TTL_MAX:.0f}.")
        self._url, self._client, self._monotonic = url, client, monotonic
        self._ttl, self._cooldown, self._stale, self._timeout = ttl, cooldown, stale, timeout
        self._keys: Mapping[str, Key] = {}
        self._fetched = self._tried = -inf
        self._failure: str | None = None
        self._flight: asyncio.Task[None] | None = None

    async def key(self, kid: str) -> Key | None:
        """The key of this id, after a request if that could change the answer. Raises Unavailable."""
        known = kid in self._keys
        if not (known and self._age() < self._ttl) and not self._cooling():
            flight = self._fetch()
            # An issuer that is down must not hold up people whose key is still remembered: once it is
            # known to fail, the next attempts are nobody's wait.
            if not (known and self._failure and self._usable()):
                await asyncio.shield(flight)
        if not self._usable():
            raise Unavailable("The signing keys of the issuer cannot be fetched.")
        return self._keys.get(kid)

    async def problem(self) -> str | None:
        """Why tokens cannot be verified, after a request where the keys are not fresh."""
        if self._age() >= self._ttl and not self._cooling():
            await asyncio.shield(self._fetch())
        if not self._usable():
            return f"The signing keys cannot be fetched: {self._failure}."
        return None if self._keys else "The issuer publishes no usable signing key."

    def _age(self) -> float:
        return self._monotonic() - self._fetched

    def _usable(self) -> bool:
        return self._age() < self._ttl + self._stale

    def _cooling(self) -> bool:
        return self._monotonic() - self._tried < self._cooldown

    def _fetch(self) -> asyncio.Task[None]:
        """The request under way, or a new one. A task of its own: the caller who began it may go away."""
        if self._flight is None or self._flight.done():
            self._flight = asyncio.create_task(self._refresh())
        return self._flight

    async def _refresh(self) -> None:
        started = self._monotonic()
        try:
            async with asyncio.timeout(self._timeout):
                self._keys = _read(await self._download())
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            # Otherwise its kind alone: the words of a network error may quote the URL.
            self._failure = str(error) if isinstance(error, _RefusedError) else type(error).__name__
        else:
            # The age counts from the question, not from the answer.
            self._fetched, self._failure = started, None
        finally:
            self._tried = self._monotonic()

    async def _download(self) -> bytes:
        """The body, as sent: no redirect leads elsewhere, and nothing small unpacks to something large."""
        headers = {"Accept": "application/jwk-set+json, application/json", "Accept-Encoding": "identity"}
        async with self._client.stream(
            "GET", self._url, headers=headers, timeout=self._timeout, follow_redirects=False
        ) as response:
            if response.status_code != HTTPStatus.OK:
                raise _RefusedError(f"status {response.status_code}")
            if response.headers.get("Content-Encoding", "identity") != "identity":
                raise _RefusedError("a compressed answer")
            body = bytearray()
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > SIZE_MAX:
                    raise _RefusedError("an answer that is too large")
        return bytes(body)


def _read(body: bytes) -> Mapping[str, Key]:
    try:
        return public_keys(strict_json(body))
    except ValueError:
        raise _RefusedError("an answer that is not a JWK set") from None


class _RefusedError(ValueError):
    """An answer that is not taken, in words without secrets."""
