"""Files of documents that there are no records of: told of, and after a grace removed.

A process that dies between storing a file and its record leaves one, which is why files are
stored first; so does a store that was restored from a backup, and then the file may be all that
there is of a document: the grace is for whoever wants it back.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from shared.blobs.keys import document_prefix
from shared.blobs.port import Blobs
from shared.stages.context import Runtime
from shared.store.collections import DOCUMENTS
from shared.store.port import Tenant

BATCH = 200
SETTLING = timedelta(minutes=10)
"""Younger files may be those of an upload whose record is on its way."""

_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(slots=True)
class OrphanReport:
    """What one look found: documents without a record, and how many of them were removed."""

    found: int = 0
    removed: int = 0


class Orphans:
    """Compares what the blob store has with the records. ``report`` is told after each look."""

    def __init__(
        self,
        runtime: Runtime,
        blobs: Blobs,
        grace: timedelta,
        report: Callable[[OrphanReport], None],
    ) -> None:
        self._runtime = runtime
        self._blobs = blobs
        self._grace = grace
        self._settling = min(SETTLING, grace)
        self._report = report
        self._log = structlog.get_logger("docstage.orphans")

    async def run(self) -> None:
        """Look once, and report it."""
        self._report(await self.step())

    async def step(self) -> OrphanReport:
        """Look at everything once; raises ``Transient`` when a dependency is down."""
        report = OrphanReport()
        async for organizations in self._blobs.names(""):
            for organization in organizations:
                async for names in self._blobs.names(f"{organization}/"):
                    documents = [it for it in names if _ID.fullmatch(it)]
                    for start in range(0, len(documents), BATCH):
                        some = documents[start : start + BATCH]
                        await self._look(organization, some, report)
        if report.found:
            self._log.warning("orphans", count=report.found, removed=report.removed)
        return report

    async def _look(self, organization: str, names: Sequence[str], report: OrphanReport) -> None:
        documents = self._runtime.store.of(Tenant(organization), DOCUMENTS)
        there = {it.id for it in await documents.get_many(names)}
        now = await self._runtime.store.now()
        for name in names:
            if name in there:
                continue
            changed = await self._changed(organization, name)
            if changed is None or now - changed < self._settling:
                continue
            report.found += 1
            # Looked at again: what was on its way a moment ago may be there by now.
            if now - changed >= self._grace and await documents.get(name) is None:
                await self._blobs.delete_all(document_prefix(organization, name))
                report.removed += 1

    async def _changed(self, organization: str, name: str) -> datetime | None:
        """When the newest of its files was stored, if there are any."""
        files = await self._blobs.list(document_prefix(organization, name))
        return max((it.stored for it in files if it.stored is not None), default=None)
