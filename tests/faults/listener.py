"""A webhook receiver that writes down what it got, before it answers."""

import base64
import json
import os
from collections.abc import Callable
from pathlib import Path

from aiohttp import web

from tests.e2e.receiver import Received, Receiver
from tests.faults.evidence import Receipt

Answer = Callable[[Receipt], int]
"""Which status a call is answered with."""


def content(_: Receipt) -> int:
    """Always 204."""
    return 204


class Listener(Receiver):
    """Answers as ``answer`` says; its journal is JSON lines, synced to disk."""

    def __init__(self, journal: Path, answer: Answer = content) -> None:
        super().__init__()
        self.answer = answer
        self._journal = journal
        self._file = journal.open("ab", buffering=0)

    def receipts(self) -> list[Receipt]:
        """All calls so far, of the journal."""
        lines = self._journal.read_text().splitlines()
        found = [json.loads(line) for line in lines]
        return [Receipt(**{**it, "body": base64.b64decode(it["body"])}) for it in found]

    async def stop(self) -> None:
        """Listen no more."""
        await super().stop()
        self._file.close()

    async def _take(self, request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        receipt = Receipt(
            path=request.path,
            webhook_id=headers.get("webhook-id", ""),
            timestamp=headers.get("webhook-timestamp", ""),
            signature=headers.get("webhook-signature", ""),
            body=await request.read(),
        )
        self.received.append(Received(headers, receipt.body))
        status = self.answers.pop(0) if self.answers else self.answer(receipt)
        self._note(receipt, status)
        return web.Response(status=status)

    def _note(self, receipt: Receipt, status: int) -> None:
        line = {
            "path": receipt.path,
            "webhook_id": receipt.webhook_id,
            "timestamp": receipt.timestamp,
            "signature": receipt.signature,
            "body": base64.b64encode(receipt.body).decode(),
            "status": status,
        }
        self._file.write(json.dumps(line).encode() + b"\n")
        os.fsync(self._file.fileno())
