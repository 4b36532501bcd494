"""Documents as this dialect tells of them."""

from typing import Any

from pydantic import Field

from services.ingest.dialects.affinda.people import UserView
from services.ingest.dialects.affinda.references import Named, TagView
from services.ingest.dialects.affinda.wire import WireModel, WireTime


class DocumentName(WireModel):
    """A document that another was made of, or became."""

    identifier: str
    custom_identifier: str | None = None


class PageView(WireModel):
    """A page; sizes are in points, ``image`` is a signed link."""

    id: int
    page_index: int
    image: str | None = None
    image_translated: str | None = None
    height: float
    width: float
    rotation: int


class ExtractorView(WireModel):
    """What finds the fields of a collection."""

    identifier: str
    name: str
    base_extractor: str | None = None
    validatable: bool = True


class CollectionView(WireModel):
    """A document type, as the older notion of a collection."""

    identifier: str
    name: str
    extractor: ExtractorView
    validation_rules: list[dict[str, Any]] = Field(default_factory=list)
    auto_refresh_validation_results: bool = True


class MetaView(WireModel):
    """All about a document but its data."""

    identifier: str
    custom_identifier: str | None = None
    file_name: str | None = None
    ready: bool
    ready_dt: WireTime | None = None
    failed: bool
    expiry_time: WireTime | None = None
    language: str | None = None
    pdf: str | None = None
    parent_document: DocumentName | None = None
    child_documents: list[DocumentName] = Field(default_factory=list)
    pages: list[PageView] = Field(default_factory=list)
    is_ocrd: bool | None = None
    ocr_confidence: float | None = None
    review_url: str | None = None
    document_type: str | None = None
    collection: CollectionView | None = None
    workspace: Named
    archived_dt: WireTime | None = None
    archived_by: UserView | None = None
    is_archived: bool = False
    skip_parse: bool = False
    confirmed_dt: WireTime | None = None
    confirmed_by: UserView | None = None
    is_confirmed: bool = False
    rejected_dt: WireTime | None = None
    rejected_by: UserView | None = None
    is_rejected: bool = False
    created_dt: WireTime
    created_by: UserView | None = None
    error_code: str | None = None
    error_detail: str | None = None
    file: str | None = None
    html: str | None = None
    llm_hint: str | None = None
    tags: list[TagView] = Field(default_factory=list)
    source_email: str | None = None
    source_email_address: str | None = None
    region_bias: dict[str, Any] | None = None


class ErrorDetail(WireModel):
    """What went wrong with a document; nulls where nothing did."""

    error_code: str | None = None
    error_detail: str | None = None


class WarningView(WireModel):
    """Something to know about a document."""

    warning_code: str
    warning_detail: str


class DocumentView(WireModel):
    """A document. ``data`` is empty until it is ready, and in lists unless it is asked for."""

    data: dict[str, Any] = Field(default_factory=dict)
    extractor: str
    meta: MetaView
    error: ErrorDetail = Field(default_factory=ErrorDetail)
    warnings: list[WarningView] = Field(default_factory=list)


class DocumentPage(WireModel):
    """Some of the documents."""

    count: int | None
    next: str | None
    previous: str | None
    results: list[DocumentView]


class DocumentUpdate(WireModel):
    """What is to be changed; what is not given stays.

    ``identifier`` is an older name of ``customIdentifier``, and a collection is a document type.
    """

    collection: str | None = None
    workspace: str | None = None
    document_type: str | None = None
    file_name: str | None = Field(default=None, max_length=255)
    expiry_time: str | None = None
    is_confirmed: bool | None = None
    is_rejected: bool | None = None
    is_archived: bool | None = None
    skip_parse: bool | None = None
    language: str | None = None
    identifier: str | None = Field(default=None, max_length=255)
    custom_identifier: str | None = Field(default=None, max_length=255)
    llm_hint: str | None = Field(default=None, max_length=4000)
    warning_messages: list[WarningView] | None = Field(default=None, max_length=100)


class DataWish(WireModel):
    """Data to be kept as a document, without a file."""

    data: dict[str, Any]
    workspace: str | None = None
    collection: str | None = None
    document_type: str | None = None
    custom_identifier: str | None = Field(default=None, max_length=255)
    file_name: str | None = Field(default=None, max_length=255)
