"""What the head of a request may say, and HEAD itself."""

import httpx
import pytest
from starlette.types import Message

from tests.support.apps import App, app_on, settings_for

TASKS = "/api/v1/tasks"
JSON = (b"Content-Type", b"application/json")
BODY = b'{"title": "t"}'


AMBIGUOUS = pytest.mark.parametrize("fields", [
    [JSON, (b"Content-Type", b"application/json")],
    [JSON, (b"Content-Length", b"14"), (b"Content-Length", b"14")],
    [JSON, (b"Content-Length", b"14"), (b"Transfer-Encoding", b"chunked")],
    [JSON, (b"Content-Encoding", b"identity"), (b"Content-Encoding", b"identity")],
    [JSON, (b"Host", b"a"), (b"Host", b"b")],
    [JSON, (b"If-Match", b'"v1"'), (b"If-Match", b'"v2"')],
    [JSON, (b"If-None-Match", b'"v1"'), (b"If-None-Match", b'"v2"')],
    [JSON, (b"Remit-Reason", b"one"), (b"Remit-Reason", b"two")],
    [JSON, (b"Last-Event-ID", b"one"), (b"Last-Event-ID", b"two")],
    [JSON, (b"X-Any", b"a\x01b")],
    [JSON, (b"X-Any", b"a\x7fb")],
    [JSON, (b"X-Any", b"a\x00b")],
], ids=lambda fields: fields[-1][0].decode() + repr(fields[-1][1]))  # fmt: skip


@pytest.mark.rule("HTTP-14")
@AMBIGUOUS
async def test_heads_that_could_be_read_in_two_ways(
    client: httpx.AsyncClient, fields: list[tuple[bytes, bytes]]
) -> None:
    answer = await client.post(TASKS, content=BODY, headers=fields)
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_header")
    assert (await client.get(TASKS)).json()["items"] == []


@pytest.mark.rule("HTTP-4")
@pytest.mark.parametrize("encoding", ["gzip", "br", "identity, gzip", "x"])
async def test_bodies_are_sent_as_they_are(client: httpx.AsyncClient, encoding: str) -> None:
    answer = await client.post(TASKS, content=BODY, headers=[JSON, (b"Content-Encoding", encoding.encode())])
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_content_encoding")
    assert answer.headers["accept-encoding"] == "identity"
    plain = await client.post(TASKS, content=BODY, headers=[JSON, (b"Content-Encoding", b"identity")])
    assert plain.status_code == 201


@pytest.mark.rule("HTTP-3", "HTTP-4")
async def test_parameters_are_given_once_and_numbers_are_digits(
    client: httpx.AsyncClient, anonymous: httpx.AsyncClient
) -> None:
    for query, code in (
        ("limit=1&limit=2", "repeated"), ("limit=1&limit=1", "repeated"), ("limit=1_0", "wrong_type"),
        ("limit=%2B5", "wrong_type"), ("limit=5.0", "wrong_type"), ("limit=", "wrong_type"),
        ("limit=0x5", "wrong_type"), ("limit=%D9%A1", "wrong_type"),
    ):  # fmt: skip
        answer = await client.get(f"{TASKS}?{query}")
        assert answer.status_code == 422, query
        (error,) = answer.json()["errors"]
        assert (error["pointer"], error["code"]) == ("/limit", code), query
    assert (await client.get(f"{TASKS}?status=todo&status=done&limit=05")).status_code == 200
    for path in ("/docs", "/openapi.json", "/.well-known/jwks.json", "/livez", "/docs/start.js"):
        assert (await anonymous.get(f"{path}?x=1")).status_code == 422, path


@pytest.mark.rule("HTTP-15")
async def test_head_is_get_without_the_content(
    client: httpx.AsyncClient, anonymous: httpx.AsyncClient
) -> None:
    made = (await client.post(TASKS, json={"title": "t"})).json()["id"]
    for asking, path in (
        (client, f"{TASKS}/{made}"), (client, TASKS), (client, f"{TASKS}/{'0' * 8}-0000-4000-8000-{'0' * 12}"),
        (client, "/api/v1/snapshot"), (client, "/api/v1/changes/stream"), (anonymous, "/livez"),
        (anonymous, TASKS), (anonymous, "/docs"),
    ):  # fmt: skip
        whole, head = await asking.get(path), await asking.head(path)
        assert (head.status_code, head.content) == (whole.status_code, b""), path
        varying = {"x-request-id", "ratelimit"}
        shown = [{k: v for k, v in one.headers.items() if k not in varying} for one in (whole, head)]
        assert shown[0] == shown[1], path
    answer = await client.head("/api/v1/batch")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert (await client.put(TASKS)).headers["allow"] == "GET, HEAD, POST"


@pytest.mark.rule("HTTP-9")
async def test_tls_that_ends_at_a_believed_proxy_is_tls(tmp_path: object, memory_app: App) -> None:
    async with app_on(settings_for(tmp_path, trusted_proxies=1)) as behind, behind.client() as client:
        for named, expected in (
            ("https", True),
            ("http", False),
            ("http, https", True),
            ("https, http", False),
        ):
            answer = await client.get("/livez", headers={"X-Forwarded-Proto": named})
            assert ("strict-transport-security" in answer.headers) is expected, named
    async with memory_app.client() as client:
        answer = await client.get("/livez", headers={"X-Forwarded-Proto": "https"})
        assert "strict-transport-security" not in answer.headers


@pytest.mark.rule("HTTP-17", "LIMIT-1")
async def test_a_websocket_handshake_is_the_get_that_it_is(memory_app: App) -> None:
    bearer = (b"authorization", f"Bearer {memory_app.token('ada')}".encode())
    for headers, path, status in (([], "/api/v1/me", 401), ([bearer], "/api/v1/me", 200), ([], "/x", 404)):
        answer, body = await handshake(memory_app, path, headers)
        told = dict(answer["headers"])
        assert answer["status"] == status
        assert told[b"x-content-type-options"] == b"nosniff"
        assert b"ratelimit" in told
        assert "account_id" in body if status == 200 else "urn:remit:problem" in body


async def handshake(app: App, path: str, headers: list[tuple[bytes, bytes]]) -> tuple[Message, str]:
    """What a client that asks for a WebSocket is answered."""
    scope = {
        "type": "websocket", "scheme": "ws", "http_version": "1.1", "path": path, "raw_path": path.encode(),
        "query_string": b"", "root_path": "", "headers": headers, "client": ("192.0.2.1", 1),
        "server": ("remit.test", 80), "subprotocols": [], "state": {}, "extensions": {"websocket.http.response": {}},
    }  # fmt: skip
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        sent.append(message)

    await app.asgi(scope, receive, send)
    assert [message["type"] for message in sent] == [
        "websocket.http.response.start",
        "websocket.http.response.body",
    ]
    return sent[0], sent[1]["body"].decode()


@pytest.mark.rule("HTTP-11")
async def test_a_preflight_that_is_refused_is_a_problem(tmp_path: object) -> None:
    async with (
        app_on(settings_for(tmp_path, cors_origins=("https://app.example.com",))) as app,
        app.client() as web,
    ):
        for origin, method in (("https://evil.example.com", "GET"), ("https://app.example.com", "TRACE")):
            asking = {"Origin": origin, "Access-Control-Request-Method": method}
            answer = await web.options(TASKS, headers=asking)
            assert (answer.status_code, answer.json()["code"]) == (400, "cors_refused")
            assert answer.headers["content-type"] == "application/problem+json"
            assert "access-control-allow-origin" not in answer.headers
