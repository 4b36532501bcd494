"""The body of a notification: thin, stable, with the fields where they are small."""

import json
from typing import Any

from shared.models.document import Document, Event
from shared.models.extraction import Extraction
from shared.models.time import to_iso

MAX_FIELDS_BYTES = 16 * 1024
"""Fields larger than this are left out; the receiver follows ``links.self``."""


def render(event: Event, document: Document, extraction: Extraction | None) -> str:
    """The JSON text that is stored, signed and sent.

    ``{"type", "timestamp", "data"}`` as Standard Webhooks recommends; ``data.document``
    tells of the document as it stood when the delivery was made, ``sequence`` its order.
    """
    data: dict[str, Any] = {
        "event_id": event.id,
        "sequence": event.sequence,
        "document": _document(document),
    }
    fields = _fields(extraction)
    if fields is not None:
        data["document"]["fields"] = fields
    body = {"type": event.name.value, "timestamp": to_iso(event.at), "data": data}
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def _document(document: Document) -> dict[str, Any]:
    return {
        "id": document.id,
        "name": document.name,
        "state": document.state.value,
        "type": document.type.model_dump(mode="json") if document.type else None,
        "workspace": document.workspace,
        "reference": document.reference,
        "parent": document.parent,
        "container": document.container.kind.value if document.container else None,
        "metadata": document.metadata,
        "pages": document.pages,
        "error": document.error.model_dump(mode="json") if document.error else None,
        "review": document.review.model_dump(mode="json"),
        "links": {"self": f"/api/v1/documents/{document.id}"},
    }


def _fields(extraction: Extraction | None) -> dict[str, Any] | None:
    if extraction is None:
        return None
    current = extraction.copy_with(fields=extraction.current_fields)
    fields: dict[str, Any] = current.model_dump(mode="json", include={"fields"})["fields"]
    small = len(json.dumps(fields)) <= MAX_FIELDS_BYTES
    return fields if small else None
