"""The routes of the pages about documents."""

from services.ingest.console.documents.actions import DocumentActions
from services.ingest.console.documents.detail import DocumentDetail
from services.ingest.console.documents.listing import DocumentListing
from services.ingest.console.page_pictures import KeptPictures
from services.ingest.console.screens import Route, Screen, of_request
from services.ingest.document_files import DocumentFiles
from services.ingest.parts import IngestParts
from shared.models.tenancy import Scope


def documents_screen(parts: IngestParts) -> Screen:
    """The list, each document, its files, and what is done to them."""
    listing, detail = DocumentListing(parts), DocumentDetail(parts)
    actions, files = DocumentActions(parts), DocumentFiles(parts)
    one = "/documents/{id}"
    return Screen(
        "documents",
        [
            Route("GET", "/documents", listing.show),
            Route("GET", "/documents/rows", listing.rows),
            Route("POST", "/documents/bulk", actions.act, Scope.WRITE),
            Route("POST", "/documents/export", actions.export),
            Route("GET", one, detail.show),
            Route("POST", one, actions.one, Scope.WRITE),
            Route("GET", f"{one}/delete", actions.ask, Scope.WRITE),
            Route("GET", f"{one}/original", of_request(files.original)),
            Route("GET", f"{one}/searchable.pdf", of_request(files.searchable)),
            Route("GET", f"{one}/text", of_request(files.text)),
            *KeptPictures(parts).routes(one),
        ],
        label="Documents",
    )
