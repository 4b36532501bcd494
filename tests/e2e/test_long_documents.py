"""A long scan, killed on the way: pages are checkpoints, whoever dies."""

import asyncio
import os
import re
import signal
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from tests.e2e.api import FINAL, Api
from tests.e2e.embedded import Up
from tests.samples.scans import scan_file, scanned_pages

pytestmark = pytest.mark.slow

PAGES = 24
PATIENCE = 120.0


def _stored(up: Up) -> dict[int, tuple[int, int]]:
    """When each page was written, and as which file."""
    found = {}
    for path in (up.data / "blobs").rglob("pages/**/*"):
        if path.is_file() and (number := re.search(r"(\d+)\D*$", path.name)):
            state = path.stat()
            found[int(number[1])] = (state.st_mtime_ns, state.st_ino)
    return found


async def _until(check: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not check():
            await asyncio.sleep(0.02)


def _kill_readers(up: Up) -> None:
    for child in psutil.Process(up.pid).children(recursive=True):
        if "shared.compute.child" in child.cmdline():
            os.kill(child.pid, signal.SIGKILL)


def _unchanged(before: dict[int, tuple[int, int]], after: dict[int, tuple[int, int]]) -> bool:
    return before == {number: after[number] for number in before}


async def test_pages_read_before_a_kill_are_not_read_again(tmp_path: Path) -> None:
    """First the readers are killed, then the server with all its processes."""
    scan = scan_file(scanned_pages(PAGES, lines=4, words=5))
    environment = {"DOCSTAGE_OCR_ENGINE": "fast", "DOCSTAGE_WORKERS": "2"}
    with Up(tmp_path / "data", **environment) as up:
        async with Api(up.url, up.key) as api:
            document = (await api.upload(scan, "scan.pdf"))["id"]
            await _until(lambda: len(_stored(up)) >= PAGES // 4)
            first = _stored(up)
            _kill_readers(up)
            await _until(lambda: len(_stored(up)) >= PAGES // 2)
        up.kill()
        second = _stored(up)
        assert len(second) < PAGES, "it was killed on the way"
        await asyncio.to_thread(up.start)
        seen: set[int] = set()
        async with Api(up.url, up.key) as api, asyncio.timeout(PATIENCE):
            while (now := await api.document(document))["state"] not in FINAL:
                seen.add(now["pages_done"])
                await asyncio.sleep(0.05)
            _, _, text = await api.content(f"/api/v1/documents/{document}/text")
        last = _stored(up)
    assert now["state"] in ("ready", "needs_review"), now
    assert (now["pages"], now["pages_done"], len(last)) == (PAGES, PAGES, PAGES)
    assert not [it for it in now["warnings"] if "could not be read" in it]
    assert _unchanged(first, last)
    assert _unchanged(second, last)
    assert len(seen) > 2, "progress shows while it is read"
    named = [re.search(r"Page (\d+) of a", page) for page in text.decode().split("\f")]
    told = {place: int(it[1]) for place, it in enumerate(named, start=1) if it}
    assert len(told) > PAGES // 2
    assert all(place == number for place, number in told.items()), told
