"""The records of documents that come in."""

from collections.abc import Sequence
from datetime import datetime

from yarl import URL

from services.ingest.names import display_name
from services.ingest.order import Order
from services.ingest.spool import SpooledFile
from shared.blobs.keys import original_key
from shared.errors import Code
from shared.http.context import Principal
from shared.models.container import ContainerKind
from shared.models.document import Document, Source
from shared.models.extraction import TypeGuess
from shared.models.ids import derived_id
from shared.models.policies import SplitPolicy
from shared.models.source_email import SourceEmail
from shared.telemetry.tracing import current_header

_OF_SENDERS = frozenset({Code.SENDER_NOT_AUTHENTICATED, Code.SENDER_NOT_ALLOWED})
"""Warnings that hold for everything in a message."""


def document_of_file(
    principal: Principal,
    file: SpooledFile,
    order: Order,
    idempotency_key: str | None,
    now: datetime,
) -> Document:
    """One whose file has come; ``now`` is the store's, which its jobs go by."""
    ordered = _ordered(principal, file.name, order, idempotency_key, now)
    blob = original_key(ordered.organization, ordered.id)
    told = order.requested_type if order.is_data else None
    return ordered.copy_with(
        media_type=file.media_type,
        size=file.size,
        sha256=file.sha256,
        blob=blob,
        given=blob if order.is_data else None,
        type=TypeGuess(name=told, confidence=1.0) if told else None,
    )


def child_document(
    parent: Document, part: str, file: SpooledFile, email: SourceEmail | None, now: datetime
) -> Document:
    """What was in a container: wanted in the same way, and the same for the same part."""
    document = Document(
        id=derived_id("child", parent.id, part, file.sha256),
        organization=parent.organization,
        created=now,
        updated=now,
        workspace=parent.workspace,
        name=file.name,
        lane=parent.lane,
        parent=parent.id,
        source_email=email,
        warnings=[it for it in parent.warnings if it in _OF_SENDERS],
        reference=parent.reference,
        metadata=parent.metadata,
        requested_type=parent.requested_type,
        requested_class=parent.requested_class,
        mode=parent.mode,
        expires=parent.expires,
        keeps_found=parent.keeps_found,
        leaves_nothing=parent.leaves_nothing,
        tags=parent.tags,
        callback=parent.callback,
        on_request=parent.on_request,
        sender=parent.sender,
        trace=parent.trace,
        region=parent.region,
        language=parent.language,
        text_layers=parent.text_layers,
        hint=parent.hint,
        examples=parent.examples,
        enqueued=now,
        media_type=file.media_type,
        size=file.size,
        sha256=file.sha256,
    )
    return document.copy_with(blob=original_key(document.organization, document.id))


def as_turned(document: Document, parent: Document, pages: Sequence[int]) -> Document:
    """``pages`` of a bundle stay the way up that a person has turned them there."""
    turns = {
        str(number): parent.page_turns[str(old)]
        for number, old in enumerate(pages)
        if str(old) in parent.page_turns
    }
    return document.copy_with(page_turns=turns)


def once_split(document: Document, parent: Document) -> Document:
    """What was made of a bundle holds one document, whatever it looks like."""
    is_piece = parent.container is not None and parent.container.kind is ContainerKind.BUNDLE
    if document.policies is None or not is_piece:
        return document
    return document.copy_with(policies=document.policies.copy_with(split=SplitPolicy.OFF))


def document_of_url(
    principal: Principal, url: str, order: Order, idempotency_key: str | None, now: datetime
) -> Document:
    """One whose file is to be fetched."""
    ordered = _ordered(principal, display_name(URL(url).name), order, idempotency_key, now)
    return ordered.copy_with(source=Source(url=url))


def _ordered(
    principal: Principal, name: str, order: Order, idempotency_key: str | None, now: datetime
) -> Document:
    return Document(
        organization=principal.organization,
        sender=principal.user or principal.key,
        trace=current_header(),
        created=now,
        updated=now,
        workspace=order.workspace,
        name=order.name or name,
        lane=order.lane,
        reference=order.reference,
        metadata=order.metadata,
        idempotency_key=idempotency_key,
        requested_type=order.requested_type,
        mode=order.mode,
        expires=order.expires,
        requested_class=order.requested_class,
        tags=order.tags,
        callback=order.callback,
        source_email=order.source_email,
        warnings=list(order.warnings),
        on_request=order.on_request,
        keeps_found=order.keeps_found,
        leaves_nothing=order.leaves_nothing,
        region=order.known.region,
        language=order.known.language,
        text_layers=order.known.text_layers,
        hint=order.known.hint,
        examples=list(order.known.examples),
        terms=order.known.terms,
        enqueued=now,
    )
