"""Counts requests, by account or by address, and says how many are left."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from ipaddress import IPv6Address, ip_address

from starlette.datastructures import Headers
from starlette.types import Scope

from application.ports import RateLimiter
from domain.limits import Allowance, Policy
from entrypoints.http.paths import PROBES
from entrypoints.http.problems import HttpProblem

IPV6_NETWORK = 64


@dataclass(frozen=True, slots=True)
class Limits:
    """Which policies hold, and how many proxies in front of this server are believed."""

    limiter: Callable[[], RateLimiter]
    account: Policy
    address: Policy
    proxies: int = 0

    async def count(self, scope: Scope) -> HttpProblem | None:
        """Count the request for its account, or else for its address; the refusal where it is too many."""
        actor = scope["state"].get("actor")
        policy, key = (
            (self.account, str(actor.account_id)) if actor else (self.address, address(scope, self.proxies))
        )
        allowance = await self.limiter().hit(policy, key)
        scope["state"]["allowance"] = allowance
        return None if allowance.allowed or scope["path"] in PROBES else _too_many(allowance)

    async def exhausted(self, scope: Scope) -> HttpProblem | None:
        """The refusal where the address has no requests left. Counts nothing."""
        allowance = await self.limiter().look(self.address, address(scope, self.proxies))
        return None if allowance.allowed else _too_many(allowance)

    async def count_preflight(self, scope: Scope) -> HttpProblem | None:
        """Browsers ask once for each of an account's paths, so there are as many as requests."""
        policy = Policy("preflight", self.account.amount, self.account.seconds)
        allowance = await self.limiter().hit(policy, address(scope, self.proxies))
        scope["state"]["allowance"] = allowance
        return None if allowance.allowed else _too_many(allowance)


def address(scope: Scope, proxies: int) -> str:
    """Who asks: the peer, or what the last `proxies` proxies say of it. An IPv6 network of 64 bits is one."""
    peer = scope["client"][0] if scope.get("client") else "local"
    named = [name.strip() for name in ",".join(Headers(scope=scope).getlist("x-forwarded-for")).split(",")]
    chosen = named[-proxies] if 0 < proxies <= len(named) and named[-proxies] else peer
    try:
        number = ip_address(chosen)
    except ValueError:
        return peer
    if not isinstance(number, IPv6Address):
        return str(number)
    if number.ipv4_mapped:
        return str(number.ipv4_mapped)
    return str(IPv6Address(int(number) >> IPV6_NETWORK << IPV6_NETWORK))


def fields(allowance: Allowance) -> Mapping[str, str]:
    """The fields of the IETF draft "RateLimit header fields for HTTP"."""
    policy = allowance.policy
    return {
        "RateLimit-Policy": f'"{policy.name}";q={policy.amount};w={policy.seconds}',
        "RateLimit": f'"{policy.name}";r={allowance.remaining};t={allowance.reset}',
    }


def _too_many(allowance: Allowance) -> HttpProblem:
    policy = allowance.policy
    return HttpProblem(
        HTTPStatus.TOO_MANY_REQUESTS,
        "rate_limited",
        "Too many requests",
        f"At most {policy.amount} requests in {policy.seconds} seconds for one {policy.name}.",
        {"Retry-After": str(allowance.reset)},
    )
