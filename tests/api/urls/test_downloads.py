"""Files from URLs that others choose: what ends a fetch, and what the file is called."""

import asyncio
import gzip
import socket
import zlib

import pytest
from aiohttp import web

from shared.errors import AttemptFailed, Code
from shared.http.downloads import DownloadLimits
from tests.api.origin import (
    HOST,
    Origin,
    talking,
)
from tests.api.urls.opening import (
    LIMIT,
    downloads,
    failure,
    fetch,
)


async def test_a_file_is_found_behind_three_redirects_but_not_four(origin: Origin) -> None:
    for hop in range(4):
        origin.redirect(f"/{hop}", f"{hop + 1}", 303)
    origin.serve("/4", b"found")
    assert await fetch(origin.url("/1")) == b"found"
    error = await failure(origin.url("/0"))
    assert (error.code, error.retry) == (Code.FETCH_REDIRECTED, "permanent")
    assert (await failure(origin.redirect("/loop", "/loop"))).code is Code.FETCH_REDIRECTED
    assert origin.count("/loop") == 4


async def test_nothing_but_the_request_goes_out(origin: Origin) -> None:
    """No cookie comes along to the next hop, no credentials, no referrer; signed URLs as given."""
    origin.serve("/set", b"", 302, Set_Cookie="a=b", Location="/file?sig=a%2Fb%3D%2b&x=%7e")
    origin.serve("/file", b"found")
    await fetch(origin.url("/set"))
    request = origin.requests[-1]
    assert request.raw_path == "/file?sig=a%2Fb%3D%2b&x=%7e"
    headers = {it.lower() for it in request.headers}
    assert headers == {"host", "accept", "accept-encoding", "user-agent", "connection"}
    assert request.headers["Accept-Encoding"] == "identity"


@pytest.mark.parametrize(
    ("status", "code", "retry"),
    [(404, Code.FETCH_REFUSED, "permanent"), (403, Code.FETCH_REFUSED, "permanent"),
     (401, Code.FETCH_REFUSED, "permanent"), (410, Code.FETCH_REFUSED, "permanent"),
     (206, Code.FETCH_REFUSED, "permanent"), (304, Code.FETCH_REFUSED, "permanent"),
     (408, Code.FETCH_FAILED, "attempt"), (429, Code.FETCH_FAILED, "attempt"),
     (500, Code.FETCH_FAILED, "attempt"), (503, Code.FETCH_FAILED, "attempt")],
)  # fmt: skip
async def test_what_a_status_means(status: int, code: Code, retry: str, origin: Origin) -> None:
    error = await failure(origin.serve("/it", b"", status, Retry_After="7"))
    assert (error.code, error.retry) == (code, retry)
    assert str(status) in error.detail
    assert error.retry_after == (7.0 if retry == "attempt" else None)


async def test_a_server_may_not_put_us_off_for_long(origin: Origin) -> None:
    error = await failure(origin.serve("/it", b"", 503, Retry_After="999999"))
    assert error.retry_after == 300.0


async def test_a_closed_port_and_a_server_that_is_none_look_alike() -> None:
    async def babble(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-OpenSSH_9.2\r\n")
        await writer.drain()

    with socket.socket() as free:
        free.bind((HOST, 0))
        closed = await failure(f"http://{HOST}:{free.getsockname()[1]}/")
    async with talking(babble) as url:
        babbled = await failure(url)
        quick = DownloadLimits(LIMIT, total_seconds=1.0, idle_seconds=1.0)
        secure = await failure(url.replace("http:", "https:"), limits=quick)
    unknown = await failure("http://files.invalid/")
    seen = {(it.code, it.detail, it.retry) for it in (closed, babbled, secure, unknown)}
    assert seen == {(Code.FETCH_UNREACHABLE, "Nothing answered at the URL.", "attempt")}


async def test_a_declared_length_beyond_the_limit_is_not_read(origin: Origin) -> None:
    sent = 0

    async def huge(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        response = web.StreamResponse(headers={"Content-Length": str(10 * 1024**3)})
        await response.prepare(request)
        while True:
            await response.write(bytes(64 * 1024))
            sent += 64 * 1024

    origin.answers["/huge"] = huge
    error = await failure(origin.url("/huge"))
    assert (error.code, error.retry) == (Code.FETCH_TOO_LARGE, "permanent")
    assert sent < 64 * 1024**2


async def test_without_a_length_what_comes_is_counted() -> None:
    async def endless(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n%PDF-")
        while True:
            writer.write(bytes(64 * 1024))
            await writer.drain()

    async with talking(endless) as url:
        assert (await failure(url)).code is Code.FETCH_TOO_LARGE


async def test_a_file_of_just_the_limit_is_taken(origin: Origin) -> None:
    assert len(await fetch(origin.serve("/just", bytes(LIMIT)))) == LIMIT
    assert (await failure(origin.serve("/over", bytes(LIMIT + 1)))).code is Code.FETCH_TOO_LARGE


async def test_a_file_that_ends_before_its_length_is_tried_again() -> None:
    async def less(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n%PDF-")
        await writer.drain()

    async with talking(less) as url:
        error = await failure(url)
    assert (error.code, error.retry) == (Code.FETCH_FAILED, "attempt")


async def test_what_goes_beyond_its_length_is_never_taken() -> None:
    async def more(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n%PDF-")
        await writer.drain()
        await asyncio.sleep(0.2)
        writer.write(bytes(10 * LIMIT))
        await reader.read()

    async with talking(more) as url:
        assert await fetch(url) == b"%PDF-"


@pytest.mark.parametrize("coding", ["gzip", "x-gzip", "deflate", "GZIP"])
async def test_an_encoding_nobody_asked_for_is_undone(coding: str, origin: Origin) -> None:
    content = b"%PDF-1.7 " + bytes(100_000)
    packed = zlib.compress(content) if coding == "deflate" else gzip.compress(content)
    url = origin.serve("/packed", packed, Content_Encoding=coding)
    assert await fetch(url) == content


async def test_a_bomb_is_counted_as_it_unfolds(origin: Origin) -> None:
    bomb = gzip.compress(bytes(200 * 1024**2))
    assert len(bomb) < LIMIT, "it would be found by its size"
    error = await failure(origin.serve("/bomb", bomb, Content_Encoding="gzip"))
    assert (error.code, error.retry) == (Code.FETCH_TOO_LARGE, "permanent")


@pytest.mark.parametrize(
    ("coding", "body", "code"),
    [("br", b"whatever", Code.FETCH_REFUSED), ("gzip, gzip", b"whatever", Code.FETCH_REFUSED),
     ("gzip", b"no gzip", Code.FETCH_FAILED),
     ("gzip", gzip.compress(b"cut short" * 100, mtime=0)[:-9], Code.FETCH_FAILED)],
)  # fmt: skip
async def test_what_cannot_be_undone_is_an_error(
    coding: str, body: bytes, code: Code, origin: Origin
) -> None:
    url = origin.serve("/odd", body, Content_Encoding=coding)
    assert (await failure(url)).code is code


async def test_a_server_that_falls_silent_is_given_up() -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n%PDF-")
        await writer.drain()
        await reader.read()

    async def mute(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read()

    limits = DownloadLimits(LIMIT, total_seconds=30, idle_seconds=0.3)
    for talk, code in ((silent, Code.FETCH_TIMED_OUT), (mute, Code.FETCH_UNREACHABLE)):
        async with talking(talk) as url:
            with pytest.raises(AttemptFailed) as caught:
                await fetch(url, limits=limits)
        assert caught.value.code is code


async def test_a_server_that_drips_is_given_up() -> None:
    async def drip(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n%PDF-")
        while True:
            writer.write(b".")
            await writer.drain()
            await asyncio.sleep(0.05)

    async with talking(drip) as url:
        with pytest.raises(AttemptFailed) as caught:
            await fetch(url, limits=DownloadLimits(LIMIT, total_seconds=0.6, idle_seconds=30))
    assert caught.value.code is Code.FETCH_TIMED_OUT


async def test_redirects_share_one_time_limit(origin: Origin) -> None:
    async def slow(_: web.Request) -> web.Response:
        await asyncio.sleep(0.4)
        return web.Response(status=302, headers={"Location": "/slow"})

    origin.answers["/slow"] = slow
    limits = DownloadLimits(LIMIT, total_seconds=0.6, idle_seconds=30)
    with pytest.raises(AttemptFailed) as caught:
        await fetch(origin.url("/slow"), limits=limits)
    assert caught.value.code is Code.FETCH_UNREACHABLE
    assert origin.count("/slow") == 2


@pytest.mark.parametrize(
    ("disposition", "given"),
    [('attachment; filename="in voice.pdf"', "in voice.pdf"),
     ("attachment; filename*=UTF-8''r%C3%A9sum%C3%A9.pdf", "résumé.pdf"),
     ("inline", ""), ("", ""), ("attachment; filename=", ""), ("nonsense;;;=", "")],
)  # fmt: skip
@pytest.mark.filterwarnings("ignore:.*:aiohttp.multipart.BadContentDispositionHeader")
@pytest.mark.filterwarnings("ignore:.*:aiohttp.multipart.BadContentDispositionParam")
async def test_what_the_file_is_called(disposition: str, given: str, origin: Origin) -> None:
    url = origin.serve("/a/b%20c.pdf", b"x")
    origin.serve("/a/b c.pdf", b"x", Content_Disposition=disposition)
    async with downloads() as them, them.open(url) as download:
        assert (download.given_name, download.url_name) == (given, "b c.pdf")
