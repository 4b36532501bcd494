"""``PATCH /documents/{identifier}``: what a person or a program says of a document."""

from collections.abc import Callable
from typing import Any

from services.ingest.calling_off import stop_extraction
from services.ingest.changes import change
from services.ingest.dialects.affinda.context import AffindaParts, named_workspace
from services.ingest.dialects.affinda.documents.data import type_name
from services.ingest.dialects.affinda.documents.destination import type_of
from services.ingest.dialects.affinda.documents.models import DocumentUpdate
from services.ingest.dialects.affinda.documents.troubles import is_turned_down
from services.ingest.dialects.affinda.documents.wishes import future, language_of
from services.ingest.names import display_name
from services.ingest.relocation import move_document
from services.ingest.reviews import Verdict
from shared.errors import REGISTRY, Code, Permanent
from shared.http.context import Principal
from shared.models.document import Document, DocumentState
from shared.models.extraction import ReviewVerdict, TypeGuess
from shared.models.policies import DuplicatePolicy, Policies
from shared.models.time import utc_now
from shared.models.work import Problem
from shared.stages import lifecycle
from shared.store.collections import DOCUMENTS
from shared.store.port import Tenant

Step = Callable[[Document], Document]


class Changes:
    """Makes what a ``DocumentUpdate`` asks for."""

    def __init__(self, parts: AffindaParts) -> None:
        self._parts = parts

    async def make(
        self, principal: Principal, document: Document, update: DocumentUpdate
    ) -> Document:
        """The document as it stands then.

        Raises ``Permanent``: BAD_REQUEST, NOT_FOUND for a workspace or type that is not there,
        CONFLICT for what its state does not allow.
        """
        kind = update.document_type or update.collection or ""
        workspace = document.workspace
        if update.workspace:
            found = await named_workspace(self._parts, principal, update.workspace, "workspace")
            workspace = found.id
        wanted = await type_of(self._parts, principal, kind, workspace)
        values = _values(update)
        if values:
            document = await self._step(document, lambda it: it.copy_with(**values(it)))
        if update.skip_parse is not None:
            document = await self._skip(document, skip=update.skip_parse)
        if workspace != document.workspace:
            document = await move_document(self._parts.store, document, workspace)
            document = await self._again(document, wanted)
        elif wanted is not None and wanted != type_name(document):
            document = await self._again(document, wanted)
        document = await self._judged(principal, document, update)
        if update.is_archived is not None:
            document = await self._archive(principal, document, archive=update.is_archived)
        return document

    async def _judged(
        self, principal: Principal, document: Document, update: DocumentUpdate
    ) -> Document:
        rejected, reviewed = document.state is DocumentState.REJECTED, document.review.done
        if update.is_rejected and not rejected:
            return await self._reject(principal, document)
        if update.is_rejected is False and rejected:
            document = await self._take_back(document)
        if update.is_confirmed and not (document.review.done and not rejected):
            return await self._review(principal, document, ReviewVerdict.ACCEPT)
        if update.is_confirmed is False and reviewed and not rejected:
            return await self._parts.reviews.withdraw(document)
        return document

    async def _reject(self, principal: Principal, document: Document) -> Document:
        if document.extraction is not None and lifecycle.is_reviewable(document):
            return await self._review(principal, document, ReviewVerdict.REJECT)
        problem = Problem(code=Code.REVIEW_REJECTED, detail=REGISTRY[Code.REVIEW_REJECTED].summary)
        now = await self._parts.store.now()
        stored = await self._step(document, lambda it: lifecycle.reject(it, problem, now))
        await stop_extraction(self._parts.store, stored)
        return stored

    async def _take_back(self, document: Document) -> Document:
        """Of a rejected one: that a person said so, or that its workspace does not want it."""
        if is_turned_down(document) and document.review.done:
            return await self._parts.reviews.withdraw(document)

        now = await self._parts.store.now()

        def step(it: Document) -> Document:
            policies = it.policies or Policies()
            lenient = policies.copy_with(duplicates=DuplicatePolicy.OFF, reject_invalid=False)
            return lifecycle.reprocess(it.copy_with(policies=lenient), now)

        return await self._step(document, step)

    async def _review(
        self, principal: Principal, document: Document, verdict: ReviewVerdict
    ) -> Document:
        seen = document.sequence
        await self._parts.reviews.give(principal, document, Verdict(kind=verdict), seen=seen)
        return await self._present(document)

    async def _again(self, document: Document, kind: str | None) -> Document:
        now = await self._parts.store.now()

        def step(it: Document) -> Document:
            if it.state is DocumentState.EXPIRED:
                raise Permanent(Code.CONFLICT, "The document has expired.")
            if it.is_data:
                name = kind or type_name(it)
                guess = TypeGuess(name=name, confidence=1.0) if name else None
                return it.copy_with(requested_type=name, type=guess)
            return lifecycle.reprocess(it, now, kind)

        stored = await self._step(document, step)
        await stop_extraction(self._parts.store, document)
        return stored

    async def _skip(self, document: Document, *, skip: bool) -> Document:
        """Nothing is to be found on it; or, after all, what its type has."""
        stored = await self._step(document, lambda it: it.copy_with(on_request=skip))
        if skip or not stored.is_final or stored.extraction is not None:
            return stored
        return await self._again(stored, None)

    async def _archive(
        self, principal: Principal, document: Document, *, archive: bool
    ) -> Document:
        by = principal.user or principal.key

        def step(it: Document) -> Document:
            if archive:
                return lifecycle.archive(it, by, utc_now())
            return it.copy_with(archived=None) if it.archived else it

        return await self._step(document, step)

    async def _step(self, document: Document, step: Step) -> Document:
        documents = self._parts.store.of(Tenant(document.organization), DOCUMENTS)
        stored = await change(documents, document.id, step)
        self._parts.outbox.nudge(DOCUMENTS, stored)
        return stored

    async def _present(self, document: Document) -> Document:
        documents = self._parts.store.of(Tenant(document.organization), DOCUMENTS)
        return await documents.get(document.id) or document


def _values(update: DocumentUpdate) -> Callable[[Document], dict[str, Any]] | None:
    """What is only written down, as it changes a document; ``None`` where there is nothing."""
    values: dict[str, Any] = {}
    if update.file_name is not None:
        values["name"] = display_name(update.file_name)
    if update.expiry_time is not None:
        values["expires"] = future(update.expiry_time, "expiryTime")
        values["leaves_nothing"] = True
    if update.language is not None:
        values["language"] = language_of(update.language)
    if update.llm_hint is not None:
        values["hint"] = update.llm_hint
    reference = update.custom_identifier or update.identifier
    if reference is not None:
        values["reference"] = reference or None
    if update.warning_messages is None:
        return (lambda _: values) if values else None
    warnings = [it.model_dump(by_alias=True) for it in update.warning_messages]
    return lambda it: {**values, "terms": {**it.terms, "warningMessages": warnings}}
