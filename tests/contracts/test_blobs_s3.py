"""What only a real S3 server can show: it dies, comes back, and refuses a wrong secret."""

import asyncio
import contextlib
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from shared.blobs.connect import connect_blobs
from shared.blobs.port import Blobs
from shared.errors import Code, Transient
from tests.servers.process import Unavailable
from tests.servers.requirement import missing
from tests.servers.s3 import S3Server

pytestmark = pytest.mark.services

PDF = "application/pdf"


@pytest.fixture(params=["nanio", "seaweedfs"])
def killable(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[S3Server]:
    try:
        server = S3Server(tmp_path / "server", request.param)
        server.start()
    except Unavailable as reason:
        missing(reason)
    yield server
    server.stop()


async def once_it_is_back(blobs: Blobs, key: str) -> bytes:
    """A file's bytes: a server that answers may still be finding out what it stores."""
    async with asyncio.timeout(60):
        while True:
            try:
                return await blobs.get(key)
            except Transient:
                await asyncio.sleep(0.1)


async def test_files_survive_the_death_of_the_server(killable: S3Server) -> None:
    blobs = connect_blobs(killable.url())
    await blobs.open()
    await blobs.put("acme/d1/original", b"kept", PDF)
    killable.kill()
    calls: list[Callable[[], object]] = [
        blobs.ping,
        lambda: blobs.put("acme/d1/other", b"x", PDF),
        lambda: blobs.get("acme/d1/original"),
        lambda: blobs.info("acme/d1/original"),
        lambda: blobs.list("acme/d1/"),
        lambda: blobs.delete("acme/d1/original"),
        lambda: blobs.delete_all("acme/d1/"),
    ]
    for call in calls:
        with pytest.raises(Transient) as caught:
            await call()  # type: ignore[misc]
        assert caught.value.code is Code.DEPENDENCY_DOWN
    with pytest.raises(Transient):
        [chunk async for chunk in blobs.stream("acme/d1/original")]
    with pytest.raises(Transient):
        async with blobs.as_file("acme/d1/original"):
            pass
    killable.start()
    assert await once_it_is_back(blobs, "acme/d1/original") == b"kept"
    await blobs.close()


async def test_a_file_is_kept_until_the_server_has_it(killable: S3Server, tmp_path: Path) -> None:
    blobs = connect_blobs(killable.url())
    await blobs.open()
    source = tmp_path / "spooled"
    source.write_bytes(b"x" * 1000)
    killable.kill()
    with pytest.raises(Transient):
        await blobs.put_file("acme/d1/original", source, PDF)
    assert source.exists()
    await blobs.close()


async def test_a_wrong_secret_opens_nothing(s3_servers: Callable[[str], S3Server]) -> None:
    for kind in ("nanio", "seaweedfs"):
        url = s3_servers(kind).url("locked").replace("docstage-secret", "wrong")
        blobs = connect_blobs(url)
        with pytest.raises(Transient):
            await blobs.open()
        await blobs.close()


async def test_opening_twice_finds_the_bucket(s3_servers: Callable[[str], S3Server]) -> None:
    for kind in ("nanio", "seaweedfs"):
        for text in (b"1", b"2"):
            blobs = connect_blobs(s3_servers(kind).url("twice"))
            await blobs.open()
            await blobs.ping()
            await blobs.put(f"acme/{text.decode()}", text, PDF)
            await blobs.close()


async def test_a_local_copy_lasts_as_long_as_its_context(
    s3_servers: Callable[[str], S3Server], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    blobs = connect_blobs(s3_servers("nanio").url("copies"))
    await blobs.open()
    await blobs.put("acme/d1/original.pdf", b"x", PDF)
    for failure in (None, RuntimeError("the reader failed")):
        with contextlib.suppress(RuntimeError):
            async with blobs.as_file("acme/d1/original.pdf") as path:
                assert path.read_bytes() == b"x"
                assert path.is_relative_to(tmp_path)
                if failure:
                    raise failure
        assert list(tmp_path.iterdir()) == []  # noqa: ASYNC240 - one look
    await blobs.close()
