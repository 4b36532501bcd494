"""Following documents through their states, by asking the server gently.

Whoever follows asks for a document more and more seldom while nothing happens to it, and
never for more than ``AT_A_TICK`` of them at a time: with a long queue the picture gets
older, not the server slower.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol
from urllib.parse import quote

from services.cli.client import API, ApiClient, Json
from services.cli.failures import CliError, ServerRefused
from services.cli.printable import printable
from services.cli.views import FINE_STATES, OPEN_STATES, DocumentView, document_view

TICK_SECONDS = 0.5
AT_A_TICK = 20
_AT_ONCE = 4
_FIRST_PAUSE, _LONGEST_PAUSE, _GROWTH = 0.4, 3.0, 1.4
_LIST_SECONDS = 1.0
_OVERLAP = timedelta(seconds=5)
"""Records of several gateways may come to be seen in another order than their times."""
_NOT_FOUND = 404

Filters = Mapping[str, str]


class Watcher(Protocol):
    """Is told what happens."""

    def changed(self, document: DocumentView) -> None:
        """The document is seen for the first time, or has moved on."""

    def gone(self, document: DocumentView) -> None:
        """The document was removed; this is how it was last seen."""


@dataclass(slots=True)
class _Open:
    document: DocumentView
    due: float
    pause: float = _FIRST_PAUSE


class Following:
    """The documents that are followed: some that were named, or all that come."""

    def __init__(self, client: ApiClient, watcher: Watcher) -> None:
        self._client = client
        self._watcher = watcher
        self._open: dict[str, _Open] = {}
        self._seen: dict[str, datetime] = {}
        self._newest: datetime | None = None
        self._listed = 0.0
        self._filters: Filters | None = None
        self.failed = 0

    @property
    def open(self) -> int:
        """How many documents are not final yet, as far as is known."""
        return len(self._open)

    async def take(self, identities: Iterable[str]) -> None:
        """Follow these documents; raises ``CliError`` for one that does not exist."""
        for identity in dict.fromkeys(identities):
            try:
                raw = await self._client.document(quote(identity, safe=""))
            except ServerRefused as refusal:
                if refusal.status == _NOT_FOUND:
                    raise CliError(f"There is no document {printable(identity)!r}.") from None
                raise
            self._note(document_view(raw))

    async def take_all(self, filters: Filters) -> None:
        """Follow what is not final now, and whatever comes, by filters of the list."""
        self._filters = filters
        self._newest = await self._newest_of(filters)
        found = []
        if self._newest is not None:
            found = [raw async for raw in self._rows(self._recent(self._newest, filters))]
        for raw in found:
            if document_view(raw).is_final:
                self._seen[str(raw["id"])] = _created(raw)
        for state in sorted(OPEN_STATES):
            found += [raw async for raw in self._rows({**filters, "state": state})]
        for raw in sorted(found, key=_created):
            self._first_seen(raw)

    async def step(self) -> None:
        """Look once for new documents, and at those whose turn it is."""
        now = time.monotonic()
        if self._filters is not None and now - self._listed >= _LIST_SECONDS:
            await self._find_new(self._filters)
            self._listed = now
        due = sorted((it for it in self._open.values() if it.due <= now), key=lambda it: it.due)
        room = asyncio.Semaphore(_AT_ONCE)

        async def look(document: DocumentView) -> None:
            async with room:
                await self._look(document)

        await asyncio.gather(*(look(it.document) for it in due[:AT_A_TICK]))

    async def _look(self, document: DocumentView) -> None:
        try:
            self._note(document_view(await self._client.document(document.id)))
        except ServerRefused as refusal:
            if refusal.status != _NOT_FOUND:
                raise
            del self._open[document.id]
            self.failed += 1
            self._watcher.gone(document)

    def _note(self, document: DocumentView) -> None:
        known = self._open.get(document.id)
        if known is None or _place(known.document) != _place(document):
            self._watcher.changed(document)
            pause = _FIRST_PAUSE
        else:
            pause = min(known.pause * _GROWTH, _LONGEST_PAUSE)
        if document.is_final:
            self._open.pop(document.id, None)
            self.failed += document.state not in FINE_STATES
        else:
            self._open[document.id] = _Open(document, time.monotonic() + pause, pause)

    async def _newest_of(self, filters: Filters) -> datetime | None:
        reply = await self._client.get(f"{API}/documents", {**filters, "maxRetrieve": "1"})
        rows = reply.body.get("documents", [])
        return _created(rows[0]) if rows else None

    async def _find_new(self, filters: Filters) -> None:
        query = self._recent(self._newest, filters) if self._newest else filters
        found = [raw async for raw in self._rows(query)]
        for raw in reversed(found):
            self._first_seen(raw)
        if self._newest is not None:
            oldest = self._newest - _OVERLAP
            self._seen = {it: at for it, at in self._seen.items() if at >= oldest}

    def _first_seen(self, raw: Json) -> None:
        document, created = document_view(raw), _created(raw)
        if document.id in self._seen or document.id in self._open:
            return
        self._seen[document.id] = created
        self._newest = created if self._newest is None else max(created, self._newest)
        self._note(document)

    def _recent(self, newest: datetime, filters: Filters) -> Filters:
        return {**filters, "created_after": (newest - _OVERLAP).isoformat()}

    def _rows(self, query: Filters) -> AsyncIterator[Json]:
        return self._client.rows(f"{API}/documents", "documents", query)


def _place(document: DocumentView) -> tuple[str, int, int | None]:
    return document.state, document.pages_done, document.pages


def _created(raw: Json) -> datetime:
    try:
        moment = datetime.fromisoformat(str(raw.get("created")))
    except ValueError:
        return datetime.now(UTC)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
