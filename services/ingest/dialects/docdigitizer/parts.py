"""The first file of a form, and what its sender says of it."""

from pathlib import PurePath

from aiohttp import BodyPartReader, hdrs

from services.ingest.doors.upload import Form
from services.ingest.spool import RefusedFile, SpooledFile
from shared.errors import Code, Permanent

MEDIA_TYPES = ("application/pdf", "image/jpeg", "image/png", "image/tiff")
_ALIASES = {"image/jpg": "image/jpeg", "image/pjpeg": "image/jpeg"}
_UNSAID = frozenset({"", "application/octet-stream"})
_BY_EXTENSION = {
    ".pdf": "application/pdf",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".tif": "image/tiff",
    ".tiff": "image/tiff",
}


class FirstFile:
    """Checks what the part of the one file that counts says of itself."""

    def __init__(self) -> None:
        self.media_type: str | None = None

    def check(self, part: BodyPartReader) -> None:
        """Note the media type; raises ``Permanent(FILE_TYPE_NOT_SUPPORTED)``."""
        declared = part.headers.get(hdrs.CONTENT_TYPE, "")
        self.media_type = media_type(declared, part.filename or "")

    def taken_from(self, form: Form) -> SpooledFile:
        """The file, if it came in whole and is what it says.

        Raises ``Permanent``: BAD_REQUEST without a file, INCOHERENT_DATA for one that is
        empty or of another type than it says, and what the spool raised.
        """
        if not form.files:
            raise Permanent(Code.BAD_REQUEST, "There is no file in the form.")
        first = form.files[0]
        if isinstance(first, RefusedFile):
            content = first.error.code is Code.FILE_TYPE_NOT_SUPPORTED
            if content and self.media_type is not None:
                raise self._incoherent()
            raise first.error
        if first.media_type != self.media_type:
            raise self._incoherent()
        return first

    def _incoherent(self) -> Permanent:
        return Permanent(Code.INCOHERENT_DATA, f"The content is not {self.media_type}.")


def media_type(declared: str, name: str) -> str:
    """The type that is declared or, where none is, that the name's extension says.

    Raises ``Permanent(FILE_TYPE_NOT_SUPPORTED)`` for any but the four that are taken.
    """
    said = declared.partition(";")[0].strip().lower()
    known = _BY_EXTENSION.get(PurePath(name).suffix.lower()) if said in _UNSAID else said
    found = _ALIASES.get(known, known) if known is not None else None
    if found not in MEDIA_TYPES:
        raise Permanent(Code.FILE_TYPE_NOT_SUPPORTED)
    return found
