"""Tags as this dialect tells of them."""

from collections.abc import Iterable, Sequence

from services.ingest.dialects.affinda.context import AffindaParts
from services.ingest.dialects.affinda.numbers import Kind
from services.ingest.dialects.affinda.references import TagView
from services.ingest.tags import Tags
from shared.http.context import Principal
from shared.models.document import Document
from shared.models.tag import Tag


async def tag_views(
    parts: AffindaParts, principal: Principal, tags: Sequence[Tag]
) -> list[TagView]:
    """Tags, each with how many documents have it."""
    ids = [it.id for it in tags]
    counts = await Tags(parts.store).counts(principal, ids)
    numbers = await parts.numbers.of_many(principal.organization, Kind.TAG, ids)
    return [
        TagView(
            id=numbers[it.id],
            name=it.name,
            workspace=it.workspace,
            document_count=counts[it.id],
        )
        for it in tags
    ]


async def tags_of(
    parts: AffindaParts, principal: Principal, documents: Iterable[Document]
) -> dict[str, list[TagView]]:
    """The tags of documents, by the documents' ids."""
    found = await Tags(parts.store).of_documents(principal, documents)
    tags = {it.id: it for some in found.values() for it in some}
    views = await tag_views(parts, principal, list(tags.values()))
    known = dict(zip(tags, views, strict=True))
    return {document: [known[it.id] for it in some] for document, some in found.items()}
