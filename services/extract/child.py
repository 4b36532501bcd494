"""What the extract stage's child process runs: bytes from the blob store in, fields out."""

from services.extract.contract import ExtractRequest, ExtractResult
from services.extract.engine import extract
from shared.models.embedded import Embedded
from shared.models.extraction import ExtractionMode
from shared.models.page import Page
from shared.models.schema import Schema


def extract_stored(  # noqa: PLR0913, PLR0917 - the stage's whole knowledge, as it travels
    pages: list[bytes],
    embedded: bytes | None,
    requested_type: str | None,
    schemas: list[bytes],
    review_threshold: float,
    mode: str,
) -> ExtractResult:
    """Extract from pages and embedded data as stored in JSON."""
    return extract(
        ExtractRequest(
            pages=[Page.model_validate_json(page) for page in pages],
            embedded=Embedded.model_validate_json(embedded) if embedded else Embedded(),
            requested_type=requested_type,
            schemas=[Schema.model_validate_json(schema) for schema in schemas],
            review_threshold=review_threshold,
            mode=ExtractionMode(mode),
        )
    )


def warm() -> None:
    """Load what extraction needs, so that the first document does not wait for it."""
    blank = Page(number=0, width=100.0, height=100.0)
    extract(ExtractRequest(pages=[blank]))
