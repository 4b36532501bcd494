"""A document on a reviewer's desk: its fields, what they are to be, and how each stands."""

import asyncio
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from pydantic import TypeAdapter

from services.ingest.document_types import DocumentTypes
from services.ingest.reviewing.locks import holder_of
from services.ingest.reviewing.review_model import ReviewSheet, review_sheet, whole_schema
from services.ingest.reviews import reviewable
from shared.errors import Code, Permanent
from shared.http.context import Principal
from shared.models.check import MAX_CHECKS, Check
from shared.models.document import Document
from shared.models.extraction import Extraction, ExtractionMode, Fields
from shared.models.reviewing import ReviewLock
from shared.models.schema import FieldSpec, Schema
from shared.models.tenancy import Workspace
from shared.schemas import GENERIC
from shared.store.collections import CHECKS, DOCUMENTS, EXTRACTIONS, WORKSPACES
from shared.store.port import Query, Store

_FIELDS: TypeAdapter[Fields] = TypeAdapter(Fields)
_REVISION_BYTES = 9


@dataclass(frozen=True, slots=True)
class Review:
    """A document with all that a reviewer needs to know of it.

    ``schema`` has a field for everything that was found; ``now`` is the store's clock.
    """

    document: Document
    extraction: Extraction
    schema: Schema
    threshold: float
    checks: tuple[tuple[tuple[str, ...], str], ...]
    sheet: ReviewSheet
    now: datetime

    @property
    def revision(self) -> str:
        """What the values are now, in a word; see ``revision_of``."""
        return revision_of(self.extraction)

    @property
    def holder(self) -> ReviewLock | None:
        """Who has it, if anybody does."""
        return holder_of(self.extraction, self.now)

    @property
    def specs(self) -> Mapping[str, FieldSpec]:
        """What each field is to be, by its name."""
        return {it.name: it for it in self.schema.fields}


def revision_of(extraction: Extraction) -> str:
    """A word that is another one whenever the values, or a person's word on them, are others."""
    digest = hashlib.blake2b(digest_size=_REVISION_BYTES)
    digest.update(extraction.id.encode())
    digest.update(_FIELDS.dump_json(extraction.current_fields))
    digest.update("\n".join(sorted(extraction.review_work.absent)).encode())
    if extraction.reviewed is not None:
        digest.update(extraction.reviewed.at.isoformat().encode())
    return digest.hexdigest()


class Desk:
    """Fetches reviews."""

    def __init__(self, store: Store, types: DocumentTypes) -> None:
        self._store = store
        self._types = types

    async def fetch(self, principal: Principal, document_id: str) -> Review:
        """The review of a document.

        Raises ``Permanent``: ``NOT_FOUND``, ``CONFLICT`` for one that has no fields to review.
        """
        document = await self._store.of(principal.tenant, DOCUMENTS).get(document_id)
        if document is None:
            raise Permanent(Code.NOT_FOUND)
        extractions = self._store.of(principal.tenant, EXTRACTIONS)
        extraction = await extractions.get(reviewable(document))
        if extraction is None:
            raise Permanent(Code.NOT_FOUND)
        return await self.about(principal, document, extraction)

    async def about(
        self, principal: Principal, document: Document, extraction: Extraction
    ) -> Review:
        """The review of a document whose extraction is at hand."""
        schema = whole_schema(
            await self._schema(principal, document, extraction), extraction.current_fields
        )
        workspace = await self._store.of(principal.tenant, WORKSPACES).get(document.workspace)
        threshold = _threshold(extraction, workspace)
        failed = await self._failed_checks(principal, document)
        # A tenant's own patterns are applied: not on the event loop.
        sheet = await asyncio.to_thread(review_sheet, schema, extraction, threshold, failed)
        now = await self._store.now()
        return Review(document, extraction, schema, threshold, failed, sheet, now)

    async def _schema(
        self, principal: Principal, document: Document, extraction: Extraction
    ) -> Schema:
        if extraction.order is not None:
            ordered = extraction.order
            required = set(ordered.required)
            fields = [
                it.copy_with(required=it.required or it.name in required)
                for it in ordered.fields_schema.fields
            ]
            return ordered.fields_schema.copy_with(fields=fields)
        reviewed = extraction.reviewed.type if extraction.reviewed else None
        name = reviewed or (document.type.name if document.type else GENERIC)
        return await self._types.find(principal, name) or Schema(name=name)

    async def _failed_checks(
        self, principal: Principal, document: Document
    ) -> tuple[tuple[tuple[str, ...], str], ...]:
        query = Query({"document": document.id}, oldest_first=True)
        checks: list[Check] = await self._store.of(principal.tenant, CHECKS).page(
            query, None, MAX_CHECKS
        )
        return tuple((tuple(it.places), it.message) for it in checks if it.passed is False)


def _threshold(extraction: Extraction, workspace: Workspace | None) -> float:
    if extraction.mode is ExtractionMode.BASIC:
        return 0.0  # values only: nobody has asked how sure they are
    if extraction.order is not None:
        return extraction.order.review_threshold
    return (
        workspace.review_threshold
        if workspace
        else Workspace.model_fields["review_threshold"].default
    )
