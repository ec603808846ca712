import json
import os
import subprocess
import sys
from base64 import urlsafe_b64decode
from datetime import timedelta
from pathlib import Path

import pytest
from joserfc.jwk import ECKey, OKPKey

from adapters.memory import MemoryDenials
from adapters.tokens.development import DevelopmentIssuer
from adapters.tokens.verifier import JwtAuthenticator
from domain.access import ALL_SCOPES, Scope, Via
from domain.errors import Unauthenticated
from domain.ids import account_id_for
from tests.unit.forge import NOW, FixedClock, T

HOUR = timedelta(hours=1)
SRC = Path(__file__).parents[2] / "src"

pytestmark = pytest.mark.rule("IDENT-17")


@pytest.fixture
def path(tmp_path) -> Path:
    return tmp_path / "data" / "issuer.pem"


@pytest.fixture
def issuer(path) -> DevelopmentIssuer:
    return DevelopmentIssuer.open(path)


def members(part: str) -> dict:
    return json.loads(urlsafe_b64decode(part + "=="))


def test_the_key_is_made_once_for_its_owner_alone(path, issuer):
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(path.parent.iterdir()) == [path]
    before = path.read_bytes()
    assert DevelopmentIssuer.open(path).public_jwks() == issuer.public_jwks()
    assert path.read_bytes() == before


def test_the_key_is_its_owners_whatever_the_umask(path):
    before = os.umask(0)
    try:
        DevelopmentIssuer.open(path)
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o600


def test_another_process_may_be_first(path, monkeypatch):
    """Between the look and the making, somebody else makes the key."""
    others = []

    def looked_too_early(self: Path) -> bool:
        monkeypatch.undo()
        others.append(DevelopmentIssuer.open(path))
        return False

    monkeypatch.setattr(Path, "exists", looked_too_early)
    mine = DevelopmentIssuer.open(path)
    assert mine.public_jwks() == others[0].public_jwks()
    assert list(path.parent.iterdir()) == [path]


def test_processes_that_start_together_end_with_one_key(path):
    program = (
        "import sys; from pathlib import Path; from adapters.tokens.development import DevelopmentIssuer;"
        "sys.stdin.read(); print(DevelopmentIssuer.open(Path(sys.argv[1])).public_jwks()['keys'][0]['kid'])"
    )
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(SRC)},
        )
        for _ in range(4)
    ]
    for racer in racers:
        racer.stdin.close()
    kids = set()
    for racer in racers:
        with racer.stdout:
            kids.add(racer.stdout.read())
        assert racer.wait(30) == 0
    assert len(kids) == 1
    assert kids != {b""}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"nonsense",
        OKPKey.generate_key("Ed25519").as_pem(private=False),
        OKPKey.generate_key("Ed448").as_pem(private=True),
        OKPKey.generate_key("X25519").as_pem(private=True),
        ECKey.generate_key("P-256").as_pem(private=True),
        OKPKey.generate_key("Ed25519").as_pem(private=True)[:60],
    ],
)
def test_a_file_with_something_else_is_left_alone(tmp_path, content):
    path = tmp_path / "other"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="no Ed25519 private key"):
        DevelopmentIssuer.open(path)
    assert path.read_bytes() == content


def test_what_it_publishes(issuer):
    (key,) = issuer.public_jwks()["keys"]
    assert set(key) == {"kty", "crv", "x", "kid", "use", "alg"}
    assert (key["kty"], key["crv"], key["use"], key["alg"]) == ("OKP", "Ed25519", "sig", "EdDSA")
    assert key["kid"] == OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", "x": key["x"]}).thumbprint()


def test_the_form_of_its_tokens(issuer):
    text = issuer.token("ada", expires_in=timedelta(minutes=5), scopes=None, now=NOW)
    header, claims, _ = text.split(".")
    assert members(header) == {"alg": "EdDSA", "typ": "JWT", "kid": issuer.public_jwks()["keys"][0]["kid"]}
    urn = "urn:remit:development"
    assert members(claims) == {"iss": urn, "sub": "ada", "aud": urn, "iat": T, "exp": T + 300}


@pytest.mark.parametrize("expires_in", [timedelta(microseconds=1), timedelta(minutes=15), HOUR])
@pytest.mark.parametrize(
    ("scopes", "expected"),
    [(None, ALL_SCOPES), ([], frozenset()), (["tasks:read"], {Scope.TASKS_READ}), (list(Scope), ALL_SCOPES)],
)
async def test_its_tokens_are_believed(issuer, expires_in, scopes, expected):
    verifier = JwtAuthenticator([issuer.issuer()], FixedClock(), MemoryDenials())
    actor = await verifier.authenticate(issuer.token("zoë", expires_in=expires_in, scopes=scopes, now=NOW))
    assert actor.account_id == account_id_for("urn:remit:development", "zoë")
    assert actor.scopes == expected
    assert actor.via is Via.WEB


async def test_tokens_of_another_key_are_not(issuer, tmp_path):
    other = DevelopmentIssuer.open(tmp_path / "other.pem")
    verifier = JwtAuthenticator([issuer.issuer()], FixedClock(), MemoryDenials())
    with pytest.raises(Unauthenticated) as refusal:
        await verifier.authenticate(other.token("ada", expires_in=HOUR, scopes=None, now=NOW))
    assert refusal.value.reason == "unknown_key"


@pytest.mark.parametrize(
    "expires_in", [timedelta(0), timedelta(seconds=-1), HOUR + timedelta(microseconds=1)]
)
def test_lifetimes_that_cannot_be(issuer, expires_in):
    with pytest.raises(ValueError, match="one hour"):
        issuer.token("ada", expires_in=expires_in, scopes=None, now=NOW)


@pytest.mark.parametrize("subject", ["", "x" * 256, "a\0", "a\n", "\ud800"])
def test_subjects_that_cannot_be(issuer, subject):
    with pytest.raises(ValueError, match="subject"):
        issuer.token(subject, expires_in=HOUR, scopes=None, now=NOW)


@pytest.mark.parametrize("scopes", [["tasks"], ["tasks:read", "admin"], ["tasks:read tasks:write"], [""]])
def test_scopes_that_cannot_be(issuer, scopes):
    with pytest.raises(ValueError, match="scopes must be some of tasks:read, "):
        issuer.token("ada", expires_in=HOUR, scopes=scopes, now=NOW)
