"""The picture of a page, drawn at the first look while one waits."""

import asyncio

from shared.blobs import keys
from shared.blobs.port import Blobs
from shared.broker.port import Broker, Message
from shared.broker.topology import PREVIEWS_QUEUE
from shared.errors import Code, DocstageError, Permanent, Transient
from shared.models.document import Document
from shared.models.ids import new_id
from shared.models.messages import PreviewMessage

PATIENCE = 10.0
"""Seconds that one waits for a page to be drawn."""

_FIRST_PAUSE, _LONGEST_PAUSE, _GROWTH = 0.02, 0.5, 1.5


class Previews:
    """Previews as stored by the ocr service, which is asked for those that are missing."""

    def __init__(self, blobs: Blobs, broker: Broker, patience: float) -> None:
        self._blobs = blobs
        self._broker = broker
        self._patience = patience

    async def get(self, document: Document, number: int) -> bytes:
        """The page as JPEG; ``number`` counts from 0.

        Raises ``Permanent``: ``BLOB_MISSING`` for a page that has not been read,
        ``PREVIEW_FAILED`` for one that cannot be drawn; ``Transient``: ``PREVIEW_PENDING``
        when it is not drawn in time, ``DEPENDENCY_DOWN``.
        """
        place = (document.organization, document.id, document.revision, number)
        picture = await self._stored(keys.preview_key(*place))
        if picture is None:
            if await self._blobs.info(keys.page_key(*place)) is None:
                raise Permanent(Code.BLOB_MISSING)
            await self._ask(document, number)
            picture = await self._wait(keys.preview_key(*place))
        if not picture:
            raise Permanent(Code.PREVIEW_FAILED)
        return picture

    async def _ask(self, document: Document, number: int) -> None:
        asked = PreviewMessage(
            organization=document.organization,
            document=document.id,
            revision=document.revision,
            first=number,
            last=number + 1,
        )
        message = Message(new_id(), asked.model_dump_json().encode())
        await self._broker.send(PREVIEWS_QUEUE, message)

    async def _wait(self, key: str) -> bytes:
        pause = _FIRST_PAUSE
        try:
            async with asyncio.timeout(self._patience):
                while (picture := await self._stored(key)) is None:
                    await asyncio.sleep(pause)
                    pause = min(_GROWTH * pause, _LONGEST_PAUSE)
        except TimeoutError:
            raise Transient(Code.PREVIEW_PENDING) from None
        return picture

    async def _stored(self, key: str) -> bytes | None:
        try:
            return await self._blobs.get(key)
        except DocstageError as error:
            if error.code is not Code.BLOB_MISSING:
                raise
            return None
