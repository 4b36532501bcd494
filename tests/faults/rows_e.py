"""Rows E: the blob store is away, slow or silent, and what it gives back is damaged or gone."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from shared.blobs.keys import original_key
from shared.errors import Code
from shared.models.document import DocumentState
from tests.faults.between import between
from tests.faults.deadlines import unhurried
from tests.faults.driver import File, invoices
from tests.faults.dump import put_blob, read_blob, remove_blob
from tests.faults.health import metric
from tests.faults.launch import Launch
from tests.faults.matrix import Row
from tests.faults.rows_d import attempts
from tests.faults.scene import Scene
from tests.faults.toxics import Bandwidth, Flip, LimitData, Swallow, Way

_TURNED, _HEAD = 1500, 500
"""Bytes: a place within a file as it is sent, and about what is sent before it."""
_HELD = "outbox.publishing=hold"
_SETTLED = {DocumentState.READY, DocumentState.NEEDS_REVIEW}


@asynccontextmanager
async def _blobs_away(scene: Scene) -> AsyncIterator[None]:
    """The server is down; a folder is not mounted."""
    if scene.world.engine == "rabbitmq":
        server = scene.world.servers.s3
        await asyncio.to_thread(server.kill)
        yield
        await asyncio.to_thread(server.start)
        return
    folder = Path(scene.world.blobs_url.removeprefix("file://"))
    elsewhere = folder.with_name("unmounted")
    await asyncio.to_thread(folder.rename, elsewhere)
    yield
    await asyncio.to_thread(elsewhere.rename, folder)


async def blobs_away(scene: Scene) -> None:
    """E1: nothing is accepted; what is being read waits, and that costs no attempt."""
    world = scene.world
    world.arm("ocr", "ocr.delivered=sleep:1")
    await scene.upload(3)
    await world.until_reached("ocr", "ocr.delivered")
    async with _blobs_away(scene):
        told = await scene.driver.upload_all(invoices(2), persist=False)
        scene.require(told == [None, None], "accepted without a blob store")
        statuses = {it.status for it in scene.journal.uploads() if not it.is_acknowledged}
        scene.require(statuses == {503}, f"answered {statuses}, not 503")
        await asyncio.sleep(3.0)
    world.disarm("ocr")
    await scene.finished()
    scene.require(len(scene.evidence.documents) == 3, "a document without its file")
    for document in scene.evidence.documents:
        scene.require(attempts(document) <= 1, "an outage cost an attempt", document.id)


async def _held(scene: Scene, harm: Callable[[str, str], None]) -> tuple[str, bytes]:
    """A document whose file comes to harm before it is read; its id and what the file was."""
    world = scene.world
    world.arm("ingest", _HELD)
    file = invoices(1)[0]
    (identity,) = await scene.driver.upload_all([file])
    assert identity is not None
    key = original_key(scene.organization, identity)
    await asyncio.to_thread(harm, world.blobs_url, key)
    world.disarm("ingest")
    return identity, file.content


async def _failed(scene: Scene, code: Code, harm: Callable[[str, str], None]) -> None:
    """Such a document fails with a code of its own; others go on. Then its file is as it was."""
    world = scene.world
    before = {it.id for it in (await scene.look()).documents}
    identity, content = await _held(scene, harm)
    await scene.upload(2)
    await scene.finished()
    for document in scene.evidence.documents:
        if document.id == identity:
            found = document.error.code if document.error else document.state.value
            scene.require(found == code, f"{found}, not {code.value}", identity)
        elif document.id not in before:
            scene.require(document.state in _SETTLED, "another went along", document.id)
    name, labels = "docstage_stage_problems_total", (f'code="{code.value}"', 'stage="ocr"')
    counted = await asyncio.to_thread(metric, world, "ocr", name, *labels)
    scene.require(counted > 0, "no alert could know")
    scene.require(world.running("ocr"), "the reader died of it")
    key = original_key(scene.organization, identity)
    await asyncio.to_thread(put_blob, world.blobs_url, key, content)


def _flip(url: str, key: str) -> None:
    content = read_blob(url, key)
    middle = len(content) // 2
    put_blob(url, key, content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :])


def _truncate(url: str, key: str) -> None:
    content = read_blob(url, key)
    put_blob(url, key, content[: len(content) * 2 // 3])


async def file_damaged(scene: Scene) -> None:
    """E2: one bit of a stored file is another; a stored file is too short."""
    await _failed(scene, Code.BLOB_CORRUPT, _flip)
    await _failed(scene, Code.BLOB_CORRUPT, _truncate)


async def file_damaged_on_its_way(scene: Scene) -> None:
    """E2: bytes are turned, and an answer breaks off: that is noticed, and it is read again.

    What is damaged once is read again at once, and nobody hears of it: so there are two bytes, in
    the file as it comes first and as it comes again.
    """
    again = _TURNED + max(len(it.content) for it in invoices(1)) + _HEAD
    breaks = LimitData(_TURNED, way=Way.TO_CLIENT)
    harms: list[list[Flip] | list[LimitData]] = [[Flip(_TURNED), Flip(again)], [breaks]]
    async with between(scene, "blobs", "ocr") as proxy:
        for harm in harms:
            world = scene.world
            world.arm("ingest", _HELD)
            uploaded = [it for it in await scene.upload(2) if it]
            proxy.cut()
            proxy.toxics = harm
            world.disarm("ingest")
            noticed = await _noticed(scene, uploaded)
            scene.require(noticed, f"what came was taken for what was stored: {harm[0]}")
            proxy.heal()
            proxy.cut()
        await scene.finished()
        for document in scene.evidence.documents:
            scene.require(document.state in _SETTLED, f"{document.state.value}", document.id)


async def _noticed(scene: Scene, documents: list[str]) -> bool:
    """Whether a reader tells of harm to one of these before all are at an end."""
    deadline = time.monotonic() + unhurried(30)
    while time.monotonic() < deadline:
        found = [it for it in (await scene.look()).documents if it.id in documents]
        if any(part.work.tries for it in found for part in it.parts):
            return True
        if all(it.is_final for it in found):
            return False
        await asyncio.sleep(0.1)
    return False


async def file_gone(scene: Scene) -> None:
    """E3: the file is gone; the document fails, and nobody with it."""
    await _failed(scene, Code.BLOB_MISSING, remove_blob)


async def store_slow_or_silent(scene: Scene) -> None:
    """E4: a kilobyte a second, then silence: it counts as down, and no thread waits for ever."""
    settings = {"DOCSTAGE_WORKERS": "2"}
    toxics: list[Bandwidth | Swallow] = [Bandwidth(1000, Way.TO_CLIENT), Swallow(Way.TO_CLIENT)]
    async with between(scene, "blobs", "ocr", settings=settings, options={"timeout": "1"}) as proxy:
        for toxic in toxics:
            proxy.toxics = [toxic]
            await scene.driver.upload_all(_large(4))
            await asyncio.to_thread(toxic.fired.wait, unhurried(30))
            await asyncio.sleep(3.0)
            proxy.toxics = []
        await scene.finished()
        for document in scene.evidence.documents:
            scene.require(document.state in _SETTLED, f"{document.state.value}", document.id)
            scene.require(attempts(document) <= 1, "slowness cost an attempt", document.id)
        happened = all(it.fired.is_set() for it in toxics)
        scene.require(happened, "nothing was read while it was slow, or silent")


def _large(count: int) -> list[File]:
    """Files that take a quarter of a minute by the kilobyte."""
    ballast = b"\n%" + b"x" * 15_000
    return [File(it.name, it.content + ballast) for it in invoices(count)]


_TWO_TRIES = {"ocr": Launch(settings={"DOCSTAGE_MAX_ATTEMPTS": "2"})}

ROWS = (
    Row("E1", "blob store away, or not mounted, for a while",
        blobs_away, "outages for free", frozenset({"row"}), is_fast=True),
    Row("E2a", "a stored file has another bit, or is too short",
        file_damaged, "checksums", frozenset({"row"}), launches=_TWO_TRIES),
    Row("E2b", "a file is damaged, or breaks off, on its way",
        file_damaged_on_its_way, "checksums", frozenset({"row", "V3"}), engines=("rabbitmq",)),
    Row("E3", "a stored file is gone",
        file_gone, "missing for good", frozenset({"row", "V3"})),
    Row("E4", "blob store sends 1 kB/s, or nothing",
        store_slow_or_silent, "paced transfers", frozenset({"row", "V3"}), engines=("rabbitmq",)),
)  # fmt: skip
