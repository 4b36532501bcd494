"""Document types as this dialect tells of them, and is told."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, RootModel

from services.ingest.dialects.affinda.wire import WireModel

Name = Annotated[str, Field(min_length=1, max_length=200)]
Description = Annotated[str, Field(max_length=1000)]


class DocumentTypeView(BaseModel):
    """A document type; one that comes with the product is of every organization."""

    model_config = ConfigDict(frozen=True)

    identifier: str
    name: str
    organization: str
    description: str | None
    ingest_email: str | None = Field(
        default=None, description="always null: workspaces have addresses, types have none"
    )


class DocumentTypeList(RootModel[list[DocumentTypeView]]):
    """Document types: those that come with the product, then own ones."""


class DocumentTypeUpdate(WireModel):
    """What to change; what is absent stays."""

    name: Name | None = None
    description: Description | None = None


class DocumentTypeCreate(DocumentTypeUpdate):
    """A document type to be, without fields as yet."""

    name: Name
    organization: str


class JsonSchema(RootModel[dict[str, Any]]):
    """A JSON Schema of a type's compact data."""


class ModelCode(BaseModel):
    """A Python module with a model of a type's compact data."""

    code: str
