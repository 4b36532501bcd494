"""What this dialect says, as models: its OpenAPI document is made of them."""

from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, RootModel

from shared.models.time import Timestamp

SchemaJson = dict[str, Any]


class View(BaseModel):
    """An answer, or a piece of one."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", serialize_by_alias=True, populate_by_name=True
    )


class Wish(BaseModel):
    """A request's body; what is not known in it is passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)


class ErrorView(View):
    """Any error; ``allowed_values`` comes with a value that is none of them."""

    detail: str


class DocumentIds(RootModel[list[str]]):
    """The ids of the files, in their order."""


class Status(StrEnum):
    """How far an extraction is."""

    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"


class DocumentView(View):
    """A document."""

    id: str
    original_filename: str
    media_type: str
    size_bytes: int
    pages: int | None
    status: Status = Field(description="how far its reading is")
    created_at: Timestamp
    updated_at: Timestamp
    expires_at: Timestamp | None
    error: str | None


class DocumentPage(View):
    """Some of the documents, newest first."""

    items: list[DocumentView]
    total: int
    skip: int
    limit: int


class SchemaAnswer(View):
    """A schema made from a sample."""

    schema_: SchemaJson = Field(alias="schema")
    document_id: str


class DescribedSchema(RootModel[SchemaJson]):
    """A schema made from a description: the body is the schema itself."""


class DescriptionWish(Wish):
    """What a schema is to be made of."""

    schema_name: str = Field(default="", max_length=200)
    schema_description: str = Field(max_length=10_000)


class ExtractWish(Wish):
    """What to find, and how.

    ``model`` chooses mode basic, ``extraction_mode`` the other ones; neither is mode advanced.
    Without a schema one is made from the document.
    """

    schema_: SchemaJson | None = Field(default=None, alias="schema")
    prompt: str = Field(default="", max_length=20_000)
    model: str | None = None
    extraction_mode: str | None = None
    review_threshold: float = Field(default=80, ge=0, le=100, allow_inf_nan=False)


class ReviewMetadata(View):
    """How sure each field is (0 to 100), and whether a person should look; empty in mode basic."""

    confidence_scores: dict[str, float]
    review_flags: dict[str, bool]


class ExtractAnswer(View):
    """What was found: every field of the schema is a key of `results`."""

    document_id: str
    extraction_id: str
    results: dict[str, Any]
    needs_review: bool
    needs_review_metadata: ReviewMetadata
    warnings: list[str]


class ExtractionView(View):
    """An extraction; `reviewed_results` replace `results` once a person has reviewed it."""

    id: str
    document_id: str
    original_filename: str
    status: Status
    mode: str
    model: str | None
    schema_: SchemaJson = Field(alias="schema")
    prompt: str
    created_at: Timestamp
    updated_at: Timestamp
    results: dict[str, Any] | None
    needs_review: bool
    needs_review_metadata: ReviewMetadata
    is_reviewed: bool
    reviewed_results: dict[str, Any] | None
    reviewed_at: Timestamp | None
    reviewed_by: str | None
    credits_used: int
    warnings: list[str]
    error: str | None


class ExtractionPage(View):
    """Some of the extractions."""

    items: list[ExtractionView]
    total: int
    skip: int
    limit: int


class ReviewWish(Wish):
    """A person's corrections; what is absent keeps the machine's value."""

    reviewed_results: dict[str, Any] = Field(default_factory=dict)


class ModelView(View):
    """A model that can be named."""

    name: str
    credits_per_page: int


class ModelList(View):
    """The models that can be named, all of which are names for the engines at hand."""

    models: list[ModelView]
