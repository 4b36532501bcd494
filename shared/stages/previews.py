"""The picture of a page, drawn at the first look while one waits."""

from typing import NamedTuple

from shared.blobs import keys
from shared.blobs.port import Blobs
from shared.broker.topology import PREVIEWS_QUEUE
from shared.errors import Code, DocstageError, Permanent
from shared.models.messages import PreviewMessage
from shared.models.pictures import PictureSize
from shared.stages.on_demand import OnDemand


class PagePlace(NamedTuple):
    """A page of a document in a revision; ``number`` counts from 0."""

    organization: str
    document: str
    revision: int
    number: int


class Previews:
    """Previews as stored by the ocr service, which is asked for those that are missing."""

    def __init__(self, blobs: Blobs, on_demand: OnDemand) -> None:
        self._blobs = blobs
        self._on_demand = on_demand

    async def get(self, place: PagePlace, size: PictureSize = PictureSize.NORMAL) -> bytes:
        """The page as WebP.

        Raises ``Permanent``: ``BLOB_MISSING`` for a page that has not been read,
        ``PREVIEW_FAILED`` for one that cannot be drawn; ``Transient``: ``PREVIEW_PENDING``
        when it is not drawn in time, ``DEPENDENCY_DOWN``.
        """
        key = keys.preview_key(*place, size)
        picture = await self._stored(key)
        if picture is None:
            if await self._blobs.info(keys.page_key(*place)) is None:
                raise Permanent(Code.BLOB_MISSING)
            asked = PreviewMessage(
                organization=place.organization,
                document=place.document,
                revision=place.revision,
                first=place.number,
                last=place.number + 1,
                size=size,
            )
            await self._on_demand.made(key, PREVIEWS_QUEUE, asked, Code.PREVIEW_PENDING)
            picture = await self._blobs.get(key)
        if not picture:
            raise Permanent(Code.PREVIEW_FAILED)
        return picture

    async def _stored(self, key: str) -> bytes | None:
        try:
            return await self._blobs.get(key)
        except DocstageError as error:
            if error.code is not Code.BLOB_MISSING:
                raise
            return None
