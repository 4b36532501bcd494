"""What a document is found by, noted on it as its extraction settles; pure functions."""

import json
from zlib import crc32

from shared.models.document import Document
from shared.models.extraction import Extraction, Field, Fields


def noted(document: Document, extraction: Extraction) -> Document:
    """The document with the state of its present fields; twice, or of others, it is as it was.

    Did the stage have the very words indexed under the name it still has, there is no more to do.
    """
    if document.extraction != extraction.id or document.revision != extraction.revision:
        return document
    fields = extraction.current_fields
    changed = document.copy_with(found=_version(extraction), confidence=least_sure(fields))
    is_fresh = extraction.reviewed is None and extraction.edited is None
    if is_fresh and extraction.indexed_as == changed.headline:
        changed = changed.copy_with(indexed=changed.index_key)
    return document if _notes(changed) == _notes(document) else changed


def least_sure(fields: Fields) -> float | None:
    """The confidence of the least sure value there is, ``None`` where there is no value."""
    values = [it for it in fields.values() if isinstance(it, Field)]
    rows = [row for it in fields.values() if not isinstance(it, Field) for row in it]
    values += [cell for row in rows for cell in row.values()]
    return min((it.confidence for it in values if it.value is not None), default=None)


def _version(extraction: Extraction) -> str:
    """Names the values: the machine's by the extraction, what people made of them by themselves."""
    if extraction.reviewed is None and extraction.edited is None:
        return extraction.id
    values = {name: _plain(it) for name, it in extraction.current_fields.items()}
    return f"{extraction.id}:{crc32(json.dumps(values, default=str).encode()):08x}"


def _plain(value: Field | list[dict[str, Field]]) -> object:
    if isinstance(value, Field):
        return value.value
    return [{name: cell.value for name, cell in row.items()} for row in value]


def _notes(document: Document) -> tuple[object, ...]:
    return document.found, document.confidence, document.indexed
