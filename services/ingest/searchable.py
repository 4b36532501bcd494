"""The searchable PDF of a document, made at the first request while one waits."""

from shared.blobs import keys
from shared.blobs.port import BlobInfo, Blobs
from shared.broker.topology import SEARCHABLE_QUEUE
from shared.errors import Code, Permanent
from shared.models.document import Document
from shared.models.messages import SearchableMessage
from shared.stages.on_demand import OnDemand


class Searchable:
    """Searchable files as stored by the ocr service, which is asked for those that are missing."""

    def __init__(self, blobs: Blobs, on_demand: OnDemand) -> None:
        self._blobs = blobs
        self._on_demand = on_demand

    async def get(self, document: Document) -> BlobInfo:
        """Where the file of a document is, all pages of which have been read.

        Raises ``Permanent``: ``ARTIFACT_FAILED`` when it cannot be made; ``Transient``:
        ``ARTIFACT_PENDING`` when it is not made in time, ``DEPENDENCY_DOWN``.
        """
        key = keys.searchable_key(document.organization, document.id, document.revision)
        info = await self._blobs.info(key)
        if info is None:
            asked = SearchableMessage(
                organization=document.organization,
                document=document.id,
                revision=document.revision,
            )
            info = await self._on_demand.made(key, SEARCHABLE_QUEUE, asked, Code.ARTIFACT_PENDING)
        if not info.size:
            raise Permanent(Code.ARTIFACT_FAILED)
        return info
