"""The fetch stage: a URL's file comes through the same door as an upload, later."""

from pathlib import PurePosixPath

from services.ingest.duplicates import Duplicates
from services.ingest.names import UNNAMED, display_name
from services.ingest.spool import Spool, SpooledFile
from shared.blobs.keys import document_prefix, fetched_key
from shared.blobs.port import Blobs
from shared.errors import Code, Permanent, Quota, Transient
from shared.http.downloads import Download, Downloads
from shared.models.document import Document
from shared.models.work import StageName
from shared.stages.fetching import Fetched
from shared.stages.job import JobContext
from shared.store.collections import DOCUMENTS
from shared.store.port import Store, Tenant
from shared.telemetry.metrics import IntakeMetrics


class FetchStage:
    """Fetches one file: to the spool while it is hashed, then to the blobs."""

    name = StageName.FETCH

    def __init__(
        self,
        downloads: Downloads,
        spool: Spool,
        blobs: Blobs,
        store: Store,
        metrics: IntakeMetrics,
    ) -> None:
        self._downloads = downloads
        self._spool = spool
        self._blobs = blobs
        self._store = store
        self._metrics = metrics
        self._duplicates = Duplicates(store)

    async def run(self, record: Document, context: JobContext[Document]) -> Fetched:
        """Fetch the document's file.

        Raises what ``Downloads.open``, ``Spool.take`` and ``Duplicates.claim`` raise; a spool
        without room is ``Transient``, as nobody is there to come back later.
        """
        if record.source is None:
            raise Permanent(Code.BLOB_MISSING)
        file = await self._spooled(record, record.source.url)
        try:
            await context.reach("fetched")
            twin = await self._duplicates.claim(record, file.sha256)
            blob = fetched_key(record.organization, record.id, file.sha256)
            await self._blobs.put_file(blob, file.path, file.media_type)
            await context.reach("stored")
        finally:
            file.discard()
        await self._forget_if_gone(record)
        self._metrics.fetched(file.size)
        return Fetched(file.name, file.media_type, file.size, file.sha256, blob, twin)

    async def _spooled(self, record: Document, url: str) -> SpooledFile:
        try:
            async with self._downloads.open(url) as download:
                name = _name(download, record)
                return await self._spool.take(name, download.chunks())
        except Quota as error:
            raise Transient(error.code, error.detail, retry_after=error.retry_after) from None

    async def _forget_if_gone(self, record: Document) -> None:
        """Who deleted the document meanwhile deleted all files that were there then."""
        documents = self._store.of(Tenant(record.organization), DOCUMENTS)
        if await documents.get(record.id) is None:
            await self._blobs.delete_all(document_prefix(record.organization, record.id))


def _name(download: Download, record: Document) -> str:
    """What the server says; else the end of either URL's path, the one that looks a file's."""
    if download.given_name:
        return download.given_name
    found = display_name(download.url_name)
    is_better = bool(PurePosixPath(found).suffix) or record.name == UNNAMED
    return found if found != UNNAMED and is_better else record.name
