"""What of a document says who somebody is, by the fields that count and by its type."""

import hashlib
from dataclasses import dataclass

from shared.errors import Code, Permanent
from shared.models.document import Document
from shared.models.extraction import Extraction
from shared.models.schema import Schema
from shared.personal import Personal, has_personal, personal_of
from shared.schemas import GENERIC, built_in
from shared.store.collections import DOCUMENT_TYPES, EXTRACTIONS
from shared.store.port import Query, Store, Tenant

_MOST_TYPES = 200
_SHOWN = 32  # characters of a digest


@dataclass(frozen=True, slots=True)
class Disclosure:
    """What is personal on a document; ``digest`` is another one when a review changes it."""

    personal: Personal
    digest: str


async def disclosure_of(store: Store, document: Document) -> Disclosure:
    """What is personal on ``document``, as far as was found and reviewed by now.

    Raises:
        Permanent: ``NOT_READY``: no fields have been found yet; ``ARTIFACT_FAILED``: its type
            has no personal fields.
        Transient: ``DEPENDENCY_DOWN``.
    """
    tenant = Tenant(document.organization)
    found = document.extraction
    extraction = await store.of(tenant, EXTRACTIONS).get(found) if found else None
    if extraction is None:
        raise Permanent(Code.NOT_READY, "The document's fields have not been found yet.")
    schema = await _schema(store, document, extraction)
    if not has_personal(schema):
        raise Permanent(Code.ARTIFACT_FAILED, "No field of the document's type is personal.")
    personal = personal_of(schema, extraction.current_fields)
    told = (
        [box.model_dump() for box in personal.boxes],
        sorted(personal.names),
        sorted(personal.phrases),
        sorted(personal.digits | personal.handles),
    )
    return Disclosure(personal, hashlib.sha256(repr(told).encode()).hexdigest()[:_SHOWN])


async def _schema(store: Store, document: Document, extraction: Extraction) -> Schema:
    """The fields that were asked for, else those of the type."""
    if extraction.order is not None:
        return extraction.order.fields_schema
    reviewed = extraction.reviewed.type if extraction.reviewed else None
    name = reviewed or (extraction.type.name if extraction.type else GENERIC)
    types = store.of(Tenant(document.organization), DOCUMENT_TYPES)
    for own in await types.page(Query(), None, _MOST_TYPES):
        if own.name == name and own.workspace in {None, document.workspace}:
            return own.fields_schema
    return built_in().get(name, built_in()[GENERIC])
