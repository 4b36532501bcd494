"""Kill -9 and ordered stops of ``docstage up``: every accepted document finishes, once."""

import asyncio
from pathlib import Path

import pytest

from tests.e2e import scenarios
from tests.e2e.api import Api
from tests.e2e.embedded import Up
from tests.samples.invoices import Invoice, invoice_pdf

pytestmark = pytest.mark.slow

DOCUMENTS = 50
EVENTS = 5


async def _upload_many(up: Up) -> list[str]:
    async with Api(up.url, up.key) as api:
        ids = []
        for start in range(0, DOCUMENTS, 10):
            batch = range(start, start + 10)
            uploads = (
                api.upload(invoice_pdf(Invoice(number=f"K-{number:04d}")), f"{number}.pdf")
                for number in batch
            )
            ids += [document["id"] for document in await asyncio.gather(*uploads)]
        return ids


async def _assert_each_finished_once(up: Up, ids: list[str]) -> None:
    async with Api(up.url, up.key) as api:
        for identity in ids:
            document = await api.finished(identity)
            assert document["state"] in ("ready", "needs_review"), document
            assert document["sequence"] == EVENTS, "an event was told twice"
            assert document["revision"] == 1
        listed = []
        page = await api.get("/api/v1/documents", maxRetrieve=100)
        listed += [it["id"] for it in page["documents"]]
        assert sorted(listed) == sorted(ids)


async def test_kill_with_fifty_documents_under_way(tmp_path: Path) -> None:
    with Up(tmp_path / "data") as up:
        ids = await _upload_many(up)
        up.kill()
        up.start()
        await _assert_each_finished_once(up, ids)


async def test_stop_with_documents_under_way_exits_0_and_loses_nothing(tmp_path: Path) -> None:
    with Up(tmp_path / "data") as up:
        ids = await _upload_many(up)
        assert up.stop() == 0
        up.start()
        await _assert_each_finished_once(up, ids)


async def test_kill_while_a_file_is_fetched(tmp_path: Path) -> None:
    with Up(tmp_path / "data") as up:

        async def restart() -> None:
            up.kill()
            await asyncio.to_thread(up.start)

        async with Api(up.url, up.key) as api:
            await scenarios.a_fetch_outlives_its_process(api, restart)
