"""What this dialect says, as models: its OpenAPI document is made of them."""

from enum import StrEnum
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from shared.models.time import Timestamp
from shared.models.work import Problem

_WARNINGS = Field(description="such as where the XML of an e-invoice and its page disagree")


class View(BaseModel):
    """An answer, or a piece of one."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", serialize_by_alias=True, populate_by_name=True
    )


class TaskStatus(StrEnum):
    """How far the queue is with a document."""

    PENDING = "PENDING"
    PROCESSING = "PROCESSING"
    SUCCESS = "SUCCESS"
    FAILURE = "FAILURE"


class AnnotationStatus(StrEnum):
    """How far a document is."""

    PENDING = "pending"
    PROCESSING = "processing"
    SUCCESS = "success"
    ERROR = "error"
    REJECTED = "rejected"


class TaskView(View):
    """A document's way through the queue."""

    id: str
    created: Timestamp
    status: TaskStatus
    document_id: str
    sla_moment: Timestamp = Field(description="when the document is to be done at the latest")
    links: dict[str, str]


class Values(View):
    """Annotations by key, `document:<class>:<field>`, and how sure each is."""

    data: dict[str, Any]
    confidence: dict[str, float]


class DocumentView(View):
    """A document with what was found on it so far."""

    id: str
    name: str
    media_type: str | None = Field(description="null until a file elsewhere was fetched")
    size: int | None = Field(description="bytes; null until a file elsewhere was fetched")
    pages: int | None
    document_class: str | None = Field(alias="class")
    tags: list[str]
    created: Timestamp
    updated: Timestamp
    sla_moment: Timestamp
    task_id: str
    annotation_status: AnnotationStatus
    reviewed: bool
    annotations: Values
    warnings: list[str] = _WARNINGS
    error: Problem | None
    links: dict[str, str]


class Accepted(View):
    """The answer to an upload."""

    status: Literal[202] = 202
    code: Literal["ACCEPTED"] = "ACCEPTED"
    detail: Literal["Accepted"] = "Accepted"
    task: TaskView


class TaskAnswer(View):
    """A task; its document comes along once it is annotated."""

    status: Literal[200] = 200
    task: TaskView
    document: DocumentView | None = None


class TaskList(View):
    """Tasks, newest first."""

    tasks: list[TaskView]


class DocumentAnswer(View):
    """One document."""

    document: DocumentView


class DocumentList(View):
    """Documents, newest first."""

    documents: list[DocumentView]


class AnnotationsView(Values):
    """A document's annotations; ``data`` is empty until there are some."""

    status: AnnotationStatus
    document_class: str | None = Field(alias="class")
    reviewed: bool
    warnings: list[str] = _WARNINGS
    created: Timestamp | None


class AnnotationsAnswer(View):
    """The annotations of one document."""

    annotations: AnnotationsView
    links: dict[str, str]


class AssetView(View):
    """An original file."""

    id: str
    name: str
    media_type: str
    size: int
    sha256: str
    links: dict[str, str]


class AssetList(View):
    """The original files of one document."""

    assets: list[AssetView]


class ReviewStatus(StrEnum):
    """Whether somebody is to look, or has looked."""

    PENDING = "PENDING"
    DONE = "DONE"


class ReviewView(View):
    """A review. ``data`` is what the reviewer left, ``machine_data`` what was found."""

    id: str
    document_id: str
    status: ReviewStatus
    created: Timestamp
    reviewed: Timestamp | None
    reviewer: str | None
    data: dict[str, Any]
    machine_data: dict[str, Any]
    links: dict[str, str]


class ReviewList(View):
    """Reviews of one document, newest first."""

    reviews: list[ReviewView]


class ReviewRequest(View):
    """Corrections by key; the short name of a field does as well. Others are confirmed."""

    data: dict[str, Any] = Field(default_factory=dict)


class Created(View):
    """The answer to a review."""

    status: Literal[201] = 201
    code: Literal["CREATED"] = "CREATED"
    detail: Literal["Created"] = "Created"
    review: ReviewView


class ErrorView(View):
    """Any error."""

    status: int
    code: str
    detail: str
