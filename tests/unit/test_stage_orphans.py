"""Files without a record are told of, and removed after a grace; others never."""

import os
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from stage_bench import ACME, OTHER, Bench

from shared.blobs import keys
from shared.blobs.folder import FolderBlobs
from shared.errors import Transient
from shared.models.ids import derived_id, new_id
from shared.stages.orphans import OrphanReport, Orphans

HOUR = timedelta(hours=1)


@pytest.fixture
async def blobs(tmp_path: Path) -> AsyncIterator[FolderBlobs]:
    store = FolderBlobs(tmp_path / "blobs")
    await store.open()
    yield store
    await store.close()


async def store_files(blobs: FolderBlobs, root: Path, document: str, age: timedelta) -> None:
    place = ACME.organization, document
    for key in (keys.original_key(*place), keys.page_key(*place, 1, 0)):
        await blobs.put(key, b"x", "application/pdf")
        path = root / "blobs" / "files" / key
        when = path.stat().st_mtime - age.total_seconds()
        os.utime(path, (when, when))


def orphans(bench: Bench, blobs: FolderBlobs, grace: timedelta = HOUR) -> Orphans:
    return Orphans(bench.runtime, blobs, grace, lambda _: None)


async def test_only_what_is_old_and_has_no_record_goes(
    bench: Bench, blobs: FolderBlobs, tmp_path: Path
) -> None:
    kept = [(await bench.accept()).id for _ in range(3)]
    lost = [new_id(), derived_id("child", "of somebody")]
    young, under_way = new_id(), new_id()
    for document in [*kept, *lost]:
        await store_files(blobs, tmp_path, document, 2 * HOUR)
    await store_files(blobs, tmp_path, young, HOUR / 2)
    await store_files(blobs, tmp_path, under_way, timedelta())
    await blobs.put(f"{ACME.organization}/avatar/0f", b"x", "image/png")
    await blobs.put(f"{OTHER.organization}/{kept[0]}/original", b"x", "application/pdf")
    assert await orphans(bench, blobs).step() == OrphanReport(found=3, removed=2)
    left = {it.key.split("/")[1] for it in await blobs.list(f"{ACME.organization}/")}
    assert left == {*kept, young, under_way, "avatar"}
    assert await orphans(bench, blobs).step() == OrphanReport(found=1, removed=0)


async def test_another_organizations_record_keeps_nothing(
    bench: Bench, blobs: FolderBlobs, tmp_path: Path
) -> None:
    theirs = await bench.accept(OTHER)
    await store_files(blobs, tmp_path, theirs.id, 2 * HOUR)
    assert await orphans(bench, blobs).step() == OrphanReport(found=1, removed=1)


async def test_each_look_is_reported(bench: Bench, blobs: FolderBlobs, tmp_path: Path) -> None:
    await store_files(blobs, tmp_path, new_id(), 2 * HOUR)
    told: list[OrphanReport] = []
    look = Orphans(bench.runtime, blobs, 9 * HOUR, told.append)
    await look.run()
    await look.run()
    assert told == [OrphanReport(found=1, removed=0)] * 2


async def test_a_store_that_does_not_answer_loses_no_file(
    bench: Bench, blobs: FolderBlobs, tmp_path: Path
) -> None:
    await store_files(blobs, tmp_path, new_id(), 2 * HOUR)
    await bench.runtime.store.close()
    with pytest.raises(Transient):
        await orphans(bench, blobs).step()
    assert len(await blobs.list(f"{ACME.organization}/")) == 2
