"""What people say of single values."""

from typing import Any

from pydantic import Field, RootModel

from services.ingest.dialects.affinda.documents.annotations import AnnotationView
from services.ingest.dialects.affinda.wire import WireModel

MAX_BATCH = 1000


class RectangleWish(WireModel):
    """A place on a page, in points; without a page of its own, on that of the value."""

    page_index: int | None = Field(default=None, ge=0)
    x0: float
    y0: float
    x1: float
    y1: float


class AnnotationCreate(WireModel):
    """A value that was not found; ``dataPoint`` or ``field`` says which, ``parent`` in what row."""

    document: str
    page_index: int | None = Field(default=None, ge=0)
    rectangles: list[RectangleWish] | None = Field(default=None, max_length=100)
    data_point: str | None = None
    field: str | None = None
    raw: str | None = Field(default=None, max_length=10_000)
    parsed: Any = None
    is_client_verified: bool | None = None
    parent: int | None = None


class AnnotationUpdate(WireModel):
    """What is otherwise with a value; what is not given stays, and so does the field it is of."""

    rectangles: list[RectangleWish] | None = Field(default=None, max_length=100)
    page_index: int | None = Field(default=None, ge=0)
    raw: str | None = Field(default=None, max_length=10_000)
    parsed: Any = None
    is_client_verified: bool | None = None


class AnnotationBatchUpdate(AnnotationUpdate):
    """The same for one of many."""

    id: int


class AnnotationCreates(RootModel[list[AnnotationCreate]]):
    """Several new ones."""

    root: list[AnnotationCreate] = Field(max_length=MAX_BATCH)


class AnnotationUpdates(RootModel[list[AnnotationBatchUpdate]]):
    """Several changes."""

    root: list[AnnotationBatchUpdate] = Field(max_length=MAX_BATCH)


class AnnotationIds(RootModel[list[int]]):
    """Several of them."""

    root: list[int] = Field(max_length=MAX_BATCH)


class AnnotationPage(WireModel):
    """Some of a document's values."""

    count: int | None
    next: str | None
    previous: str | None
    results: list[AnnotationView]


class Changed(WireModel):
    """Validation results that a change has touched; rules are run where they are kept, not here."""

    created: list[Any] = Field(default_factory=list)
    updated: list[Any] = Field(default_factory=list)
    deleted: list[Any] = Field(default_factory=list)


class Removed(WireModel):
    """The answer to removing values."""

    validation_results: Changed = Field(default_factory=Changed)
