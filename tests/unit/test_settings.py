"""What the environment says, and what it must not."""

import json
import os
from datetime import timedelta
from pathlib import Path
from typing import get_args

import pytest

from adapters.tokens.signatures import HS256, SUPPORTED
from entrypoints.container import Container, environment_problems
from entrypoints.settings import VARIABLES, Settings, SettingsError, load
from entrypoints.values import Algorithm, AuthMode, Env, LogFormat, LogLevel, ServerName

SECRET = "not-to-be-seen-" + "x" * 32
PRODUCTION = {
    "REMIT_ENV": "production",
    "REMIT_DATABASE_URL": f"postgresql://remit_app:{SECRET}@127.0.0.1/remit",
    "REMIT_SECRET_KEY": SECRET,
    "BETTER_AUTH_URL": "https://app.example.com",
}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """An empty working directory, and no variable that speaks to Remit."""
    monkeypatch.chdir(tmp_path)
    for name in os.environ:
        if name.upper().startswith(("REMIT_", "BETTER_AUTH")):
            monkeypatch.delenv(name)
    return monkeypatch


def given(environment: pytest.MonkeyPatch, values: dict[str, str]) -> Settings:
    for name, value in values.items():
        environment.setenv(name, value)
    return load(environment_problems)


def problems(environment: pytest.MonkeyPatch, values: dict[str, str]) -> list[str]:
    with pytest.raises(SettingsError) as refused:
        given(environment, values)
    said = list(refused.value.problems)
    assert SECRET not in str(refused.value) + repr(refused.value)
    assert all(": " in problem and "\n" not in problem for problem in said)
    return said


def named(environment: pytest.MonkeyPatch, values: dict[str, str]) -> list[str]:
    return sorted(problem.partition(":")[0] for problem in problems(environment, values))


@pytest.mark.rule("RUN-1", "RUN-11")
def test_nothing_is_needed_in_development(environment: pytest.MonkeyPatch) -> None:
    settings = given(environment, {})
    assert settings.development
    assert settings.embedded_database
    assert settings.data_dir == Path(".remit")
    assert (settings.issuer, settings.audience, settings.jwks_url) == (None, None, None)
    assert settings.cors_origins == ()
    assert settings.server is ServerName.HYPERCORN
    assert (settings.log_format, settings.log_level) == (LogFormat.CONSOLE, LogLevel.INFO)


@pytest.mark.rule("RUN-1")
def test_every_variable_is_in_the_specification() -> None:
    page = (Path(__file__).parents[2] / "specs" / "features" / "operations.md").read_text()
    rows = [line.split("|")[1] for line in page.splitlines() if line.startswith("| `")]
    listed = [word.strip("`") for row in rows for word in row.split()]
    assert sorted(listed) == sorted(VARIABLES)


@pytest.mark.rule("RUN-1")
def test_each_variable_is_read(environment: pytest.MonkeyPatch) -> None:
    settings = given(
        environment,
        PRODUCTION
        | {
            "REMIT_DATA_DIR": "/srv/remit",
            "REMIT_MIGRATION_DATABASE_URL": "postgresql://owner:p@127.0.0.1/remit",
            "REMIT_DATABASE_POOL_SIZE": "7",
            "BETTER_AUTH_SECRET": SECRET,
            "REMIT_AUTH_MODE": "jwks",
            "REMIT_AUTH_ALGORITHMS": "ES256, RS256",
            "REMIT_CORS_ORIGINS": "https://a.example.com, https://b.example.com:8443",
            "REMIT_SERVER": "granian",
            "REMIT_LOG_FORMAT": "json",
            "REMIT_LOG_LEVEL": "warning",
        },
    )
    assert settings.env is Env.PRODUCTION
    assert settings.data_dir == Path("/srv/remit")
    assert settings.database_url is not None
    assert settings.database_url.get_secret_value() == PRODUCTION["REMIT_DATABASE_URL"]
    assert settings.migration_database_url is not None
    assert settings.database_pool_size == 7
    assert settings.secret_key is not None
    assert settings.auth_mode is AuthMode.JWKS
    assert settings.auth_algorithms == ("ES256", "RS256")
    assert settings.cors_origins == ("https://a.example.com", "https://b.example.com:8443")
    assert settings.server is ServerName.GRANIAN
    assert (settings.log_format, settings.log_level) == (LogFormat.JSON, LogLevel.WARNING)
    assert not settings.embedded_database


@pytest.mark.rule("RUN-1")
def test_names_without_the_prefix_are_not_ours(environment: pytest.MonkeyPatch) -> None:
    """Hosts set DATABASE_URL and LOG_LEVEL for other programs."""
    foreign = {"ENV": "production", "LOG_LEVEL": "WARN", "DATABASE_URL": "postgresql://u:p@127.0.0.1/other"}
    foreign |= {name.lower(): value for name, value in foreign.items()}
    settings = given(environment, foreign | {"SECRET_KEY": "short", "DATA_DIR": "/elsewhere"})
    assert settings == Settings.model_construct()


@pytest.mark.rule("RUN-1")
@pytest.mark.skipif(os.name == "nt", reason="Windows has no small letters in names")
def test_small_letters_are_another_name(environment: pytest.MonkeyPatch) -> None:
    assert problems(environment, {"remit_env": "production"}) == [
        "remit_env: is not a variable of Remit; did you mean REMIT_ENV?"
    ]


@pytest.mark.rule("RUN-1")
@pytest.mark.parametrize("name", VARIABLES)
def test_empty_is_unset(environment: pytest.MonkeyPatch, name: str) -> None:
    assert given(environment, {name: ""}) == Settings.model_construct()


@pytest.mark.rule("RUN-1", "RUN-5")
def test_empty_leaves_the_file_its_say(environment: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("REMIT_AUTH_ISSUER=https://only.example.com\nREMIT_LOG_LEVEL=error\n")
    said = named(environment, {"REMIT_AUTH_ISSUER": "", "REMIT_LOG_LEVEL": ""})
    assert said == ["REMIT_AUTH_AUDIENCE", "REMIT_AUTH_JWKS_URL"]


@pytest.mark.rule("RUN-2", "RUN-3")
def test_everything_wrong_is_named_at_once(environment: pytest.MonkeyPatch) -> None:
    wrong = {
        "REMIT_ENV": f"staging-{SECRET}",
        "REMIT_DATABASE_URL": f"mysql://u:{SECRET}@127.0.0.1/remit",
        "REMIT_MIGRATION_DATABASE_URL": f"postgresql://u:{SECRET}@db.example.com/remit?sslmode=disable",
        "REMIT_DATABASE_POOL_SIZE": f"0-{SECRET}",
        "REMIT_SECRET_KEY": SECRET[:20],
        "BETTER_AUTH_URL": f"https://u:{SECRET}@app.example.com",
        "BETTER_AUTH_SECRET": SECRET[:20],
        "REMIT_AUTH_MODE": f"none-{SECRET}",
        "REMIT_AUTH_ISSUER": SECRET * 60,
        "REMIT_AUTH_JWKS_URL": f"https://app.example.com/jwks?key={SECRET}",
        "REMIT_AUTH_ALGORITHMS": f"HS256,{SECRET}",
        "REMIT_CORS_ORIGINS": f"*,{SECRET}",
        "REMIT_SERVER": f"apache-{SECRET}",
        "REMIT_LOG_FORMAT": f"xml-{SECRET}",
        "REMIT_LOG_LEVEL": f"loud-{SECRET}",
        "REMIT_DATABSE_URL": SECRET,
    }
    said = problems(environment, wrong)
    assert not any(SECRET[:15] in problem for problem in said)
    found = {problem.partition(":")[0] for problem in said}
    assert found == wrong.keys() - {"BETTER_AUTH_SECRET"}  # which nothing reads in this mode


@pytest.mark.rule("RUN-3")
@pytest.mark.parametrize(
    "url",
    [f"https://u:{SECRET}@[::1", f"https://u:{SECRET}@a\u2100b/", f"https://h:{SECRET}/", f"//{SECRET}"],
)
@pytest.mark.parametrize("name", ["BETTER_AUTH_URL", "REMIT_AUTH_JWKS_URL", "REMIT_CORS_ORIGINS"])
def test_pythons_own_complaints_do_not_get_through(
    environment: pytest.MonkeyPatch, name: str, url: str
) -> None:
    assert name in named(environment, {"REMIT_AUTH_ISSUER": "i", "REMIT_AUTH_AUDIENCE": "a", name: url})


@pytest.mark.rule("RUN-3")
def test_settings_do_not_print_their_secrets(environment: pytest.MonkeyPatch) -> None:
    settings = given(
        environment,
        PRODUCTION
        | {
            "BETTER_AUTH_SECRET": SECRET,
            "REMIT_MIGRATION_DATABASE_URL": f"postgresql://o:{SECRET}@127.0.0.1/r",
        },
    )
    assert SECRET not in f"{settings!r} {settings} {settings.model_dump()}"


@pytest.mark.rule("RUN-4")
@pytest.mark.parametrize(
    ("name", "suggested"),
    [
        ("REMIT_DATABSE_URL", "REMIT_DATABASE_URL"),
        ("REMIT_CORS_ORIGIN", "REMIT_CORS_ORIGINS"),
        ("REMIT_JWKS_URL", "REMIT_AUTH_JWKS_URL"),
    ],
)
def test_a_misspelled_name_is_an_error(environment: pytest.MonkeyPatch, name: str, suggested: str) -> None:
    said = problems(environment, {name: SECRET})
    assert said == [f"{name}: is not a variable of Remit; did you mean {suggested}?"]


@pytest.mark.rule("RUN-4")
def test_what_resembles_nothing_is_an_error_too(environment: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("REMIT_ZZZZZZZZZZZZ=1\n")
    assert problems(environment, {}) == ["REMIT_ZZZZZZZZZZZZ: is not a variable of Remit"]


@pytest.mark.rule("RUN-4")
def test_variables_of_the_tests_and_of_better_auth_are_let_be(environment: pytest.MonkeyPatch) -> None:
    given(
        environment, {"REMIT_TEST_REQUIRE": "docker", "BETTER_AUTH_TRUSTED_ORIGINS": "https://a.example.com"}
    )


@pytest.mark.rule("RUN-5")
def test_the_file_is_read_in_development_and_outranked(environment: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("REMIT_LOG_LEVEL=error\nREMIT_LOG_FORMAT=json\n")
    settings = given(environment, {"REMIT_LOG_LEVEL": "debug"})
    assert (settings.log_level, settings.log_format) == (LogLevel.DEBUG, LogFormat.JSON)


@pytest.mark.rule("RUN-5")
def test_the_file_is_not_read_in_production(environment: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("REMIT_LOG_FORMAT=json\nREMIT_NO_SUCH_THING=1\n")
    assert given(environment, PRODUCTION).log_format is LogFormat.CONSOLE


@pytest.mark.rule("RUN-5")
def test_the_file_cannot_turn_production_on(environment: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("".join(f"{name}={value}\n" for name, value in PRODUCTION.items()))
    assert named(environment, {}) == ["REMIT_ENV"]


@pytest.mark.rule("RUN-6")
@pytest.mark.parametrize(
    ("url", "origin", "jwks"),
    [
        ("https://app.example.com", "https://app.example.com", "https://app.example.com/api/auth/jwks"),
        ("https://app.example.com/", "https://app.example.com", "https://app.example.com/api/auth/jwks"),
        ("https://app.example.com/auth", "https://app.example.com", "https://app.example.com/auth/jwks"),
        ("https://app.example.com/a/b/", "https://app.example.com", "https://app.example.com/a/b/jwks"),
        ("https://App.Example.com:443/x", "https://app.example.com", "https://app.example.com/x/jwks"),
        (
            "https://a.example.com:8443",
            "https://a.example.com:8443",
            "https://a.example.com:8443/api/auth/jwks",
        ),
        ("http://localhost:3000", "http://localhost:3000", "http://localhost:3000/api/auth/jwks"),
        ("http://127.0.0.1:80", "http://127.0.0.1", "http://127.0.0.1/api/auth/jwks"),
        ("http://[::1]:3000", "http://[::1]:3000", "http://[::1]:3000/api/auth/jwks"),
    ],
)
def test_what_follows_from_the_url_of_better_auth(
    environment: pytest.MonkeyPatch, url: str, origin: str, jwks: str
) -> None:
    settings = given(environment, {"BETTER_AUTH_URL": url})
    assert (settings.issuer, settings.audience, settings.jwks_url) == (origin, origin, jwks)


@pytest.mark.rule("RUN-6")
@pytest.mark.parametrize(
    ("name", "value", "field"),
    [
        ("REMIT_AUTH_ISSUER", "urn:another", "issuer"),
        ("REMIT_AUTH_AUDIENCE", "urn:another", "audience"),
        ("REMIT_AUTH_JWKS_URL", "https://keys.example.com/set/", "jwks_url"),
    ],
)
def test_each_can_be_overridden(environment: pytest.MonkeyPatch, name: str, value: str, field: str) -> None:
    base = {"BETTER_AUTH_URL": "https://app.example.com"}
    before = given(environment, base)
    after = given(environment, base | {name: value})
    fields = ("issuer", "audience", "jwks_url")
    assert {key: getattr(after, key) for key in fields} == {
        key: value if key == field else getattr(before, key) for key in fields
    }


@pytest.mark.rule("RUN-6")
def test_without_the_url_all_three_are_needed(environment: pytest.MonkeyPatch) -> None:
    three = {
        "REMIT_AUTH_ISSUER": "https://i.example.com",
        "REMIT_AUTH_AUDIENCE": "remit",
        "REMIT_AUTH_JWKS_URL": "https://i.example.com/jwks",
    }
    for name, value in three.items():
        with pytest.MonkeyPatch.context() as one:
            assert named(one, {name: value}) == sorted(three.keys() - {name})
    assert given(environment, three).audience == "remit"


@pytest.mark.rule("RUN-7")
@pytest.mark.parametrize("name", ["BETTER_AUTH_URL", "REMIT_AUTH_JWKS_URL"])
@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("http://app.example.com", "must be https"),
        ("http://127.0.0.1.example.com", "must be https"),
        ("http://localhost.example.com", "must be https"),
        ("http://10.0.0.1", "must be https"),
        ("ftp://app.example.com", "must be an http or https URL"),
        ("app.example.com", "must be an http or https URL"),
        ("https://", "must be an http or https URL"),
        ("https://u@app.example.com", "without credentials"),
        ("https://:p@app.example.com", "without credentials"),
        ("https://app.example.com?x=1", "without credentials, query"),
        ("https://app.example.com#x", "without credentials, query or fragment"),
        ("https://app.example.com:99999", "must be an http or https URL"),
    ],
)
def test_urls_of_the_web(environment: pytest.MonkeyPatch, name: str, value: str, words: str) -> None:
    base = {"BETTER_AUTH_URL": "https://app.example.com"}
    [said] = problems(environment, base | {name: value})
    assert said.startswith(f"{name}: ")
    assert words in said


SHARED = {
    "REMIT_AUTH_MODE": "shared-secret",
    "BETTER_AUTH_URL": "https://app.example.com",
    "BETTER_AUTH_SECRET": SECRET,
}


@pytest.mark.rule("RUN-8")
def test_shared_secret(environment: pytest.MonkeyPatch) -> None:
    assert given(environment, SHARED).auth_mode is AuthMode.SHARED_SECRET


@pytest.mark.rule("RUN-8")
def test_the_secret_alone_switches_nothing_on(environment: pytest.MonkeyPatch) -> None:
    settings = given(environment, {"BETTER_AUTH_SECRET": SECRET})
    assert (settings.auth_mode, settings.issuer) == (AuthMode.JWKS, None)


@pytest.mark.rule("RUN-8")
@pytest.mark.parametrize("secret", ["", "short", "x" * 31, "better-auth-secret-12345678901234567890"])
def test_a_weak_or_published_secret_is_refused(environment: pytest.MonkeyPatch, secret: str) -> None:
    said = problems(environment, SHARED | {"BETTER_AUTH_SECRET": secret})
    assert [problem.partition(":")[0] for problem in said] == ["BETTER_AUTH_SECRET"]
    assert not secret or secret not in said[0]


@pytest.mark.rule("RUN-8")
def test_a_shared_secret_needs_an_issuer_but_no_keys(environment: pytest.MonkeyPatch) -> None:
    alone = SHARED | {"BETTER_AUTH_URL": ""}
    assert named(environment, alone) == ["REMIT_AUTH_AUDIENCE", "REMIT_AUTH_ISSUER"]
    given(environment, alone | {"REMIT_AUTH_ISSUER": "https://i", "REMIT_AUTH_AUDIENCE": "remit"})


@pytest.mark.rule("RUN-8")
@pytest.mark.parametrize("algorithms", ["HS256", "EdDSA,HS256", "none", "eddsa", ","])
def test_algorithms_are_those_of_public_keys(environment: pytest.MonkeyPatch, algorithms: str) -> None:
    assert named(environment, {"REMIT_AUTH_ALGORITHMS": algorithms}) == ["REMIT_AUTH_ALGORITHMS"]


@pytest.mark.rule("RUN-9")
@pytest.mark.parametrize(
    "origins",
    [
        "*",
        "app.example.com",
        "https://app.example.com/",
        "https://app.example.com/path",
        "https://*.example.com",
        "https://App.example.com",
        "https://app.example.com:443",
        "http://localhost:80",
        "https://u@app.example.com",
        "https://app.example.com?x",
        "HTTPS://app.example.com",
        "null",
        "https://app.example.com https://b.example.com",
        "https://good.example.com,https://bad.example.com/",
    ],
)
def test_origins_that_no_browser_writes(environment: pytest.MonkeyPatch, origins: str) -> None:
    assert named(environment, {"REMIT_CORS_ORIGINS": origins}) == ["REMIT_CORS_ORIGINS"]


@pytest.mark.rule("RUN-9")
def test_origins_that_browsers_write(environment: pytest.MonkeyPatch) -> None:
    several = "https://a.example.com,http://localhost:3000 , https://[::1]:8443,"
    assert given(environment, {"REMIT_CORS_ORIGINS": several}).cors_origins == (
        "https://a.example.com",
        "http://localhost:3000",
        "https://[::1]:8443",
    )


@pytest.mark.rule("RUN-10")
def test_production_lists_what_it_needs(environment: pytest.MonkeyPatch) -> None:
    assert named(environment, {"REMIT_ENV": "production"}) == [
        "REMIT_AUTH_AUDIENCE",
        "REMIT_AUTH_ISSUER",
        "REMIT_AUTH_JWKS_URL",
        "REMIT_DATABASE_URL",
        "REMIT_SECRET_KEY",
    ]


@pytest.mark.rule("RUN-10")
@pytest.mark.parametrize("missing", ["REMIT_DATABASE_URL", "REMIT_SECRET_KEY"])
def test_production_has_no_defaults(environment: pytest.MonkeyPatch, missing: str) -> None:
    assert problems(environment, PRODUCTION | {missing: ""}) == [f"{missing}: is required in production"]


@pytest.mark.rule("RUN-10")
def test_a_short_secret_key_is_refused(environment: pytest.MonkeyPatch) -> None:
    assert problems(environment, PRODUCTION | {"REMIT_SECRET_KEY": "x" * 31}) == [
        "REMIT_SECRET_KEY: must have at least 32 bytes"
    ]


@pytest.mark.rule("RUN-11")
def test_the_owner_alone_is_not_enough(environment: pytest.MonkeyPatch) -> None:
    owner = {"REMIT_MIGRATION_DATABASE_URL": f"postgresql://o:{SECRET}@127.0.0.1/r"}
    assert problems(environment, owner) == [
        "REMIT_DATABASE_URL: is required where REMIT_MIGRATION_DATABASE_URL is set"
    ]


@pytest.mark.rule("RUN-1", "LIMIT-5", "LIMIT-7")
def test_limits_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REMIT_LIMIT_ACCOUNT", "5/second")
    monkeypatch.setenv("REMIT_LIMIT_STORAGE", "redis://user:hidden-word@127.0.0.1:6379/0")
    monkeypatch.setenv("REMIT_TRUSTED_PROXIES", "2")
    settings = load()
    assert (settings.limit_account, settings.limit_address, settings.trusted_proxies) == (
        "5/second",
        "300/minute",
        2,
    )
    assert "hidden-word" not in repr(settings)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("REMIT_LIMIT_ACCOUNT", "600"),
        ("REMIT_LIMIT_ADDRESS", "0/minute"),
        ("REMIT_LIMIT_STORAGE", "file:///hidden-word"),
        ("REMIT_TRUSTED_PROXIES", "-1"),
    ],
)
def test_limits_that_are_wrong_are_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as refused:
        load()
    assert [problem.partition(":")[0] for problem in refused.value.problems] == [name]
    assert "hidden-word" not in str(refused.value)


OTHER = {
    "issuer": "https://other.example.com",
    "audience": "https://tasks.example.com",
    "jwks_url": "https://other.example.com/jwks",
    "algorithms": ["ES256"],
}


@pytest.mark.rule("RUN-29", "IDENT-7")
def test_several_issuers_each_with_its_own_audience_and_algorithms(environment: pytest.MonkeyPatch) -> None:
    second = {key: value for key, value in OTHER.items() if key != "algorithms"} | {
        "issuer": "https://b.example.com"
    }
    both = {"BETTER_AUTH_URL": "https://app.example.com", "REMIT_AUTH_ISSUERS": json.dumps([OTHER, second])}
    issuers = {one.issuer: one for one in Container(settings=given(environment, both)).issuers()}
    assert set(issuers) == {
        "urn:remit:development",
        "https://app.example.com",
        "https://other.example.com",
        "https://b.example.com",
    }
    other = issuers["https://other.example.com"]
    assert (other.audience, other.algorithms) == ("https://tasks.example.com", frozenset({"ES256"}))
    assert issuers["https://b.example.com"].algorithms == {"EdDSA", "Ed25519"}


@pytest.mark.rule("RUN-29")
def test_production_may_have_only_other_issuers(environment: pytest.MonkeyPatch) -> None:
    values = {name: value for name, value in PRODUCTION.items() if name != "BETTER_AUTH_URL"}
    assert given(environment, values | {"REMIT_AUTH_ISSUERS": json.dumps([OTHER])}).issuer is None


@pytest.mark.rule("RUN-29")
@pytest.mark.parametrize(
    "value",
    [
        f"[{SECRET}",
        "{}",
        json.dumps([SECRET]),
        json.dumps([OTHER, OTHER]),
        json.dumps([OTHER | {"extra": SECRET}]),
        json.dumps([OTHER | {"algorithms": ["HS256"]}]),
        json.dumps([OTHER | {"algorithms": []}]),
        json.dumps([OTHER | {"jwks_url": "http://other.example.com/jwks"}]),
        json.dumps([OTHER | {"issuer": "urn:remit:development"}]),
        json.dumps([OTHER | {"issuer": "https://app.example.com"}]),
        json.dumps([{"issuer": "https://other.example.com"}]),
    ],
)
def test_issuers_that_are_refused(environment: pytest.MonkeyPatch, value: str) -> None:
    values = {"BETTER_AUTH_URL": "https://app.example.com", "REMIT_AUTH_ISSUERS": value}
    assert {one.partition(":")[0].partition(".")[0] for one in problems(environment, values)} == {
        "REMIT_AUTH_ISSUERS"
    }


@pytest.mark.rule("IDENT-16")
def test_a_shared_secret_stands_alone(environment: pytest.MonkeyPatch) -> None:
    other = [{"issuer": "https://b.example", "audience": "b", "jwks_url": "https://b.example/jwks"}]
    values = {
        "BETTER_AUTH_URL": "https://app.example.com",
        "BETTER_AUTH_SECRET": "k" * 32,
        "REMIT_AUTH_MODE": "shared-secret",
        "REMIT_AUTH_ISSUERS": json.dumps(other),
    }
    assert [one for one in problems(environment, values) if "stands alone" in one]


def test_the_algorithms_that_may_be_chosen_are_those_that_can_be_verified() -> None:
    assert set(get_args(Algorithm)) == SUPPORTED - {HS256}


@pytest.mark.rule("RUN-35")
@pytest.mark.parametrize(("said", "meant"), [
    ("1", timedelta(days=1)),
    ("90", timedelta(days=90)),
    ("36500", timedelta(days=36500)),
    ("P90D", timedelta(days=90)),
    ("P2W", timedelta(weeks=2)),
    ("P1W2DT3H", timedelta(days=9, hours=3)),
    ("PT24H", timedelta(hours=24)),
])  # fmt: skip
def test_how_long_changes_are_kept(environment: pytest.MonkeyPatch, said: str, meant: timedelta) -> None:
    assert given(environment, {}).journal_retention == timedelta(days=365)
    assert given(environment, {"REMIT_JOURNAL_RETENTION": said}).journal_retention == meant


@pytest.mark.rule("RUN-35")
@pytest.mark.parametrize("said", [
    "0", "-1", "36501", "1.5", "P", "PT", "PT23H", "P1Y", "P6M", "90D", "2W", "T48H", "P1DT", "PT48M", "1e3",
    " 90", "90 days", "forever", "99999999999999999999", "\u0663\u0660", "P\u0663\u0660D",
])  # fmt: skip
def test_retentions_that_are_refused(environment: pytest.MonkeyPatch, said: str) -> None:
    (problem,) = problems(environment, {"REMIT_JOURNAL_RETENTION": said})
    assert problem.startswith("REMIT_JOURNAL_RETENTION: must be days, such as 365, or an ISO 8601 duration")
