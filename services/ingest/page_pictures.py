"""Pictures of pages as answers, in the size asked for."""

from aiohttp import ETag, web

from services.ingest.parts import IngestParts
from services.ingest.stored_pages import missing
from shared.errors import Code, DocstageError, Permanent
from shared.http.files import send_bytes
from shared.models.document import Document
from shared.models.pictures import PictureSize
from shared.stages.on_demand import PATIENCE, OnDemand
from shared.stages.previews import PagePlace, Previews

ASK_AGAIN = "private, no-cache"
FOR_EVER = "private, max-age=31536000, immutable"
"""For addresses that name the revision."""


class PagePictures:
    """Has those drawn that are missing, and waits for them, ``small_patience`` for small ones."""

    def __init__(self, parts: IngestParts, small_patience: float = PATIENCE) -> None:
        self._of_size = {
            size: Previews(
                parts.blobs,
                OnDemand(parts.blobs, parts.broker, min(seconds, parts.settings.wait_limit)),
            )
            for size, seconds in {
                PictureSize.SMALL: small_patience,
                PictureSize.NORMAL: PATIENCE,
                PictureSize.LARGE: PATIENCE,
            }.items()
        }

    async def answer(
        self, request: web.Request, document: Document, number: int, keep: str = ASK_AGAIN
    ) -> web.Response:
        """Page ``number``, from 0, as WebP; ``keep`` says for how long a browser may keep it.

        Raises ``Permanent``: BAD_REQUEST for a size that there is not, NOT_FOUND for no page,
        PREVIEW_FAILED; ``Transient``: PREVIEW_PENDING.
        """
        size = _size(request.query.get("size", PictureSize.NORMAL))
        tag = ETag(f"{document.id}.{document.revision}.{number}.{size.value}")
        if tag in (request.if_none_match or ()):
            answer = web.Response(status=304)
        else:
            place = PagePlace(document.organization, document.id, document.revision, number)
            try:
                picture = await self._of_size[size].get(place, size)
            except DocstageError as error:
                raise missing(error, document, number) from None
            answer = send_bytes(picture, "image/webp")
        answer.etag = tag
        answer.headers["Cache-Control"] = keep
        return answer


def _size(given: str) -> PictureSize:
    if given not in set(PictureSize):
        detail = f"size must be one of {', '.join(PictureSize)}."
        raise Permanent(Code.BAD_REQUEST, detail)
    return PictureSize(given)
