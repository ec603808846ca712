"""The composition root of what serves. It and owner.py alone import adapters."""

import secrets
from collections.abc import Awaitable, Callable, Generator, Iterable, Mapping
from contextlib import contextmanager
from typing import Any

import httpx
from dependency_injector import providers
from dependency_injector.containers import DeclarativeContainer

from adapters.clock import SystemClock, UuidV7
from adapters.files import kept_secret
from adapters.memory import MemoryDenials, MemoryUnits, MemoryUpkeep
from adapters.notifier import LocalNotifier
from adapters.postgres.checks import DatabaseClock, DatabaseReach, RuntimeRole, SchemaAtHead
from adapters.postgres.denials import PostgresDenials
from adapters.postgres.engine import pool
from adapters.postgres.notifier import PostgresNotifier
from adapters.postgres.uow import PostgresUnits
from adapters.postgres.upkeep import PostgresUpkeep
from adapters.postgres.url import DatabaseUrl, DatabaseUrlError
from adapters.rate_limits import CountingRateLimiter
from adapters.seal import HmacSeal
from adapters.tokens.development import DevelopmentIssuer
from adapters.tokens.issuers import Issuer, SharedSecret
from adapters.tokens.jwks import RemoteJwks
from adapters.tokens.readiness import IssuerKeys
from adapters.tokens.signatures import HS256, SUPPORTED
from adapters.tokens.verifier import JwtAuthenticator
from application.api_tokens import ApiTokenAuthenticator, ApiTokens
from application.batch import Batch
from application.changes import Changes
from application.comments import Comments
from application.filtered import Filtered
from application.filters import Filters
from application.following import Following
from application.labels import Labels
from application.listing import Listing
from application.maintenance import Maintenance, jobs
from application.once import Once
from application.past import Past
from application.plans import Plans
from application.ports import Authenticator, Denials, Upkeep
from application.preferences import Account
from application.projects import Projects
from application.readiness import Readiness
from application.saved_views import Views
from application.search import Search
from application.sections import Sections
from application.summary import Summaries
from application.task_groups import TaskGroups
from application.tasks import Tasks
from application.trash import Expiry, Trash
from application.undo import Undo
from application.view_tasks import ViewTasks
from entrypoints.settings import Settings, SettingsError
from entrypoints.values import SECRET_KEY_MIN, AuthMode

Closer = Callable[[], Awaitable[None]]


def database_of(settings: Settings) -> DatabaseUrl:
    """The database that requests are served from."""
    if settings.database_url is None:
        raise RuntimeError("no database: REMIT_DATABASE_URL is not set and the embedded one was not started")
    return DatabaseUrl.parse(settings.database_url.get_secret_value())


def _direct_database(settings: Settings) -> DatabaseUrl | None:
    """Where LISTEN works; nothing else than a transaction pooler may be known."""
    if settings.direct_database_url is not None:
        return DatabaseUrl.parse(settings.direct_database_url.get_secret_value())
    database = database_of(settings)
    return None if database.pooled else database


def _snapshots_at_once(settings: Settings) -> int:
    """Each keeps a connection for as long as it is read: leave half of them to everybody else."""
    return max(1, settings.database_pool_size // 2)


def _secret_key(settings: Settings) -> bytes:
    if settings.secret_key is not None:
        return settings.secret_key.get_secret_value().encode()
    with _data_dir(settings):
        return kept_secret(settings.data_dir / "secret.key", lambda: secrets.token_bytes(SECRET_KEY_MIN))


def _development_issuer(settings: Settings) -> DevelopmentIssuer | None:
    if not settings.development:
        return None
    with _data_dir(settings):
        return DevelopmentIssuer.open(settings.data_dir / "issuer.jwk")


@contextmanager
def _data_dir(settings: Settings) -> Generator[None]:
    """What is wrong with development's own files is the environment's fault, and said as such."""
    try:
        yield
    except OSError as error:
        raise SettingsError(
            [f"REMIT_DATA_DIR: {settings.data_dir} cannot be used ({error.strerror})"]
        ) from error
    except ValueError as error:
        raise SettingsError([f"REMIT_DATA_DIR: {error}"]) from error


def _better_auth(settings: Settings, http: httpx.AsyncClient) -> Issuer | None:
    """The issuer of the front end's tokens, if one is configured."""
    if settings.issuer is None or settings.audience is None:
        return None
    if settings.auth_mode is AuthMode.SHARED_SECRET and settings.better_auth_secret is not None:
        return Issuer(
            issuer=settings.issuer,
            audience=settings.audience,
            algorithms=frozenset({"HS256"}),
            keys=SharedSecret(settings.better_auth_secret.get_secret_value()),
        )
    if settings.jwks_url is None:
        return None
    return Issuer(
        issuer=settings.issuer,
        audience=settings.audience,
        algorithms=frozenset(settings.auth_algorithms),
        keys=RemoteJwks(settings.jwks_url, http),
    )


def _published_keys(issuer: DevelopmentIssuer | None) -> dict[str, Any] | None:
    return None if issuer is None else issuer.public_jwks()


def _others(settings: Settings, http: httpx.AsyncClient) -> tuple[Issuer, ...]:
    """The issuers of REMIT_AUTH_ISSUERS."""
    return tuple(
        Issuer(
            issuer=other.issuer,
            audience=other.audience,
            algorithms=frozenset(other.algorithms),
            keys=RemoteJwks(other.jwks_url, http),
        )
        for other in settings.auth_issuers
    )


def _issuers(
    development: DevelopmentIssuer | None, better_auth: Issuer | None, others: tuple[Issuer, ...]
) -> tuple[Issuer, ...]:
    own = None if development is None else development.issuer()
    return (*(issuer for issuer in (own, better_auth) if issuer is not None), *others)


class Container(DeclarativeContainer):
    """Everything one process serves with. Tests make their own and override by constructor."""

    settings: providers.Dependency[Settings] = providers.Dependency(instance_of=Settings)
    clock = providers.Singleton(SystemClock)
    ids = providers.Singleton(UuidV7)
    seal = providers.Singleton(HmacSeal, providers.Singleton(_secret_key, settings))
    engine = providers.Singleton(
        pool, providers.Singleton(database_of, settings), size=settings.provided.database_pool_size
    )
    http = providers.Singleton(httpx.AsyncClient, timeout=5.0, follow_redirects=False)
    development_issuer = providers.Singleton(_development_issuer, settings)
    issuers = providers.Singleton(
        _issuers,
        development_issuer,
        providers.Singleton(_better_auth, settings, http),
        providers.Singleton(_others, settings, http),
    )
    rate_limiter = providers.Singleton(
        CountingRateLimiter, settings.provided.limit_storage.get_secret_value.call()
    )
    notifier: providers.Provider[LocalNotifier] = providers.Singleton(
        PostgresNotifier, engine, providers.Singleton(_direct_database, settings)
    )
    units: providers.Provider[Any] = providers.Singleton(
        PostgresUnits, engine, clock, notifier, settings.provided.quotas
    )
    denials: providers.Provider[Denials] = providers.Singleton(PostgresDenials, engine, clock)
    authenticator: providers.Provider[Authenticator] = providers.Singleton(
        ApiTokenAuthenticator,
        units,
        clock,
        denials,
        providers.Singleton(JwtAuthenticator, issuers, clock, denials),
    )
    # Made for each request: one may bring the unit of work that they belong to.
    api_tokens = providers.Factory(ApiTokens, units=units, clock=clock, ids=ids)
    tasks = providers.Factory(Tasks, units=units, clock=clock, ids=ids, seal=seal)
    projects = providers.Factory(Projects, units=units, clock=clock, ids=ids)
    sections = providers.Factory(Sections, units=units, clock=clock, ids=ids)
    labels = providers.Factory(Labels, units=units, clock=clock, ids=ids)
    comments = providers.Factory(Comments, units=units, clock=clock, ids=ids)
    views = providers.Factory(Views, units=units, clock=clock, ids=ids, seal=seal)
    trash = providers.Factory(Trash, units=units, clock=clock, seal=seal)
    account = providers.Factory(Account, units=units, clock=clock, limits=settings.provided.quotas)
    filters = providers.Singleton(Filters, units, clock)
    summaries = providers.Singleton(Summaries, units, clock)
    search = providers.Singleton(Search, units, clock, seal)
    listing = providers.Singleton(Listing, units, seal)
    task_groups = providers.Singleton(TaskGroups, units, clock, seal)
    view_tasks = providers.Singleton(ViewTasks, units, clock, seal)
    plans = providers.Factory(Plans, units=units, clock=clock, ids=ids, seal=seal)
    undo = providers.Factory(Undo, units=units, clock=clock)
    past = providers.Singleton(Past, units, seal)
    batch = providers.Factory(Batch, units=units, ids=ids)
    once = providers.Singleton(Once, units, clock, seal)
    changes = providers.Singleton(Changes, units, seal)
    filtered = providers.Singleton(Filtered, units, clock, seal)
    following = providers.Singleton(
        Following,
        units,
        changes,
        filtered,
        notifier,
        clock,
        providers.Singleton(_snapshots_at_once, settings),
    )
    upkeep: providers.Provider[Upkeep] = providers.Singleton(PostgresUpkeep, engine)
    maintenance = providers.Singleton(
        Maintenance,
        providers.Singleton(
            jobs,
            upkeep,
            settings.provided.journal_retention,
            providers.Singleton(Expiry, units, clock, ids, upkeep),
        ),
    )

    reach = providers.Singleton(DatabaseReach, engine)
    role = providers.Singleton(RuntimeRole, engine)
    schema = providers.Singleton(SchemaAtHead, engine)
    keys = providers.Singleton(IssuerKeys, issuers)
    startup = providers.Singleton(Readiness, providers.List(reach, role, schema))
    readiness = providers.Singleton(Readiness, providers.List(reach, schema, keys))
    diagnosis = providers.Singleton(
        Readiness,
        providers.List(reach, role, schema, providers.Singleton(DatabaseClock, engine, clock), keys),
    )
    published_keys = providers.Singleton(_published_keys, development_issuer)
    closers: providers.Provider[list[Closer]] = providers.List(
        engine.provided.dispose, http.provided.aclose, notifier.provided.aclose
    )


def of_worker(settings: Settings) -> Container:
    """For what works one step at a time, and is to be told from those who serve."""
    engine = providers.Singleton(
        pool, providers.Singleton(database_of, settings), size=1, application_name="remit worker"
    )
    return Container(settings=settings, engine=engine)


def in_memory(settings: Settings) -> Container:
    """The same application with no database: for tests, and gone when the process ends."""
    notifier = providers.Singleton(LocalNotifier)
    clock = providers.Singleton(SystemClock)
    units = providers.Singleton(MemoryUnits, clock, notifier, settings.quotas)
    return Container(
        settings=settings,
        notifier=notifier,
        units=units,
        upkeep=providers.Singleton(MemoryUpkeep, units, clock),
        denials=providers.Singleton(MemoryDenials),
        startup=providers.Singleton(Readiness, ()),
        readiness=providers.Singleton(Readiness, ()),
        closers=providers.List(),
    )


def environment_problems(given: Mapping[str, str]) -> Iterable[str]:
    """What is wrong with variables that only an adapter can judge."""
    for name in ("REMIT_DATABASE_URL", "REMIT_DIRECT_DATABASE_URL", "REMIT_MIGRATION_DATABASE_URL"):
        try:
            DatabaseUrl.parse(given[name]) if name in given else None
        except DatabaseUrlError as error:
            yield f"{name}: {error}"
    if given.get("REMIT_AUTH_MODE") == AuthMode.SHARED_SECRET and "BETTER_AUTH_SECRET" in given:
        try:
            SharedSecret(given["BETTER_AUTH_SECRET"])
        except ValueError as error:
            yield f"BETTER_AUTH_SECRET: {error}"
    if "REMIT_LIMIT_STORAGE" in given:
        try:
            CountingRateLimiter(given["REMIT_LIMIT_STORAGE"])
        except ValueError as error:
            yield f"REMIT_LIMIT_STORAGE: {error}"
    asymmetric = SUPPORTED - {HS256}
    named = {name.strip() for name in given.get("REMIT_AUTH_ALGORITHMS", "EdDSA").split(",")} - {""}
    if not named or not named <= asymmetric:
        yield f"REMIT_AUTH_ALGORITHMS: must be some of {', '.join(sorted(asymmetric))}, separated by commas"
