"""Signed links to what a document has: good for a while, for whoever holds them."""

from datetime import datetime, timedelta

from services.ingest.dialects.affinda.context import V3
from shared.http.links import LinkSigner
from shared.models.document import Document

PDF = "application/pdf"
FILES_FOR, REVIEW_FOR = timedelta(hours=24), timedelta(minutes=60)


class DocumentLinks:
    """Writes the links of documents for a caller who reaches us at ``base``."""

    def __init__(self, signer: LinkSigner, base: str, now: datetime) -> None:
        self._signer = signer
        self._base = base
        self._now = now

    def file(self, document: Document) -> str | None:
        """The file as it came in, where it is there."""
        return self._file(document, "file") if document.has_file and document.blob else None

    def pdf(self, document: Document) -> str | None:
        """The document as PDF, where it is one or can be made one."""
        is_pdf = document.media_type == PDF and document.has_file
        return self._file(document, "pdf") if is_pdf or _is_drawable(document) else None

    def image(self, document: Document, number: int) -> str | None:
        """The picture of a page (counted from 0)."""
        return self._file(document, f"pages/{number}") if document.has_file else None

    def email(self, document: Document) -> str | None:
        """The message that it came with, where that was one document's container."""
        if document.source_email is None or document.parent is None:
            return None
        path = f"{V3}/documents/{document.parent}/content/file"
        return self._base + self._signer.sign(path, self._now + FILES_FOR)

    def review(self, document: Document) -> str | None:
        """Where a person can look it over."""
        if not document.is_final:
            return None
        return self._base + self._signer.sign(f"/review/{document.id}", self._now + REVIEW_FOR)

    def _file(self, document: Document, what: str) -> str:
        path = f"{V3}/documents/{document.id}/content/{what}"
        return self._base + self._signer.sign(path, self._now + FILES_FOR)


def _is_drawable(document: Document) -> bool:
    return document.has_file and document.is_read and not document.is_linked
