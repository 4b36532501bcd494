"""A client that uploads and never forgets: each try and each answer goes into the journal.

It behaves as clients should: one Idempotency-Key per upload, chosen by itself, and the same
again until somebody answers with a promise or a refusal.
"""

import asyncio
import hashlib
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from uuid import uuid4

import aiohttp

from tests.e2e.api import Api
from tests.faults.evidence import Upload
from tests.faults.journal import Journal
from tests.samples.invoices import Invoice, invoice_pdf

PATH = "/api/v1/documents"
PAUSE = 0.3
"""Seconds before the next try, where the answer names none."""
LONGEST_PAUSE = 2.0
_TRY_AGAIN = frozenset({408, 429, 500, 502, 503, 504, 507})


@dataclass(frozen=True, slots=True)
class File:
    """Something to send."""

    name: str
    content: bytes

    @property
    def sha256(self) -> str:
        """In hex."""
        return hashlib.sha256(self.content).hexdigest()


def invoices(count: int) -> list[File]:
    """Files that are cheap to read and differ in their bytes."""
    batch = uuid4().hex[:8]
    numbers = [f"{batch}-{number}" for number in range(count)]
    return [File(f"{it}.pdf", invoice_pdf(Invoice(number=it))) for it in numbers]


class Driver:
    """Sends files on behalf of one key. ``patience`` is in seconds, for each upload."""

    def __init__(self, api: Api, journal: Journal, patience: float = 60.0) -> None:
        self._api = api
        self._journal = journal
        self._patience = patience

    async def upload_all(
        self, files: Iterable[File], at_once: int = 8, *, persist: bool = True
    ) -> list[str | None]:
        """Upload files side by side; see ``upload``."""
        gate = asyncio.Semaphore(at_once)

        async def one(file: File) -> str | None:
            async with gate:
                return await self.upload(file, persist=persist)

        return await asyncio.gather(*(one(file) for file in files))

    async def upload(
        self, file: File, key: str | None = None, *, persist: bool = True, **fields: str
    ) -> str | None:
        """Send a file until it is accepted or refused; its document, or ``None``.

        Unless it is to ``persist``, it is sent once.
        """
        upload = Upload(key=key or uuid4().hex, sha256=file.sha256)
        return await self._persist(
            upload, file.name, lambda: self._send(file, upload, fields), persist=persist
        )

    async def submit_url(self, url: str, *, persist: bool = True) -> str | None:
        """The same for a URL that is to be fetched."""
        upload = Upload(key=uuid4().hex, sha256=None, url=url)

        async def send() -> Upload:
            body, headers = {"url": url}, {"Idempotency-Key": upload.key or ""}
            async with self._api.session.post(PATH, json=body, headers=headers) as answer:
                return await _answered(upload, answer)

        return await self._persist(upload, url, send, persist=persist)

    async def _persist(
        self, upload: Upload, name: str, send: Callable[[], Awaitable[Upload]], *, persist: bool
    ) -> str | None:
        deadline = time.monotonic() + self._patience
        while True:
            told = await self._try(upload, name, send)
            is_over = told is not None and told.status not in _TRY_AGAIN
            if is_over or not persist or time.monotonic() > deadline:
                return told.document if told is not None else None
            await asyncio.sleep(PAUSE)

    async def _try(
        self, upload: Upload, name: str, send: Callable[[], Awaitable[Upload]]
    ) -> Upload | None:
        """One try; ``None`` if no answer came."""
        self._journal.attempted(upload, name)
        try:
            told = await send()
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            self._journal.silent(upload, type(error).__name__)
            return None
        self._journal.answered(told)
        return told

    async def _send(self, file: File, upload: Upload, fields: dict[str, str]) -> Upload:
        form = aiohttp.FormData(fields)
        form.add_field("files", file.content, filename=file.name)
        headers = {"Idempotency-Key": upload.key or ""}
        async with self._api.session.post(PATH, data=form, headers=headers) as answer:
            return await _answered(upload, answer)


async def _answered(upload: Upload, answer: aiohttp.ClientResponse) -> Upload:
    body = await answer.json()
    documents: Sequence[dict[str, str]] = body.get("documents", [])
    with suppress(IndexError, KeyError):
        return replace(upload, status=answer.status, document=documents[0]["id"])
    return replace(upload, status=answer.status)
