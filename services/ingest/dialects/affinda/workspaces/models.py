"""Workspaces as this dialect tells of them, and is told."""

from typing import Annotated

from pydantic import AfterValidator, Field, RootModel

from services.ingest.dialects.affinda.organizations.models import OrganizationView
from services.ingest.dialects.affinda.people import UserView
from services.ingest.dialects.affinda.references import Named
from services.ingest.dialects.affinda.wire import WireModel, WireTime
from services.ingest.mail.senders import is_pattern
from shared.models.tenancy import Visibility

MAX_TYPES, MAX_PATTERNS = 100, 500


def _pattern(text: str) -> str:
    if not is_pattern(text):
        raise ValueError("must be an address, or a pattern such as *@example.com")
    return text


Pattern = Annotated[str, Field(min_length=3, max_length=320), AfterValidator(_pattern)]
Name = Annotated[str, Field(min_length=1, max_length=200)]


class BaseExtractorView(WireModel):
    """What the fields of a type go back to."""

    identifier: str
    name: str
    name_plural: str
    validatable: bool = True
    is_custom: bool
    created_dt: WireTime | None = None


class TypeExtractorView(BaseExtractorView):
    """What finds the fields of a type."""

    base_extractor: BaseExtractorView | None = None
    category: str


class WorkspaceCollectionView(WireModel):
    """A type that documents of a workspace can be of. Nobody counts the documents by type."""

    identifier: str
    name: str
    extractor: TypeExtractorView
    unvalidated_docs_count: int | None = None
    confirmed_docs_count: int | None = None


class WorkspaceView(WireModel):
    """A workspace. ``ingest_email`` is told to keys that may send documents."""

    identifier: str
    organization: OrganizationView
    name: str
    visibility: Visibility
    collections: list[WorkspaceCollectionView]
    document_types: list[str]
    reject_invalid_documents: bool
    reject_duplicates: bool | None
    members: list[UserView]
    unvalidated_docs_count: int
    confirmed_docs_count: int
    ingest_email: str | None
    whitelist_ingest_addresses: list[str] | None
    document_splitter: Named | None


class WorkspaceList(RootModel[list[WorkspaceView]]):
    """Workspaces, the oldest first."""


class WorkspaceUpdate(WireModel):
    """What to change; what is absent stays."""

    name: Name | None = None
    visibility: Visibility | None = None
    reject_invalid_documents: bool | None = None
    reject_duplicates: bool | None = None
    document_types: list[str] | None = Field(default=None, max_length=MAX_TYPES)
    whitelist_ingest_addresses: list[Pattern] | None = Field(default=None, max_length=MAX_PATTERNS)
    document_splitter: str | None = None


class WorkspaceCreate(WorkspaceUpdate):
    """A workspace to be."""

    organization: str
    name: Name
