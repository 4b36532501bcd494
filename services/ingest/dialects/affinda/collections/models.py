"""Collections and their fields as this dialect tells of them, and is told."""

from typing import Annotated, Any

from pydantic import Field, RootModel

from services.ingest.dialects.affinda.wire import WireModel
from services.ingest.dialects.affinda.workspaces.models import TypeExtractorView

Name = Annotated[str, Field(min_length=1, max_length=200)]
_Text = Annotated[str, Field(max_length=1000)]


class OwnerName(WireModel):
    """An organization."""

    identifier: str
    name: str


class CollectionWorkspace(WireModel):
    """The workspace of a collection."""

    identifier: str
    name: str
    organization: OwnerName


class FieldOfGroup(WireModel):
    """A field; ``data_point`` is what annotations name it by."""

    label: str
    field_type: str
    mandatory: bool
    data_point: str
    enabled_child_fields: list["FieldOfGroup"] = Field(default_factory=list)
    disabled_child_fields: list["FieldOfGroup"] = Field(default_factory=list)


class FieldCategory(WireModel):
    """All fields: they are of one category here."""

    label: str
    enabled_fields: list[FieldOfGroup]
    disabled_fields: list[FieldOfGroup] = Field(default_factory=list)


class FieldsLayout(WireModel):
    """The fields by category."""

    default_category: FieldCategory
    categories: list[FieldCategory] = Field(default_factory=list)


class WholeCollectionView(WireModel):
    """A document type, in a workspace."""

    identifier: str
    name: str
    workspace: CollectionWorkspace
    extractor: TypeExtractorView
    fields_layout: FieldsLayout
    fields_configured: bool = True
    auto_validation_threshold: float | None = None
    unvalidated_docs_count: int | None = None
    confirmed_docs_count: int | None = None
    ingest_email: str | None = None


class CollectionList(RootModel[list[WholeCollectionView]]):
    """Collections."""


class CollectionUpdate(WireModel):
    """What to change; what is absent stays."""

    name: Name | None = None


class CollectionCreate(WireModel):
    """A collection to be: a type of a workspace, with the fields of its ``extractor``."""

    name: Name
    workspace: str
    extractor: str | None = None
    base_extractor: str | None = None


class NewField(WireModel):
    """How a field to be is called, and whether it must be there."""

    label: Name
    field_type: str | None = None
    mandatory: bool = False


class NewDataPoint(WireModel):
    """What a field to be holds; ``parent`` is the group that it is a part of."""

    name: Name | None = None
    slug: Name | None = None
    description: _Text | None = None
    type: str | None = None
    multiple: bool = False
    parent: str | None = None


class DataFieldCreate(WireModel):
    """A field to be."""

    category_label: str | None = None
    field: NewField
    data_point: NewDataPoint = Field(default_factory=NewDataPoint)


class DataPointView(WireModel):
    """What a field holds."""

    identifier: str
    name: str
    slug: str
    description: str | None
    type: str
    multiple: bool
    parent: str | None
    children: list[dict[str, Any]] = Field(default_factory=list)
    no_rect: bool = False
    manual_entry: bool = False


class FieldView(WireModel):
    """How a field is called, and whether it must be there."""

    label: str
    field_type: str
    mandatory: bool


class FieldUpdate(WireModel):
    """What to change of a field; what is absent stays."""

    label: Name | None = None
    mandatory: bool | None = None


class DataFieldView(WireModel):
    """A field."""

    category_label: str
    field: FieldView
    data_point: DataPointView
