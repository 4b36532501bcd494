"""The client against a scripted server on a real socket: what it repeats, and what not."""

import contextlib
import os
import tracemalloc
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from services.cli.client import ApiClient
from services.cli.connection import Server
from services.cli.failures import CliError, ServerRefused, Unreachable

DOCUMENT = {"id": "d1", "state": "received"}
KEY = "a-key-of-thirty-two-characters-or-more"
BUSY = {"status": 503, "code": "OVERLOADED", "detail": "Too much is waiting."}


class Script:
    """Answers each request with the next of its steps, the last again and again."""

    def __init__(self, *steps: Callable[[web.Request], Any]) -> None:
        self.steps = list(steps)
        self.requests: list[dict[str, Any]] = []

    async def handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        self.requests.append({"headers": request.headers, "body": body, "query": request.query})
        step = self.steps.pop(0) if len(self.steps) > 1 else self.steps[0]
        response = step(request)
        assert isinstance(response, web.StreamResponse)
        return response


@contextlib.asynccontextmanager
async def serving(script: Script) -> AsyncIterator[str]:
    app = web.Application(client_max_size=2**30)
    app.router.add_route("*", "/{path:.*}", script.handle)
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@contextlib.asynccontextmanager
async def client_of(script: Script) -> AsyncIterator[ApiClient]:
    async with serving(script) as url, ApiClient(Server(url, KEY)) as client:
        yield client


def answer(body: object, status: int = 200, **headers: str) -> Callable[[web.Request], Any]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _: web.json_response(body, status=status, headers=named)


def hang_up(request: web.Request) -> web.Response:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


def accepted(_: web.Request) -> web.Response:
    return web.json_response({"documents": [DOCUMENT], "rejected": []}, status=202)


async def test_a_busy_server_is_asked_again_after_the_time_it_names() -> None:
    script = Script(answer(BUSY, 503, Retry_After="1"), answer(DOCUMENT))
    async with client_of(script) as client:
        assert await client.document("d1") == DOCUMENT
    assert len(script.requests) == 2
    assert script.requests[0]["headers"]["Authorization"] == f"Bearer {KEY}"


async def test_a_wait_beyond_all_patience_is_an_error_at_once() -> None:
    script = Script(answer(BUSY, 503, Retry_After="3600"))
    async with client_of(script) as client:
        with pytest.raises(ServerRefused, match="OVERLOADED: Too much is waiting"):
            await client.document("d1")
    assert len(script.requests) == 1


async def test_what_may_have_been_done_is_not_repeated() -> None:
    for step, error in (
        (answer(BUSY, 503, Retry_After="1"), ServerRefused),
        (hang_up, Unreachable),
    ):
        script = Script(step)
        async with client_of(script) as client:
            with pytest.raises(error):
                await client.send("POST", "/api/v1/keys", {"name": "x"})
        assert len(script.requests) == 1


async def test_a_repeated_upload_has_the_same_key_and_the_same_bytes(tmp_path: Path) -> None:
    content = os.urandom(1_000_000)
    path = tmp_path / 'naïve "scan".pdf'
    path.write_bytes(content)
    script = Script(hang_up, answer(BUSY, 503, Retry_After="1"), accepted)
    counts: list[int] = []
    async with client_of(script) as client:
        assert await client.upload(path, {"type": "invoice"}, counts.append) == DOCUMENT
    assert len(script.requests) == 3
    assert len({it["headers"]["Idempotency-Key"] for it in script.requests}) == 1
    for request in script.requests:
        assert content in request["body"]
        assert b'name="type"\r\n\r\ninvoice\r\n' in request["body"]
        assert 'filename="naïve \\"scan\\".pdf"'.encode() in request["body"]
        assert int(request["headers"]["Content-Length"]) == len(request["body"])
    assert counts.count(0) == 3
    assert counts[-1] == len(content)


async def test_each_upload_has_a_key_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(b"%PDF-1.7")
    script = Script(accepted)
    async with client_of(script) as client:
        for _ in range(2):
            await client.upload(path, {}, lambda _: None)
    assert len({it["headers"]["Idempotency-Key"] for it in script.requests}) == 2


async def test_a_file_is_never_whole_in_memory(tmp_path: Path) -> None:
    size = 200_000_000
    path = tmp_path / "large.pdf"
    with path.open("wb") as file:
        file.truncate(size)
    received = 0

    async def take(request: web.Request) -> web.Response:
        nonlocal received
        async for chunk in request.content.iter_chunked(65536):
            received += len(chunk)
        return accepted(request)

    script = Script(accepted)
    script.handle = take  # type: ignore[method-assign]
    async with client_of(script) as client:
        tracemalloc.start()
        try:
            await client.upload(path, {}, lambda _: None)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert received > size
    assert peak < 20_000_000


async def test_a_file_that_shrinks_while_it_is_sent_is_not_sent_again(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(bytes(3_000_000))
    starts = 0

    def cut(count: int) -> None:
        nonlocal starts
        starts += count == 0
        os.truncate(path, 1_000_000)

    async with client_of(Script(accepted)) as client:
        with pytest.raises(CliError, match="cannot be read: it became shorter"):
            await client.upload(path, {}, cut)
    assert starts == 1


@pytest.mark.parametrize(
    "body",
    [
        {"documents": [], "rejected": [{"name": "a", "code": "FILE_EMPTY", "detail": "No bytes."}]},
        {"status": 422, "code": "FILE_EMPTY", "detail": "No bytes."},
    ],
)
async def test_a_file_that_is_not_taken_says_why(tmp_path: Path, body: object) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(b"")
    status = 422 if "status" in str(body) else 202
    async with client_of(Script(answer(body, status))) as client:
        with pytest.raises(ServerRefused, match="No bytes") as caught:
            await client.upload(path, {}, lambda _: None)
    assert caught.value.code == "FILE_EMPTY"


async def test_a_list_is_walked_to_its_end() -> None:
    more = {"X_More_Results_Available": "true", "X_Cursor_ID": "c1"}
    last = {"X_More_Results_Available": "false", "X_Cursor_ID": "c2"}
    script = Script(
        answer({"keys": [{"id": "1"}, {"id": "2"}]}, **more),
        answer({"keys": [{"id": "3"}]}, **last),
    )
    async with client_of(script) as client:
        found = [
            it["id"] async for it in client.rows("/api/v1/keys", "keys", {"organization": "o"})
        ]
    assert found == ["1", "2", "3"]
    assert [it["query"].get("cursorId") for it in script.requests] == [None, "c1"]
    assert {it["query"]["organization"] for it in script.requests} == {"o"}


async def test_a_redirect_is_not_followed_as_the_key_is_for_one_server_only() -> None:
    script = Script(lambda _: web.Response(status=308, headers={"Location": "https://b.example"}))
    async with client_of(script) as client:
        with pytest.raises(Unreachable, match=r"redirects to https://b\.example"):
            await client.document("d1")


@pytest.mark.parametrize("status", [200, 404, 500])
async def test_another_service_is_told_from_ours(status: int) -> None:
    script = Script(lambda _: web.Response(text="<html>", content_type="text/html", status=status))
    async with client_of(script) as client:
        with pytest.raises(Unreachable, match="is not Docstage"):
            await client.document("d1")


async def test_without_a_server_the_caller_is_told_how_to_start_one() -> None:
    async with ApiClient(Server("http://127.0.0.1:9", KEY)) as client:
        with pytest.raises(
            Unreachable, match=r"No server answers at http://127\.0\.0\.1:9.*docstage up"
        ):
            await client.document("d1")


async def test_a_lost_server_is_given_up_when_patience_ends() -> None:
    script = Script(answer(DOCUMENT), hang_up)
    async with serving(script) as url, ApiClient(Server(url, None), patience=1) as client:
        await client.document("d1")
        with pytest.raises(Unreachable, match="was lost"):
            await client.document("d1")
    assert len(script.requests) >= 3
    assert "Authorization" not in script.requests[0]["headers"]
