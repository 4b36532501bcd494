"""What version 2 says of résumés, invoices and job descriptions."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from services.ingest.dialects.affinda.documents.models import (
    DocumentName,
    ErrorDetail,
    MetaView,
    PageView,
)
from services.ingest.dialects.affinda.wire import WireModel, WireTime


class MetaV2View(WireModel):
    """All about a document but its data; ``documentType`` is what kind of resource it is."""

    identifier: str
    custom_identifier: str | None
    file_name: str | None
    ready: bool
    ready_dt: WireTime | None
    failed: bool
    expiry_time: WireTime | None
    language: str | None
    pdf: str | None
    parent_document: DocumentName | None
    child_documents: list[DocumentName]
    pages: list[PageView]
    is_verified: bool
    review_url: str | None
    ocr_confidence: float | None
    created_dt: WireTime
    document_type: str
    region_bias: dict[str, Any] | None
    is_ocrd: bool | None

    @classmethod
    def of(cls, meta: MetaView, kind: str) -> "MetaV2View":
        """The same as in version 3, as far as version 2 has it."""
        shared = {name: getattr(meta, name) for name in cls.model_fields if name not in _OWN}
        return cls(**shared, is_verified=meta.is_confirmed, document_type=kind)


_OWN = frozenset({"is_verified", "document_type"})


class ResourceView(WireModel):
    """A résumé, an invoice or a job description."""

    data: dict[str, Any] = Field(default_factory=dict)
    meta: MetaV2View
    error: ErrorDetail


class MetaPage(WireModel):
    """Some of them, without their data."""

    count: int | None
    next: str | None
    previous: str | None
    results: list[MetaV2View]


class ResourceData(BaseModel):
    """Data of any keys; those of a résumé are in Affinda's ``ResumeData``."""

    model_config = ConfigDict(extra="allow")
