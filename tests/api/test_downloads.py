"""Files from URLs that others choose: which addresses are reached, and what ends a fetch."""

import asyncio
import gzip
import socket
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from shared.errors import AttemptFailed, Code, DocstageError, Permanent
from shared.http.client import SafeClient
from shared.http.downloads import Download, DownloadLimits, Downloads
from tests.api.origin import (
    HOST,
    NETWORK,
    Canary,
    Names,
    Origin,
    running_canary,
    running_origin,
    talking,
)

LIMIT = 300_000
LIMITS = DownloadLimits(max_bytes=LIMIT, total_seconds=20, idle_seconds=10)
LOOPBACKS = [
    "127.0.0.1", "127.0.0.2", "127.255.255.254", "localhost", "localhost.", "LOCALHOST",
    "ⓛocalhost", "127.1", "127.0.1", "2130706433", "017700000001", "0177.0.0.1", "0x7f.0.0.1",
    "0x7f000001", "0x7f.1", "127.0.0.1.", "127。0。0。1", "\uff11\uff12\uff17.0.0.1",
    "%31%32%37.0.0.1",
    "0", "0.0.0.0", "[::]", "[::1]", "[0:0:0:0:0:0:0:1]",  # noqa: S104 - targets
    "[::127.0.0.1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::ffff:0:127.0.0.1]",
    "[64:ff9b::127.0.0.1]", "[64:ff9b::7f00:1]", "[64:ff9b:1::7f00:1]", "[2002:7f00:1::]",
    "[2001:0:7f00:1::]",
]  # fmt: skip
PRIVATE = [
    "10.0.0.1", "100.64.0.1", "169.254.169.254", "172.16.0.1", "192.0.0.1", "192.0.2.1",
    "192.88.99.1", "192.168.0.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1",
    "240.0.0.1", "255.255.255.255", "[100::1]", "[3fff::1]", "[5f00::1]", "[fc00::1]",
    "[fd00:ec2::254]", "[fe80::1]", "[fe80::1%25lo]", "[fec0::1]", "[ff02::1]", "[2001:db8::1]",
]  # fmt: skip


@pytest.fixture
async def origin() -> AsyncIterator[Origin]:
    async with running_origin() as origin:
        yield origin


@pytest.fixture
async def canary() -> AsyncIterator[Canary]:
    async with running_canary() as canary:
        yield canary


@asynccontextmanager
async def downloads(
    allow: str = NETWORK,
    names: Names | None = None,
    deny: str = "",
    limits: DownloadLimits = LIMITS,
) -> AsyncIterator[Downloads]:
    client = SafeClient(allow, names, deny)
    await client.open()
    try:
        yield Downloads(client, limits)
    finally:
        await client.close()


async def read(download: Download) -> bytes:
    return b"".join([chunk async for chunk in download.chunks()])


async def fetch(url: str, allow: str = NETWORK, limits: DownloadLimits = LIMITS) -> bytes:
    async with downloads(allow, limits=limits) as them, them.open(url) as download:
        return await read(download)


async def failure(
    url: str,
    allow: str = NETWORK,
    names: Names | None = None,
    limits: DownloadLimits = LIMITS,
) -> DocstageError:
    with pytest.raises(DocstageError) as caught:
        async with downloads(allow, names, limits=limits) as them, them.open(url) as download:
            await read(download)
    return caught.value


def assert_tells_nothing(error: DocstageError) -> None:
    for inner in ("127", "::1", "10.", "169", "refused", "Errno", "localhost", "resolve"):
        assert inner not in error.detail


@pytest.mark.parametrize("host", [*LOOPBACKS, *PRIVATE])
async def test_no_spelling_of_a_private_address_is_reached(host: str, canary: Canary) -> None:
    error = await failure(f"http://{host}:{canary.port}/", allow="")
    assert error.code in {Code.TARGET_BLOCKED, Code.FETCH_UNREACHABLE}
    assert_tells_nothing(error)
    assert canary.connections == 0


async def test_the_canary_sees_who_comes(canary: Canary) -> None:
    """Else the test above could not fail."""
    for host in ("127.0.0.1", "127.0.0.2", "localhost", "0.0.0.0"):  # noqa: S104 - a target
        body = await fetch(f"http://{host}:{canary.port}/", allow="0.0.0.0/0,::/0")
        assert body == b"%PDF-1.7 secret"
    assert canary.connections == 4


@pytest.mark.parametrize("host", [*LOOPBACKS, "10.0.0.1", "169.254.169.254", "[fe80::1]"])
async def test_a_redirect_to_a_private_address_is_not_followed(
    host: str, origin: Origin, canary: Canary
) -> None:
    error = await failure(origin.redirect("/away", f"http://{host}:{canary.port}/"))
    assert error.code in {Code.TARGET_BLOCKED, Code.FETCH_UNREACHABLE}
    assert origin.count("/away") == 1
    assert canary.connections == 0
    assert_tells_nothing(error)


async def test_a_chain_of_redirects_is_checked_at_each_hop(origin: Origin, canary: Canary) -> None:
    origin.redirect("/1", "/2", 301)
    origin.redirect("/2", origin.url("/3"), 307)
    origin.redirect("/3", f"http://127.0.0.2:{canary.port}/", 308)
    assert (await failure(origin.url("/1"))).code is Code.TARGET_BLOCKED
    assert [it.path for it in origin.requests] == ["/1", "/2", "/3"]
    assert canary.connections == 0


@pytest.mark.parametrize(
    "location",
    ["file:///etc/passwd", "ftp://example.com/", "gopher://127.0.0.1/", "//user:pw@127.0.0.1/",
     "http://user@127.0.0.1/", "data:application/pdf,%25PDF-", "http://[::1", ""],
)  # fmt: skip
async def test_a_redirect_to_what_is_no_web_address_is_not_followed(
    location: str, origin: Origin
) -> None:
    error = await failure(origin.redirect("/away", location))
    assert error.code in {Code.TARGET_BLOCKED, Code.FETCH_REDIRECTED}
    assert error.retry == "permanent"
    assert len(origin.requests) == 1


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "10.0.0.1", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1"]
)
async def test_a_name_of_a_private_address_is_not_reached(address: str, canary: Canary) -> None:
    url = f"http://files.example:{canary.port}/"
    error = await failure(url, allow="", names=Names([address]))
    assert error.code is Code.TARGET_BLOCKED
    assert_tells_nothing(error)
    assert canary.connections == 0


async def test_a_name_that_changes_its_mind_does_not_get_through(
    origin: Origin, canary: Canary
) -> None:
    """First the address that is allowed, then, for the redirect to the same name, another."""
    origin.redirect("/", f"http://files.example:{canary.port}/")
    names = Names([HOST], ["127.0.0.2"])
    error = await failure(f"http://files.example:{origin.port}/", names=names)
    assert error.code is Code.TARGET_BLOCKED
    assert origin.count("/") == 1
    assert canary.connections == 0


async def test_a_name_with_a_public_and_a_private_address_does_not_get_through(
    canary: Canary,
) -> None:
    # 192.0.2.0/24 is for documentation: nothing answers there.
    names = Names(["127.0.0.1", "192.0.2.1"], ["192.0.2.1", "::1"])
    quick = DownloadLimits(LIMIT, total_seconds=1.0, idle_seconds=1.0)
    for _ in range(2):
        await failure(f"http://files.example:{canary.port}/", "", names, quick)
    assert canary.connections == 0


async def test_networks_of_the_operator_are_reached_and_those_denied_are_not(
    canary: Canary,
) -> None:
    url = f"http://127.0.0.1:{canary.port}/"
    assert await fetch(url, allow="10.0.0.0/8, 127.0.0.0/8") == b"%PDF-1.7 secret"
    async with downloads("127.0.0.0/8", deny="127.0.0.0/30") as them:
        with pytest.raises(Permanent) as caught:
            async with them.open(url):
                pass
    assert caught.value.code is Code.TARGET_BLOCKED
    assert canary.connections == 1


async def test_proxies_of_the_environment_are_not_used(
    origin: Origin, canary: Canary, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{canary.port}")
    monkeypatch.delenv("no_proxy", raising=False)
    assert await fetch(origin.serve("/a.pdf", b"here")) == b"here"
    assert canary.connections == 0


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
     ("gzip", gzip.compress(b"cut short" * 100)[:-9], Code.FETCH_FAILED)],
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
