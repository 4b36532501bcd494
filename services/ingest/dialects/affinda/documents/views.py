"""From stored documents to what this dialect says of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import parseaddr
from typing import Any

from services.ingest.children import children_of
from services.ingest.dialects.affinda.context import AffindaParts
from services.ingest.dialects.affinda.documents.annotations import Annotated
from services.ingest.dialects.affinda.documents.briefs import Briefs, PageBrief
from services.ingest.dialects.affinda.documents.data import (
    DocumentData,
    Told,
    extractor_of,
    type_name,
)
from services.ingest.dialects.affinda.documents.links import DocumentLinks
from services.ingest.dialects.affinda.documents.models import (
    CollectionView,
    DocumentName,
    DocumentView,
    ExtractorView,
    MetaView,
    PageView,
)
from services.ingest.dialects.affinda.documents.troubles import (
    has_failed,
    is_turned_down,
    trouble,
    warnings_of,
)
from services.ingest.dialects.affinda.numbers import Kind, Numbers
from services.ingest.dialects.affinda.people import UserView, people_of
from services.ingest.dialects.affinda.references import Named, TagView
from services.ingest.dialects.affinda.tags.views import tags_of
from services.ingest.dialects.affinda.types.identifiers import identifier_of
from shared.http.context import Principal
from shared.models.document import Document, DocumentState, EventName
from shared.models.schema import Schema
from shared.models.time import utc_now

_ENDS = frozenset(
    {
        EventName.READY,
        EventName.NEEDS_REVIEW,
        EventName.FAILED,
        EventName.REJECTED,
        EventName.CANCELLED,
    }
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """How much of documents is to be told, and how."""

    data: bool = True
    compact: bool = False


@dataclass(frozen=True, slots=True)
class _Company:
    """What documents refer to."""

    workspaces: Mapping[str, str]
    people: Mapping[str, UserView]
    relatives: Mapping[str, Document]
    numbers: Mapping[str, int]
    schemas: Mapping[str, Schema | None]
    tags: Mapping[str, list[TagView]]


class Views:
    """Makes views of documents."""

    def __init__(self, parts: AffindaParts) -> None:
        self._parts = parts
        self._briefs = Briefs(parts.blobs)
        self._data = DocumentData(parts, self._briefs)

    async def of(
        self,
        principal: Principal,
        base: str,
        documents: Sequence[Document],
        wanted: Wanted = Wanted(data=False),
    ) -> list[DocumentView]:
        """Documents in their order; ``base`` is how the caller reaches us."""
        company = await self._company(principal, documents)
        links = DocumentLinks(self._parts.links, base, utc_now())
        return [await self._view(principal, it, company, links, wanted) for it in documents]

    async def _view(
        self,
        principal: Principal,
        document: Document,
        company: _Company,
        links: DocumentLinks,
        wanted: Wanted,
    ) -> DocumentView:
        pages = await self._briefs.pages(document) if _has_pages(document) else ()
        told = Told({}, extractor_of(document))
        if wanted.data and document.is_final:
            told = await self._data.of(principal, document, compact=wanted.compact)
        return DocumentView(
            data=told.values,
            extractor=told.extractor,
            meta=_meta(document, company, links, pages),
            error=trouble(document),
            warnings=warnings_of(document),
        )

    async def data(
        self, principal: Principal, document: Document, *, compact: bool
    ) -> dict[str, Any]:
        """See ``DocumentData.of``, without the words for it."""
        return (await self._data.of(principal, document, compact=compact)).values

    async def annotated(self, principal: Principal, document: Document) -> Annotated | None:
        """See ``DocumentData.annotated``."""
        return await self._data.annotated(principal, document)

    async def _company(self, principal: Principal, documents: Sequence[Document]) -> _Company:
        parts, organization = self._parts, principal.organization
        wanted = list(dict.fromkeys(it.workspace for it in documents))
        workspaces = await parts.workspaces(principal).get_many(wanted) if wanted else []
        repository = parts.documents(principal)
        parents = [it.parent for it in documents if it.parent]
        relatives = await children_of(repository, documents)
        if parents:
            relatives |= {it.id: it for it in await repository.get_many(parents)}
        names = dict.fromkeys(filter(None, map(type_name, documents)))
        return _Company(
            workspaces={it.id: it.name for it in workspaces},
            people=await people_of(parts, organization, _people(documents)),
            relatives=relatives,
            numbers=await parts.numbers.of_many(
                organization, Kind.DOCUMENT, [it.id for it in documents]
            ),
            schemas={name: await parts.types.find(principal, name) for name in names},
            tags=await tags_of(parts, principal, documents),
        )


def ready_at(document: Document) -> datetime | None:
    """When a document's way ended; ``None`` while it has not."""
    if not document.is_final:
        return None
    ends = [it.at for it in document.events if it.name in _ENDS]
    return ends[0] if ends else document.updated


def _people(documents: Iterable[Document]) -> list[str | None]:
    return [
        it
        for document in documents
        for it in (
            document.sender,
            document.review.by,
            document.archived.by if document.archived else None,
        )
    ]


def _has_pages(document: Document) -> bool:
    return document.state is not DocumentState.EXPIRED and document.pages_done > 0


def _meta(
    document: Document, company: _Company, links: DocumentLinks, pages: Sequence[PageBrief]
) -> MetaView:
    review, archived, kind = document.review, document.archived, type_name(document)
    problem, sender = trouble(document), company.people.get(document.sender or "")
    is_rejected = document.state is DocumentState.REJECTED
    is_confirmed = review.done and not is_rejected
    reviewer = company.people.get(review.by or "")
    email = document.source_email
    return MetaView(
        identifier=document.id,
        custom_identifier=document.reference,
        file_name=document.name,
        ready=document.is_final,
        ready_dt=ready_at(document),
        failed=has_failed(document),
        expiry_time=document.expires,
        language=document.language,
        pdf=links.pdf(document),
        parent_document=_named(document.parent, company) if document.parent else None,
        child_documents=[_named(it, company) for it in _children(document)],
        pages=_pages(document, company, links, pages),
        is_ocrd=any(it.is_read_from_picture for it in pages),
        ocr_confidence=_mean([it.quality for it in pages if it.quality is not None]),
        review_url=links.review(document),
        document_type=identifier_of(kind) if kind else None,
        collection=_collection(kind, company.schemas.get(kind)) if kind else None,
        workspace=Named(
            identifier=document.workspace, name=company.workspaces.get(document.workspace, "")
        ),
        archived_dt=archived.at if archived else None,
        archived_by=company.people.get(archived.by or "") if archived else None,
        is_archived=archived is not None,
        skip_parse=document.on_request,
        confirmed_dt=review.at if is_confirmed else None,
        confirmed_by=reviewer if is_confirmed else None,
        is_confirmed=is_confirmed,
        rejected_dt=_rejected_at(document) if is_rejected else None,
        rejected_by=reviewer if is_rejected and is_turned_down(document) else None,
        is_rejected=is_rejected,
        created_dt=document.created,
        created_by=sender,
        error_code=problem.error_code,
        error_detail=problem.error_detail,
        file=links.file(document),
        llm_hint=document.hint or None,
        tags=company.tags.get(document.id, []),
        source_email=links.email(document),
        source_email_address=parseaddr(email.sender)[1] or None if email else None,
        region_bias=document.terms.get("regionBias"),
    )


def _pages(
    document: Document, company: _Company, links: DocumentLinks, pages: Sequence[PageBrief]
) -> list[PageView]:
    number = company.numbers[document.id]
    return [
        PageView(
            id=Numbers.page(number, it.number),
            page_index=it.number,
            image=links.image(document, it.number),
            height=it.height,
            width=it.width,
            rotation=it.rotation,
        )
        for it in pages
    ]


def _collection(name: str, schema: Schema | None) -> CollectionView:
    identifier, title = identifier_of(name), (schema.title if schema else "") or name
    extractor = ExtractorView(identifier=identifier, name=title)
    return CollectionView(identifier=identifier, name=title, extractor=extractor)


def _children(document: Document) -> list[str]:
    return [it.id for it in document.container.children] if document.container else []


def _named(identity: str, company: _Company) -> DocumentName:
    relative = company.relatives.get(identity)
    return DocumentName(
        identifier=identity, custom_identifier=relative.reference if relative else None
    )


def _rejected_at(document: Document) -> datetime:
    rejected = [it.at for it in document.events if it.name is EventName.REJECTED]
    return rejected[-1] if rejected else document.updated


def _mean(values: Sequence[float]) -> float | None:
    return round(sum(values) / len(values), 4) if values else None
