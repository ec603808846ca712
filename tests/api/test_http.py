"""What holds for every operation."""

import json
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import httpx
import pytest
import structlog

from entrypoints.http import context
from entrypoints.logs import configure
from entrypoints.values import LogFormat, LogLevel
from tests.support.apps import App, app_on, settings_for

TASKS = "/api/v1/tasks"
MEMBERS = {"type", "title", "status", "detail", "instance", "code", "request_id"}


def assert_problem(answer: httpx.Response, status: int, code: str) -> dict[str, object]:
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert (answer.status_code, problem["status"], problem["code"]) == (status, status, code)
    assert set(problem) >= MEMBERS
    assert problem["type"] == f"urn:remit:problem:{code}"
    assert problem["instance"] == answer.request.url.raw_path.decode().partition("?")[0]
    assert problem["request_id"] == answer.headers["x-request-id"]
    return problem


@pytest.mark.rule("HTTP-1", "HTTP-6")
@pytest.mark.parametrize("path", [TASKS, "/api/v1/me", "/api/v1/nothing", "/api", "/api/v2/tasks"])
async def test_nothing_is_answered_without_a_token(anonymous: httpx.AsyncClient, path: str) -> None:
    for method in ("GET", "POST", "DELETE"):
        answer = await anonymous.request(method, path)
        assert_problem(answer, 401, "missing_token")
        assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.rule("HTTP-1")
async def test_bad_tokens_are_answered_alike(app: App, anonymous: httpx.AsyncClient) -> None:
    good = app.token("ada")
    swapped = good[:-4] + ("AAAA" if not good.endswith("AAAA") else "BBBB")
    told = []
    for token in ("x", "a.b.c", swapped, good.upper(), "x" * 9000, f"{good} {good}"):
        answer = await anonymous.get(TASKS, headers={"Authorization": f"Bearer {token}"})
        problem = assert_problem(answer, 401, "invalid_token")
        assert answer.headers["www-authenticate"] == 'Bearer error="invalid_token"'
        told.append((problem["title"], problem["detail"]))
    assert len(set(told)) == 1


@pytest.mark.rule("HTTP-1")
async def test_credentials_twice_or_in_the_query_are_refused(app: App, anonymous: httpx.AsyncClient) -> None:
    bearer = ("Authorization", f"Bearer {app.token('ada')}")
    assert_problem(await anonymous.get(TASKS, headers=[bearer, bearer]), 401, "invalid_token")
    query = {"access_token": app.token("ada")}
    assert_problem(await anonymous.get(TASKS, params=query), 401, "invalid_token")
    assert_problem(await anonymous.get(TASKS, params=query, headers=[bearer]), 422, "validation_failed")
    basic = await anonymous.get(TASKS, headers={"Authorization": "Basic YTpi"})
    assert_problem(basic, 401, "missing_token")


async def test_the_word_bearer_has_no_case(app: App, anonymous: httpx.AsyncClient) -> None:
    for scheme in ("bearer", "BEARER"):
        answer = await anonymous.get("/api/v1/me", headers={"Authorization": f"{scheme} {app.token('ada')}"})
        assert answer.status_code == 200


@pytest.mark.rule("IDENT-2")
async def test_me(client: httpx.AsyncClient, subject: str) -> None:
    me = (await client.get("/api/v1/me")).json()
    assert me == {
        "account_id": me["account_id"],
        "issuer": "urn:remit:development",
        "subject": subject,
        "scopes": ["account:admin", "tasks:delete", "tasks:purge", "tasks:read", "tasks:write"],
        "via": "web",
        "preferences": {
            "time_zone": "UTC",
            "locale": "en",
            "first_day_of_week": 1,
            "default_project_id": None,
            "updated_at": None,
            "version": 0,
        },
    }


@pytest.mark.rule("HTTP-3", "HTTP-6")
@pytest.mark.parametrize(
    ("method", "path", "body", "errors"),
    [
        ("POST", TASKS, {"title": "t", "owner_id": 7}, [("body", "/owner_id", "unknown_field")]),
        ("POST", TASKS, {"title": "t", "account_id": "x"}, [("body", "/account_id", "unknown_field")]),
        ("POST", TASKS, {"title": "t", "status": "done"}, [("body", "/status", "unknown_field")]),
        ("POST", TASKS, {"titel": "t"}, [("body", "/title", "required"), ("body", "/titel", "unknown_field")]),
        ("POST", TASKS, {"title": "t", "a/b~c": 1}, [("body", "/a~1b~0c", "unknown_field")]),
        ("POST", TASKS, {"title": 5, "priority": "max"}, [("body", "/title", "wrong_type"), ("body", "/priority", "not_one_of")]),
        ("POST", TASKS, {"title": "t", "id": "7"}, [("body", "/id", "not_a_uuid")]),
        ("POST", TASKS, {"title": None}, [("body", "/title", "wrong_type")]),
        ("POST", TASKS, {"title": " "}, [("body", "/title", "too_short")]),
        ("POST", TASKS, {"title": "x\0y"}, [("body", "/title", "control_character")]),
        ("POST", TASKS, [], [("body", "", "wrong_type")]),
        ("POST", TASKS, "t", [("body", "", "wrong_type")]),
        ("POST", TASKS, 5, [("body", "", "wrong_type")]),
        ("POST", TASKS, None, [("body", "", "wrong_type")]),
        ("POST", f"{TASKS}?dry=1", {"title": "t"}, [("query", "/dry", "unknown_field")]),
        ("GET", f"{TASKS}?offset=5", None, [("query", "/offset", "unknown_field")]),
        ("GET", f"{TASKS}?limit=0", None, [("query", "/limit", "out_of_range")]),
        ("GET", f"{TASKS}?limit=201", None, [("query", "/limit", "out_of_range")]),
        ("GET", f"{TASKS}?limit=x", None, [("query", "/limit", "wrong_type")]),
        ("GET", f"{TASKS}?status=open", None, [("query", "/status/0", "not_one_of")]),
        ("GET", f"{TASKS}/7", None, [("path", "/task_id", "not_a_uuid")]),
        ("GET", f"{TASKS}/%00", None, [("path", "/task_id", "not_a_uuid")]),
        ("POST", f"{TASKS}/{uuid4()}/complete", {"force": True}, [("body", "", "unknown_field")]),
        ("DELETE", f"{TASKS}/{uuid4()}", {"really": True}, [("body", "", "unknown_field")]),
        ("POST", "/api/v1/reverts", {"request_id": "x\0y"}, [("body", "/request_id", "control_character")]),
        ("POST", "/api/v1/reverts", {"request_id": "\x07"}, [("body", "/request_id", "control_character")]),
        ("POST", "/api/v1/reverts", {"request_id": "x", "force": ["ok", "\0"]}, [("body", "/force/1", "control_character")]),
        ("POST", f"/api/v1/changes/{uuid4()}/revert?force=%00", {}, [("query", "/force/0", "control_character")]),
        ("POST", "/api/v1/batch", {"mode": "atomic", "commands": [{"id": "\0", "verb": "task.create", "args": {"title": "t"}}]}, [("body", "/commands/0/id", "control_character")]),
        ("POST", "/api/v1/reverts", {"request_id": "x", "since": 1_795_499_137}, [("body", "/since", "not_a_time")]),
        ("POST", "/api/v1/reverts", {"request_id": "x", "since": "2026-11-24T00:00:00"}, [("body", "/since", "not_a_time")]),
        ("GET", f"{TASKS}?as_of=1795499137", None, [("query", "/as_of", "not_a_time")]),
        ("GET", f"{TASKS}?as_of=2026-11-24", None, [("query", "/as_of", "not_a_time")]),
        ("GET", f"{TASKS}/{uuid4()}?as_of=1795499137", None, [("query", "/as_of", "not_a_time")]),
    ],
)  # fmt: skip
async def test_values_that_are_refused(
    client: httpx.AsyncClient, method: str, path: str, body: object, errors: list[tuple[str, str, str]]
) -> None:
    content = None if body is None and method == "GET" else json.dumps(body)
    answer = await client.request(method, path, content=content, headers={"Content-Type": "application/json"})
    found = assert_problem(answer, 422, "validation_failed")["errors"]
    assert [(error["in"], error["pointer"], error["code"]) for error in found] == errors
    assert all(error["message"] for error in found)


@pytest.mark.rule("HTTP-6")
async def test_a_rejected_value_is_never_repeated(client: httpx.AsyncClient) -> None:
    secret = "hunter2-hunter2"
    for body in (
        {"title": [secret]},
        {"title": "t", "id": secret},
        {"title": "t", "priority": secret},
        {"title": secret * 100},
    ):
        answer = await client.post(TASKS, json=body)
        assert answer.status_code == 422
        assert secret not in answer.text
    assert secret not in (await client.get(TASKS, params={"limit": secret})).text


@pytest.mark.rule("HTTP-3")
@pytest.mark.parametrize(
    "body", [b'{"title": "a\\ud800b"}', b'{"title": "t", "\\ud800": 1}', b'{"title": "t", "\\u0000": 1}']
)
async def test_surrogates_and_nul_are_refused(client: httpx.AsyncClient, body: bytes) -> None:
    answer = await client.post(TASKS, content=body, headers={"Content-Type": "application/json"})
    assert_problem(answer, 422, "validation_failed")


@pytest.mark.rule("HTTP-5")
@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"{'title': 1}", b'{"title": "a",}', b'{"title": "a", "title": "b"}', b'{"title": NaN}', b'{"title": Infinity}',
        b'{"title": -Infinity}', b'{"title": 1e400}', b'{"title": "a\xff"}', b'\xef\xbb\xbf{"title": "a"}',
        b'{"a": {"b": 1, "b": 2}, "title": "t"}', b"[" * 100_000, b'{"title": ' + b"9" * 10_000 + b"}", b"\x00",
        '{"title": "a"}'.encode("utf-16"),
    ],
)  # fmt: skip
async def test_json_that_cannot_be_read(client: httpx.AsyncClient, body: bytes) -> None:
    answer = await client.post(TASKS, content=body, headers={"Content-Type": "application/json"})
    if body:
        assert_problem(answer, 400, "malformed_json")
    else:
        assert_problem(answer, 422, "validation_failed")
    assert (await client.get(TASKS)).json()["items"] == []


@pytest.mark.rule("HTTP-4")
@pytest.mark.parametrize(
    "kind",
    [
        None,
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/json; charset=latin-1",
        "application/xml",
    ],
)
async def test_other_media_types(client: httpx.AsyncClient, kind: str | None) -> None:
    headers = {"Content-Type": kind} if kind else {}
    answer = await client.post(TASKS, content=b'{"title": "t"}', headers=headers)
    assert_problem(answer, 415, "unsupported_media_type")
    assert answer.headers["accept-post"] == "application/json"
    patched = await client.patch(f"{TASKS}/{uuid4()}", content=b"{}", headers=headers)
    assert_problem(patched, 415, "unsupported_media_type")
    assert patched.headers["accept-patch"] == "application/merge-patch+json, application/json"


@pytest.mark.rule("HTTP-4")
async def test_a_body_of_the_greatest_size_and_one_more(client: httpx.AsyncClient) -> None:
    headers = {"Content-Type": "application/json"}
    fits = b'{"title": "t"}'.ljust(256 * 1024)
    assert (await client.post(TASKS, content=fits, headers=headers)).status_code == 201
    for body in (fits + b" ", _chunks(fits + b" ")):
        answer = await client.post(TASKS, content=body, headers=headers)
        assert "262144" in assert_problem(answer, 413, "content_too_large")["detail"]


@pytest.mark.rule("HTTP-4")
async def test_a_header_that_is_too_large(client: httpx.AsyncClient, anonymous: httpx.AsyncClient) -> None:
    for answer in (
        await client.get(TASKS, headers={"X-Large": "x" * 33_000}),
        await anonymous.get(f"/livez?{'x' * 33_000}"),
    ):
        assert "32768" in assert_problem(answer, 431, "header_too_large")["detail"]
    assert (await client.get(TASKS, headers={"X-Large": "x" * 30_000})).status_code == 200


async def _chunks(body: bytes) -> object:
    for start in range(0, len(body), 10_000):
        yield body[start : start + 10_000]


@pytest.mark.rule("HTTP-6")
async def test_routes_and_methods_that_are_not_there(
    client: httpx.AsyncClient, anonymous: httpx.AsyncClient
) -> None:
    assert_problem(await client.get("/api/v1/nothing"), 404, "not_found")
    assert_problem(await client.get(f"{TASKS}/"), 404, "not_found")
    assert_problem(await anonymous.get("/nothing"), 404, "not_found")
    answer = await client.put(TASKS, json={})
    assert_problem(answer, 405, "method_not_allowed")
    assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD", "POST"}


@pytest.mark.rule("HTTP-6", "HTTP-10")
@pytest.mark.parametrize("form", LogFormat)
async def test_a_fault_of_ours_is_a_problem_too_and_tells_nothing(
    memory_app: App, capsys: pytest.CaptureFixture[str], form: LogFormat
) -> None:
    class Broken:
        async def create(self, *_: object) -> None:
            raise RuntimeError("broken on purpose")

    memory_app.container.tasks.override(Broken())
    with logging_as(form):
        async with memory_app.client("ada") as client:
            answer = await client.post(TASKS, json={"title": "a secret title"})
    problem = assert_problem(answer, 500, "internal_error")
    log = capsys.readouterr().err
    assert "broken on purpose" in log
    assert problem["request_id"] in log
    assert "broken" not in answer.text
    assert "a secret title" not in log


@pytest.mark.rule("HTTP-9")
async def test_headers_of_every_answer(client: httpx.AsyncClient, anonymous: httpx.AsyncClient) -> None:
    for answer in (
        await client.get(TASKS), await client.get(f"{TASKS}/{uuid4()}"), await anonymous.get(TASKS),
        await anonymous.get("/livez"), await anonymous.get("/nothing"), await client.put(TASKS),
    ):  # fmt: skip
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
        assert re.fullmatch("[0-9a-f]{32}", answer.headers["x-request-id"])
        assert "server" not in answer.headers
        assert "strict-transport-security" not in answer.headers
    secure = await client.get("https://remit.test/api/v1/me")
    assert secure.headers["strict-transport-security"].startswith("max-age=31536000")


@pytest.mark.rule("HTTP-9")
async def test_request_ids_follow_traceparent(anonymous: httpx.AsyncClient) -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    for value, taken in (
        (f"00-{trace}-00f067aa0ba902b7-01", True),
        (f"01-{trace}-00f067aa0ba902b7-01-more", True),
        (f"00-{trace.upper()}-00f067aa0ba902b7-01", False),
        (f"ff-{trace}-00f067aa0ba902b7-01", False),
        (f"00-{'0' * 32}-00f067aa0ba902b7-01", False),
        (f"00-{trace}-{'0' * 16}-01", False),
        ("nonsense", False),
    ):
        answer = await anonymous.get("/livez", headers={"traceparent": value})
        assert (answer.headers["x-request-id"] == trace) is taken, value


@contextmanager
def logging_as(form: LogFormat) -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    configure(form, LogLevel.INFO)
    context.log = structlog.get_logger("remit.http")
    try:
        yield
    finally:
        structlog.reset_defaults()
        context.log = structlog.get_logger("remit.http")
        root.handlers, root.level = handlers, level


@pytest.mark.rule("HTTP-10")
async def test_the_log_has_a_line_a_request_and_no_secrets(
    client: httpx.AsyncClient, capsys: pytest.CaptureFixture[str]
) -> None:
    token = client.headers["authorization"].removeprefix("Bearer ")
    with logging_as(LogFormat.JSON):
        task = (await client.post(TASKS, json={"title": "my secret title"})).json()
        await client.get(f"{TASKS}/{task['id']}")
        await client.get(TASKS, params={"cursor": "secret-cursor"})
        await client.get(TASKS, headers={"Authorization": "Bearer forged.secret.token"})
        account = (await client.get("/api/v1/me")).json()["account_id"]
    text = capsys.readouterr().err
    lines = [json.loads(line) for line in text.splitlines()]
    assert [(line["method"], line["route"], line["status"]) for line in lines] == [
        ("POST", TASKS, 201),
        ("GET", f"{TASKS}/{{task_id}}", 200),
        ("GET", TASKS, 400),
        ("GET", None, 401),
        ("GET", "/api/v1/me", 200),
    ]
    assert lines[3]["reason"] == "not_base64url"
    for hidden in (token, "my secret title", task["id"], "secret-cursor", "forged.secret.token"):
        assert hidden not in text
    assert text.count(account) == 4


@pytest.mark.rule("HTTP-11")
async def test_cors(tmp_path: object) -> None:
    origin = "https://app.example.com"
    async with app_on(settings_for(tmp_path, cors_origins=(origin,))) as app, app.client("ada") as client:
        for path, headers in ((TASKS, {}), ("/nothing", {}), (TASKS, {"Authorization": "Bearer x"})):
            answer = await client.get(path, headers={"Origin": origin, **headers})
            assert answer.headers["access-control-allow-origin"] == origin
            assert "Origin" in answer.headers["vary"]
            assert "etag" in answer.headers["access-control-expose-headers"].lower()
        for other in ("https://evil.example.com", "http://app.example.com", f"{origin}.evil.com", "null"):
            answer = await client.get(TASKS, headers={"Origin": other})
            assert "access-control-allow-origin" not in answer.headers
        preflight = await client.options(
            TASKS,
            headers={
                "Origin": origin,
                "Access-Control-Request-Method": "PATCH",
                "Access-Control-Request-Headers": "authorization,if-match,content-type",
            },
        )
        assert preflight.status_code == 200
        assert "PATCH" in preflight.headers["access-control-allow-methods"]


@pytest.mark.rule("HTTP-12")
async def test_the_api_page_serves_all_that_it_needs(anonymous: httpx.AsyncClient) -> None:
    page = await anonymous.get("/docs")
    policy = page.headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert "<script>" not in page.text
    assert "style=" not in page.text
    links = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(links) == 4
    for link in links:
        assert not link.startswith(("http", "//"))
        assert (await anonymous.get(f"/{link}")).status_code == 200
    assert (await anonymous.get("/openapi.json")).json()["openapi"].startswith("3.1")


async def test_health(anonymous: httpx.AsyncClient) -> None:
    assert (await anonymous.get("/livez")).json() == {"status": "alive"}
    ready = await anonymous.get("/readyz")
    assert (ready.status_code, ready.json()) == (
        200,
        {"status": "ready", "checks": {"database": "ok", "migrations": "ok", "keys": "ok"}},
    )


@pytest.mark.rule("HTTP-3")
@pytest.mark.parametrize("query", ["q=caf%E9", "q=%ED%A0%80", "filter=%22%FF%22", "a%C3=b"])
async def test_a_query_that_is_not_utf_8_is_refused(client: httpx.AsyncClient, query: str) -> None:
    for path in ("/api/v1/search", "/api/v1/tasks"):
        answer = await client.get(f"{path}?{query}")
        assert (answer.status_code, answer.json()["code"]) == (400, "malformed_query")


@pytest.mark.rule("HTTP-3")
@pytest.mark.parametrize("part", ["caf%E9", "%ED%A0%80", "a%C3", "%ff/tasks"])
async def test_a_path_that_is_not_utf_8_is_refused(
    client: httpx.AsyncClient, anonymous: httpx.AsyncClient, part: str
) -> None:
    for path in (f"/api/v1/views/{part}", f"/api/v1/tasks/{part}?limit=1", f"/{part}"):
        answer = await client.get(path)
        assert (answer.status_code, answer.json()["code"]) == (400, "malformed_path")
    assert (await anonymous.get(f"/api/v1/views/{part}")).status_code == 401
    assert (await client.get("/api/v1/views/caf%C3%A9")).json()["code"] == "validation_failed"
    assert (await client.get("/caf%C3%A9")).json()["code"] == "not_found"


@pytest.mark.rule("HTTP-3")
@pytest.mark.parametrize(
    ("method", "path", "body", "errors"),
    [
        ("GET", "/api/v1/tasks?project_id=foo", None, [("query", "/project_id", "not_a_uuid")]),
        ("GET", "/api/v1/changes?filter=todo&types=project", None, [("query", "/types", "no_tasks")]),
        ("POST", "/api/v1/filters/compile", {"filter": 5}, [("body", "/filter", "wrong_type")]),
        ("POST", "/api/v1/views", {"name": "a", "filter": 5}, [("body", "/filter", "wrong_type")]),
    ],
)
async def test_a_value_of_several_types_is_refused_once_where_it_is(
    client: httpx.AsyncClient, method: str, path: str, body: object, errors: object
) -> None:
    answer = await client.request(method, path, json=body)
    assert answer.status_code == 422
    found = answer.json()["errors"]
    assert [(one["in"], one["pointer"], one["code"]) for one in found] == errors
