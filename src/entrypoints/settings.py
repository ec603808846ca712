"""Everything the environment can say. Every wrong or missing variable is named at once, no secret ever."""

import os
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from domain.retention import RETENTION_DEFAULT
from domain.usage import LIMITS
from entrypoints.values import (
    AuthMode,
    Counter,
    Env,
    LogFormat,
    LogLevel,
    Name,
    Origins,
    Quotas,
    Rate,
    Retention,
    ServerName,
    TrustedIssuers,
    WebUrl,
    long_enough,
    origin_of,
    split_list,
)

DEVELOPMENT_ISSUER = "urn:remit:development"
DEFAULT_AUTH_PATH = "/api/auth"

Check = Callable[[Mapping[str, str]], Iterable[str]]
"""Looks at the variables as given, answers what is wrong, each beginning with the variable's name."""


class SettingsError(Exception):
    """The environment is wrong; `problems` says how, one line each."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


class Settings(BaseSettings):
    """The environment, read once. Each field's alias is its variable."""

    # By alias and by its exact letters only: neither `DATABASE_URL` nor `remit_env` is ours.
    model_config = SettingsConfigDict(
        frozen=True, extra="ignore", hide_input_in_errors=True, env_ignore_empty=True, case_sensitive=True
    )

    env: Env = Field(Env.DEVELOPMENT, validation_alias="REMIT_ENV")
    data_dir: Path = Field(Path(".remit"), validation_alias="REMIT_DATA_DIR")
    database_url: SecretStr | None = Field(None, validation_alias="REMIT_DATABASE_URL")
    direct_database_url: SecretStr | None = Field(None, validation_alias="REMIT_DIRECT_DATABASE_URL")
    migration_database_url: SecretStr | None = Field(None, validation_alias="REMIT_MIGRATION_DATABASE_URL")
    database_pool_size: int = Field(10, ge=1, le=500, validation_alias="REMIT_DATABASE_POOL_SIZE")
    secret_key: Annotated[SecretStr, AfterValidator(long_enough)] | None = Field(
        None, validation_alias="REMIT_SECRET_KEY"
    )
    better_auth_url: WebUrl | None = Field(None, validation_alias="BETTER_AUTH_URL")
    better_auth_secret: SecretStr | None = Field(None, validation_alias="BETTER_AUTH_SECRET")
    auth_mode: AuthMode = Field(AuthMode.JWKS, validation_alias="REMIT_AUTH_MODE")
    auth_issuer: Name | None = Field(None, validation_alias="REMIT_AUTH_ISSUER")
    auth_audience: Name | None = Field(None, validation_alias="REMIT_AUTH_AUDIENCE")
    auth_jwks_url: WebUrl | None = Field(None, validation_alias="REMIT_AUTH_JWKS_URL")
    auth_algorithms: Annotated[tuple[str, ...], NoDecode, BeforeValidator(split_list)] = Field(
        ("EdDSA", "Ed25519"), validation_alias="REMIT_AUTH_ALGORITHMS"
    )
    auth_issuers: TrustedIssuers = Field((), validation_alias="REMIT_AUTH_ISSUERS")
    cors_origins: Origins = Field((), validation_alias="REMIT_CORS_ORIGINS")
    limit_account: Rate = Field("600/minute", validation_alias="REMIT_LIMIT_ACCOUNT")
    limit_address: Rate = Field("300/minute", validation_alias="REMIT_LIMIT_ADDRESS")
    limit_storage: Counter = Field(SecretStr("memory://"), validation_alias="REMIT_LIMIT_STORAGE")
    quotas: Quotas = Field(LIMITS, validation_alias="REMIT_QUOTAS")
    trusted_proxies: int = Field(0, ge=0, le=10, validation_alias="REMIT_TRUSTED_PROXIES")
    journal_retention: Retention = Field(RETENTION_DEFAULT, validation_alias="REMIT_JOURNAL_RETENTION")
    server: ServerName = Field(ServerName.HYPERCORN, validation_alias="REMIT_SERVER")
    log_format: LogFormat = Field(LogFormat.CONSOLE, validation_alias="REMIT_LOG_FORMAT")
    log_level: LogLevel = Field(LogLevel.INFO, validation_alias="REMIT_LOG_LEVEL")

    @property
    def development(self) -> bool:
        return self.env is Env.DEVELOPMENT

    @property
    def embedded_database(self) -> bool:
        """Whether to bring our own PostgreSQL: in development, when none is named."""
        return self.development and self.database_url is None

    @property
    def issuer(self) -> str | None:
        """The `iss` that Better Auth writes: its origin."""
        return self.auth_issuer or (self.better_auth_url and origin_of(self.better_auth_url))

    @property
    def issuers(self) -> tuple[str, ...]:
        """Every `iss` that is believed."""
        named = (self.issuer, *(other.issuer for other in self.auth_issuers))
        own = (DEVELOPMENT_ISSUER,) if self.development else ()
        return (*(issuer for issuer in named if issuer), *own)

    @property
    def audience(self) -> str | None:
        """The `aud` that Better Auth writes: its origin, too."""
        return self.auth_audience or (self.better_auth_url and origin_of(self.better_auth_url))

    @property
    def jwks_url(self) -> str | None:
        """Where Better Auth's JWT plugin publishes its keys."""
        if self.auth_jwks_url or not self.better_auth_url:
            return self.auth_jwks_url
        path = urlsplit(self.better_auth_url).path.rstrip("/") or DEFAULT_AUTH_PATH
        return f"{origin_of(self.better_auth_url)}{path}/jwks"


VARIABLES = tuple(str(field.validation_alias) for field in Settings.model_fields.values())


def load(*checks: Check) -> Settings:
    """The process's variables, over those of `.env` in development. Raises SettingsError, naming all."""
    file = None if os.environ.get("REMIT_ENV") == Env.PRODUCTION else ".env"
    written = _not_empty(dotenv_values(file or os.devnull))
    given = {**written, **_not_empty(os.environ)}
    problems = [*_misplaced(written), *_unknown(given), *_missing(given)]
    for check in checks:
        problems += check(given)
    settings = None
    try:
        settings = Settings(_env_file=file)  # pyright: ignore[reportCallIssue] - pydantic-settings' own
    except ValidationError as error:
        problems += [
            f"{item['loc'][0]}: {item['msg'].removeprefix('Value error, ')}" for item in error.errors()
        ]
    else:
        problems += _clashing(settings)
    if settings is None or problems:
        raise SettingsError(problems)
    return settings


def _clashing(settings: Settings) -> Iterable[str]:
    """A name that two issuers have would leave open whose keys count."""
    taken = {settings.issuer, DEVELOPMENT_ISSUER}
    if any(other.issuer in taken for other in settings.auth_issuers):
        yield "REMIT_AUTH_ISSUERS: must not repeat the issuer of BETTER_AUTH_URL or of development"
    if settings.auth_mode is AuthMode.SHARED_SECRET and settings.auth_issuers:
        yield "REMIT_AUTH_ISSUERS: a shared secret stands alone, so it takes no further issuers"


def _not_empty(variables: Mapping[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in variables.items() if value}


def _misplaced(written: Mapping[str, str]) -> Iterable[str]:
    if written.get("REMIT_ENV") == Env.PRODUCTION:
        yield "REMIT_ENV: production is set in the environment, not in .env, which is for development"


def _unknown(given: Mapping[str, str]) -> Iterable[str]:
    for name in sorted(given):
        shout = name.upper()
        if shout.startswith("REMIT_") and not shout.startswith("REMIT_TEST_") and name not in VARIABLES:
            near = get_close_matches(shout, VARIABLES, n=1)
            yield f"{name}: is not a variable of Remit" + (f"; did you mean {near[0]}?" if near else "")


def _missing(given: Mapping[str, str]) -> Iterable[str]:
    """What production needs, and what one variable needs of another."""
    shared = given.get("REMIT_AUTH_MODE") == AuthMode.SHARED_SECRET
    if given.get("REMIT_ENV") == Env.PRODUCTION:
        for name in ("REMIT_DATABASE_URL", "REMIT_SECRET_KEY"):
            if name not in given:
                yield f"{name}: is required in production"
    elif "REMIT_MIGRATION_DATABASE_URL" in given and "REMIT_DATABASE_URL" not in given:
        yield "REMIT_DATABASE_URL: is required where REMIT_MIGRATION_DATABASE_URL is set"
    said = any(name in given for name in ("REMIT_AUTH_ISSUER", "REMIT_AUTH_AUDIENCE", "REMIT_AUTH_JWKS_URL"))
    needs_issuer = given.get("REMIT_ENV") == Env.PRODUCTION or shared or said
    others = "REMIT_AUTH_ISSUERS" in given and not shared and not said
    if needs_issuer and "BETTER_AUTH_URL" not in given and not others:
        needed = ("REMIT_AUTH_ISSUER", "REMIT_AUTH_AUDIENCE", *(() if shared else ("REMIT_AUTH_JWKS_URL",)))
        for name in needed:
            if name not in given:
                yield f"{name}: is required where BETTER_AUTH_URL is not set"
    if shared and "BETTER_AUTH_SECRET" not in given:
        yield "BETTER_AUTH_SECRET: is required by REMIT_AUTH_MODE=shared-secret"
