"""A stage that gets more processes and fewer while documents keep coming."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from tests.e2e.api import FINAL, Api
from tests.samples.invoices import Invoice, invoice_pdf
from tests.samples.receipts import receipt_jpeg

IN_FLIGHT = 10
EVENTS = 5
_STEPS = {"ocr": "read", "extract": "extract"}


class Flow:
    """Documents one after the other, so that some are always under way."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self.sent: list[str] = []
        self.final: dict[str, dict[str, Any]] = {}
        self._workers = {stage: Counter[str]() for stage in _STEPS}
        self._counted: set[str] = set()

    async def run(self) -> None:
        """Send until cancelled."""
        while True:
            if len(self.sent) - len(self.final) < IN_FLIGHT:
                await self._send(len(self.sent))
            else:
                await self._look()

    async def until(self, check: Callable[[], Awaitable[bool]], seconds: float = 240) -> None:
        """Wait, while documents flow, until ``check`` (asynchronous) says yes."""
        async with asyncio.timeout(seconds):
            while not await check():
                await asyncio.sleep(0.2)

    async def end(self) -> list[dict[str, Any]]:
        """All that were sent, once each is final."""
        return [await self._api.finished(it, seconds=240) for it in self.sent]

    async def workers(self) -> dict[str, Counter[str]]:
        """By stage, how many tries each worker has ended, of the documents that are final."""
        for identity in self.final.keys() - self._counted:
            rows = (await self._api.get(f"/api/v1/documents/{identity}/timeline"))["rows"]
            for stage, step in _STEPS.items():
                self._workers[stage].update(it["worker"] for it in rows if it["step"] == step)
            self._counted.add(identity)
        return self._workers

    async def _send(self, number: int) -> None:
        if number % 5:
            content, name = invoice_pdf(Invoice(number=f"scale-{number}")), f"{number}.pdf"
        else:
            content, name = receipt_jpeg(seed=number), f"{number}.jpg"
        self.sent.append((await self._api.upload(content, name))["id"])

    async def _look(self) -> None:
        for identity in self.sent:
            if identity not in self.final:
                document = await self._api.document(identity)
                if document["state"] in FINAL:
                    self.final[identity] = document
                    return
        await asyncio.sleep(0.1)


@contextlib.asynccontextmanager
async def flowing(api: Api) -> AsyncIterator[Flow]:
    """Documents flow for as long as the block runs."""
    flow = Flow(api)
    task = asyncio.create_task(flow.run())
    try:
        yield flow
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def each_was_done_once(api: Api, documents: list[dict[str, Any]]) -> None:
    """Nothing is lost, told twice or made twice; no worker's try was in vain."""
    for document in documents:
        assert document["state"] in {"ready", "needs_review"}, document
        assert document["sequence"] == EVENTS, "an event was told twice"
        assert (document["revision"], document["pages_done"]) == (1, 1)
        path = f"/api/v1/documents/{document['id']}"
        assert len((await api.get(f"{path}/extractions"))["extractions"]) == 1
        rows = (await api.get(f"{path}/timeline"))["rows"]
        done = [it["step"] for it in rows if it["outcome"] == "done"]
        assert (done.count("read"), done.count("extract")) == (1, 1)
        assert not [it for it in rows if it["outcome"] in {"failed", "lost"}], rows
