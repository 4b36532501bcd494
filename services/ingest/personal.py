"""What is made of a document for who must not know whose it is, and the photo of who it is of.

Made at the first request while one waits.
"""

from shared.blobs import keys
from shared.blobs.port import BlobInfo, Blobs
from shared.broker.topology import PERSONAL_QUEUE
from shared.errors import Code, Permanent
from shared.models.document import Document
from shared.models.messages import PersonalMessage
from shared.stages.disclosure import disclosure_of
from shared.stages.on_demand import OnDemand
from shared.store.port import Store


class Redacted:
    """Redacted PDF files as stored by the ocr service, which is asked for those missing."""

    def __init__(self, store: Store, blobs: Blobs, on_demand: OnDemand) -> None:
        self._store = store
        self._blobs = blobs
        self._on_demand = on_demand

    async def get(self, document: Document) -> BlobInfo:
        """Where the redacted PDF of a document is, all pages of which have been read.

        Another one after each review that changes what is personal.
        Raises ``Permanent``: ``NOT_READY`` before its fields are found, ``ARTIFACT_FAILED``
        when it cannot be made or its type has no personal fields; ``Transient``:
        ``ARTIFACT_PENDING`` when it is not made in time, ``DEPENDENCY_DOWN``.
        """
        digest = (await disclosure_of(self._store, document)).digest
        place = (document.organization, document.id, document.revision)
        key = keys.redacted_key(*place, digest)
        info = await self._blobs.info(key) or await _made(self._on_demand, document, key)
        if not info.size:
            raise Permanent(Code.ARTIFACT_FAILED)
        return info


class HeadShots:
    """Photos of people as stored by the ocr service, which is asked for those missing."""

    def __init__(self, blobs: Blobs, on_demand: OnDemand) -> None:
        self._blobs = blobs
        self._on_demand = on_demand

    async def get(self, document: Document) -> bytes | None:
        """The photo on a document, all pages of which have been read, as JPEG; ``None``: no photo.

        Raises ``Transient``: ``ARTIFACT_PENDING`` when it is not looked for in time,
        ``DEPENDENCY_DOWN``.
        """
        key = keys.head_shot_key(document.organization, document.id, document.revision)
        info = await self._blobs.info(key) or await _made(self._on_demand, document, key)
        return await self._blobs.get(key) if info.size else None


async def _made(on_demand: OnDemand, document: Document, key: str) -> BlobInfo:
    is_photo = key.endswith(".jpg")
    asked = PersonalMessage(
        organization=document.organization,
        document=document.id,
        revision=document.revision,
        what="head_shot" if is_photo else "redacted",
    )
    return await on_demand.made(key, PERSONAL_QUEUE, asked, Code.ARTIFACT_PENDING)
