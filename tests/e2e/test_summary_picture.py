"""The picture of a summary in a real browser, opened by itself under the policy that it is sent with."""

import asyncio
import json
import random
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from uuid import uuid4

import pytest

from domain.ids import ProjectId
from domain.project import NAME_MAX
from domain.summary import Days, ProjectCount, Summary
from entrypoints.svg.summary import drawn
from tests.api.conftest import memory_app
from tests.e2e.test_api_page import browser
from tests.support.apps import App
from tests.support.asking import API, PROJECTS, TASKS, done, made

__all__ = ["browser", "memory_app"]
NOTHING = "default-src 'none'; frame-ancestors 'none'"
LIGHT, DARK = 1, 0


async def sent(app: App) -> tuple[dict[str, str], bytes]:
    """What the application answers: the headers, and the picture."""
    async with app.client("ada") as client:
        project = (await made(client, PROJECTS, name='Garden & <"House">'))["id"]
        for title in ("a", "b", "c"):
            await made(client, TASKS, title=title, project_id=project, due_date="2026-01-01")
        task = await made(client, TASKS)
        await done(client, f"{TASKS}/{task['id']}/complete")
        answer = await client.get(f"{API}/summary", headers={"Accept": "image/svg+xml"})
    assert answer.status_code == 200
    return dict(answer.headers), answer.content


@asynccontextmanager
async def at(headers: dict[str, str], body: bytes) -> AsyncIterator[str]:
    """An address on this machine where exactly this is answered."""
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    answer = f"HTTP/1.1 200 OK\r\n{head}connection: close\r\n\r\n".encode() + body

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/summary"


async def shot(browser: str, url: str, scheme: int, folder: Path) -> tuple[bytes, list[str]]:
    """How it looks, and what the browser complained of."""
    image = folder / f"{scheme}.png"
    process = await asyncio.create_subprocess_exec(
        browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--disable-sync",
        f"--user-data-dir={folder / 'profile'}", "--enable-logging=stderr", "--virtual-time-budget=5000", "--hide-scrollbars",
        "--window-size=960,1000", f"--blink-settings=preferredColorScheme={scheme}", f"--screenshot={image}", url,
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    _, log = await asyncio.wait_for(process.communicate(), 60)
    complaints = [
        line for line in log.decode().splitlines() if "CONSOLE" in line or "Security Policy" in line
    ]
    return image.read_bytes(), complaints


@pytest.mark.rule("SUM-10")
async def test_it_is_light_or_dark_as_is_preferred_and_light_where_its_style_is_not_let_through(
    browser: str, memory_app: App, tmp_path: Path
) -> None:
    headers, body = await sent(memory_app)
    seen = {}
    for name, policy in (("its own", headers["content-security-policy"]), ("nothing", NOTHING)):
        async with at({**headers, "content-security-policy": policy}, body) as url:
            for scheme in (LIGHT, DARK):
                seen[name, scheme] = await shot(browser, url, scheme, tmp_path)
    (light, _), (dark, _) = seen["its own", LIGHT], seen["its own", DARK]
    assert light != dark
    assert [
        complaints for (name, _), (_, complaints) in seen.items() if name == "its own" and complaints
    ] == []
    # That it would be said, and seen, if the policy did not let the style through.
    assert all(complaints for (name, _), (_, complaints) in seen.items() if name == "nothing")
    assert seen["nothing", LIGHT][0] == seen["nothing", DARK][0] == light
    assert len(light) > 20_000


ALPHABETS = [
    "x",
    "W",
    "il",
    "abcdefghij klm",
    "ABCDEFGH",
    "0123456789",
    "\u0436\u0438\u0432\u0430",
    "\u03b1\u03b2\u03b3\u03c9",
    "@%#&+=<>",
]
MEASURED = """
<!doctype html><meta charset="utf-8"><body>%s<pre id="found"></pre><script>
const found = [...document.querySelectorAll("svg svg")].map(
  one => [one.firstElementChild.textContent, one.firstElementChild.getComputedTextLength(), one.width.baseVal.value]);
document.getElementById("found").textContent = JSON.stringify(found);
</script>
"""


@pytest.mark.rule("SUM-11")
@pytest.mark.parametrize("some", [ALPHABETS[:5], ALPHABETS[5:]], ids=["words", "others"])
async def test_names_end_with_their_ellipsis_where_they_are_seen(
    browser: str, tmp_path: Path, some: list[str]
) -> None:
    dice = random.Random(3)
    projects = [
        ProjectCount(
            project_id=ProjectId(uuid4()),
            name="".join(dice.choices(one, k=NAME_MAX)),
            open=3,
            closed=1,
            overdue=0,
        )
        for one in some
    ]
    moment = datetime(2026, 11, 24, tzinfo=UTC)
    image = drawn(Summary.of(Days(moment.date(), ()), {}, {}, {}, projects), moment, "UTC")
    page = tmp_path / "page.html"
    page.write_text(MEASURED % image.decode().partition("?>")[2], "utf-8")
    process = await asyncio.create_subprocess_exec(
        browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--disable-sync",
        f"--user-data-dir={tmp_path / 'profile'}", "--virtual-time-budget=5000", "--dump-dom", page.as_uri(),
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    dom, _ = await asyncio.wait_for(process.communicate(), 60)
    told = re.search('<pre id="found">(.*?)</pre>', dom.decode())
    assert told is not None
    found = json.loads(unescape(told[1]))
    assert len(found) == len(some)
    for name, seen, room in found:
        assert name.endswith("\u2026")
        assert room / 2 < seen <= room, name
