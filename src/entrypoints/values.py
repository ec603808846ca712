"""What the values of variables can be."""

import json
import re
from datetime import timedelta
from enum import StrEnum
from ipaddress import ip_address
from typing import Annotated, Literal
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr
from pydantic_settings import NoDecode

from domain.limits import Policy
from domain.retention import RETENTION_DEFAULT, RETENTION_MAX, RETENTION_MIN
from domain.usage import Limits

SECRET_KEY_MIN = 32
"""Bytes."""
PORTS = {"http": 80, "https": 443}


class Env(StrEnum):
    """Where the server runs. Production refuses whatever is only convenient."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


class AuthMode(StrEnum):
    """How Better Auth signs: with a key that it publishes, or with a secret that both sides hold."""

    JWKS = "jwks"
    SHARED_SECRET = "shared-secret"  # noqa: S105 - a word, not a secret


class ServerName(StrEnum):
    """What speaks HTTP. Granian is an extra."""

    HYPERCORN = "hypercorn"
    GRANIAN = "granian"


class LogFormat(StrEnum):
    """Lines for people, or for machines."""

    CONSOLE = "console"
    JSON = "json"


class LogLevel(StrEnum):
    """The least that is logged."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


def is_local(host: str) -> bool:
    """Whether a host name is this machine without asking a name server."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _parts(value: str) -> SplitResult | None:
    """An http or https URL's parts. Python's own complaints may quote the URL, so they go no further."""
    try:
        parts = urlsplit(value)
        usable = parts.scheme in PORTS and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return None
    return parts if usable and not parts.username and not parts.password else None


def _web_url(value: str) -> str:
    parts = _parts(value)
    if parts is None or parts.query or parts.fragment:
        raise ValueError("must be an http or https URL without credentials, query or fragment")
    if parts.scheme == "http" and not is_local(parts.hostname or ""):
        raise ValueError("must be https, except on this machine")
    return value


def _origin(value: str) -> str:
    if _parts(value) is None or value != origin_of(value) or "*" in value:
        raise ValueError("must be exact origins such as https://app.example.com, separated by commas")
    return value


def long_enough(value: SecretStr) -> SecretStr:
    """A secret that cannot be guessed for its shortness."""
    if len(value.get_secret_value().encode()) < SECRET_KEY_MIN:
        raise ValueError(f"must have at least {SECRET_KEY_MIN} bytes")
    return value


def split_list(value: str | tuple[str, ...]) -> tuple[str, ...]:
    """What stands between commas."""
    given = value.split(",") if isinstance(value, str) else value
    return tuple(item.strip() for item in given if item.strip())


WebUrl = Annotated[str, AfterValidator(_web_url)]
Origins = Annotated[
    tuple[Annotated[str, AfterValidator(_origin)], ...], NoDecode, BeforeValidator(split_list)
]
Name = Annotated[str, Field(min_length=1, max_length=2048)]


def _rate(value: str) -> str:
    Policy.parse("rate", value)
    return value


def _counter(value: SecretStr) -> SecretStr:
    uri = value.get_secret_value()
    if uri != "memory://" and not uri.startswith(("redis://", "rediss://")):
        raise ValueError("must be memory:// or begin with redis:// or rediss://")
    return value


_DAYS = re.compile(r"[0-9]{1,5}")
_DURATION = re.compile(r"P(?:(?P<weeks>[0-9]{1,4})W)?(?:(?P<days>[0-9]{1,5})D)?(?:T(?P<hours>[0-9]{1,6})H)?")


def _retention(value: object) -> object:
    """Days, or a duration of ISO 8601 whose parts have one length: no years, no months."""
    if not isinstance(value, str):
        return value
    given = _DURATION.fullmatch(f"P{value}D" if _DAYS.fullmatch(value) else value)
    parts = {name: int(number) for name, number in given.groupdict().items() if number} if given else {}
    length = timedelta(**parts)
    if not RETENTION_MIN <= length <= RETENTION_MAX:
        raise ValueError(
            f"must be days, such as {RETENTION_DEFAULT.days}, or an ISO 8601 duration of weeks, days and"
            f" hours, such as P90D: from 1 day to {RETENTION_MAX.days}"
        )
    return length


def _quotas(value: object) -> object:
    return Limits.parse(value) if isinstance(value, str) else value


Quotas = Annotated[Limits, NoDecode, BeforeValidator(_quotas)]
Rate = Annotated[str, AfterValidator(_rate)]
Retention = Annotated[timedelta, BeforeValidator(_retention)]
Counter = Annotated[SecretStr, AfterValidator(_counter)]


Algorithm = Literal[
    "EdDSA", "Ed25519", "ES256", "ES384", "ES512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512"
]  # fmt: skip


class TrustedIssuer(BaseModel):
    """One more issuer whose tokens are believed, with its own audience, keys and algorithms."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    issuer: Name
    audience: Name
    jwks_url: WebUrl
    algorithms: tuple[Algorithm, ...] = Field(("EdDSA", "Ed25519"), min_length=1)


def _json(value: object) -> object:
    try:
        return json.loads(value) if isinstance(value, str) else value
    except ValueError:
        raise ValueError("must be a JSON array of issuers") from None


def _each_once(value: tuple[TrustedIssuer, ...]) -> tuple[TrustedIssuer, ...]:
    if len({one.issuer for one in value}) != len(value):
        raise ValueError("must name each issuer once")
    return value


TrustedIssuers = Annotated[
    tuple[TrustedIssuer, ...], NoDecode, BeforeValidator(_json), AfterValidator(_each_once)
]


def origin_of(url: str) -> str:
    """As a browser and Better Auth write it: in small letters, without the scheme's own port."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    place = f"[{host}]" if ":" in host else host
    port = "" if parts.port in {None, PORTS.get(parts.scheme)} else f":{parts.port}"
    return f"{parts.scheme}://{place}{port}"
