"""From stored records to what the native API says of them."""

from collections.abc import Mapping, Sequence

from services.ingest.children import children_of
from services.ingest.resources.container_models import ChildView, ContainerView
from services.ingest.resources.document_models import DocumentView, PageDetail, PageView
from shared.models.container import Child, Container
from shared.models.document import Document, DocumentState
from shared.models.extraction import Extraction, Fields
from shared.models.page import Page
from shared.store.collections import DOCUMENTS, EXTRACTIONS
from shared.store.port import Store, Tenant

PREFIX = "/api/v1"


async def document_views(
    store: Store, tenant: Tenant, documents: Sequence[Document], *, with_children: bool = False
) -> list[DocumentView]:
    """The documents with their fields, in order; how their children are, if that is asked."""
    wanted = [it.extraction for it in documents if it.extraction is not None]
    found = await store.of(tenant, EXTRACTIONS).get_many(wanted) if wanted else []
    by_id = {it.id: it for it in found}
    children = await children_of(store.of(tenant, DOCUMENTS), documents) if with_children else {}
    return [document_view(it, by_id.get(it.extraction or ""), children) for it in documents]


def document_view(
    document: Document,
    extraction: Extraction | None,
    children: Mapping[str, Document] | None = None,
) -> DocumentView:
    """A document with the fields of its present extraction."""
    fields: Fields = extraction.current_fields if extraction else {}
    return DocumentView(
        id=document.id,
        name=document.name,
        state=document.state,
        type=document.type,
        url=document.source.url if document.source else None,
        media_type=document.media_type if document.has_file else None,
        size=document.size if document.has_file else None,
        sha256=document.sha256 if document.has_file else None,
        pages=document.pages,
        pages_done=document.pages_done,
        created=document.created,
        updated=document.updated,
        workspace=document.workspace,
        reference=document.reference,
        metadata=document.metadata,
        expires=document.expires,
        region=document.region,
        language=document.language,
        archived=document.archived,
        parent=document.parent,
        container=_container_view(document.container, children or {}),
        source_email=document.source_email,
        duplicate_of=document.duplicate_of,
        tombstone=document.tombstone,
        confidence=document.confidence,
        fields=fields,
        error=document.error,
        warnings=document.warnings,
        review=document.review,
        revision=document.revision,
        sequence=document.sequence,
        trace_id=document.trace_id,
        links=document_links(document),
    )


def _container_view(
    container: Container | None, children: Mapping[str, Document]
) -> ContainerView | None:
    if container is None:
        return None
    return ContainerView(
        kind=container.kind,
        unpacking=container.work.state,
        children=[_child_view(it, children.get(it.id)) for it in container.children],
        left_out=container.left_out,
        left_out_count=container.left_out_count,
    )


def _child_view(child: Child, document: Document | None) -> ChildView:
    return ChildView(
        id=child.id,
        name=child.name,
        part=child.part,
        state=document.state if document else None,
        type=document.type if document else None,
        error=document.error if document else None,
        links={"self": f"{PREFIX}/documents/{child.id}"},
    )


def document_links(document: Document) -> dict[str, str]:
    """Where the document's parts are; each answers at any time of its life.

    A file that is still to be fetched is nowhere yet, and what is made of all pages is there
    once they are read.
    """
    own = f"{PREFIX}/documents/{document.id}"
    links = {
        "self": own,
        "collection": f"{PREFIX}/documents",
        "original": f"{own}/original",
        "pages": f"{own}/pages",
        "text": f"{own}/text",
        "review": f"{own}/review",
        "workspace": f"{PREFIX}/workspaces/{document.workspace}",
    }
    if document.parent:
        links["parent"] = f"{PREFIX}/documents/{document.parent}"
    if document.container:
        links["children"] = f"{PREFIX}/documents?parent={document.id}"
    if document.duplicate_of:
        links["duplicate_of"] = f"{PREFIX}/documents/{document.duplicate_of}"
    if document.state is DocumentState.FAILED and document.dead_letter:
        links["dead_letter"] = f"{PREFIX}/dead-letters/{document.dead_letter}"
    if not document.has_file:
        del links["original"]
    if document.is_read:
        links |= {it: f"{own}/{it}" for it in ("hocr", "alto", "markdown")}
        links["searchable_pdf"] = f"{own}/searchable.pdf"
    return links


def page_links(document: str, number: int) -> dict[str, str]:
    """Where a page and its picture are."""
    own = f"{PREFIX}/documents/{document}"
    return {
        "self": f"{own}/pages/{number}",
        "preview": f"{own}/preview/{number}",
        "document": own,
    }


def page_view(document: str, page: Page) -> PageView:
    """A page without its words."""
    return PageView(
        number=page.number,
        width=page.width,
        height=page.height,
        rotation=page.rotation,
        read_by=page.read_by.value,
        quality=page.quality,
        needs_rescan=page.needs_rescan,
        words=len(page.words),
        error=page.error,
        links=page_links(document, page.number),
    )


def page_detail(document: str, page: Page) -> PageDetail:
    """A page with everything on it."""
    return PageDetail.model_construct(
        **{name: getattr(page, name) for name in Page.model_fields},
        links=page_links(document, page.number),
    )
