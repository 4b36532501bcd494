"""The message of a result queue: CloudEvents 1.0 in JSON, structured mode.

One model for what is stored, published, fetched and described (``/asyncapi.json``).
Attributes after the CloudEvents specification, version 1.0.2, "Context Attributes".
"""

from typing import Any, Literal

from pydantic import Field

from shared.models.base import StoredModel
from shared.models.document import DocumentState, EventName, Review
from shared.models.extraction import Fields, TypeGuess
from shared.models.time import Timestamp
from shared.models.work import Problem

CLOUD_EVENT = "application/cloudevents+json"
MAX_FIELDS_BYTES = 64 * 1024
"""Fields whose JSON is longer are left out; ``links.content`` leads to them."""


class ResultDocument(StoredModel):
    """The document as it stood when the message was made.

    ``fields`` is absent as long as there are none, and when they are longer than 64 KB: then
    ``links.content`` is a signed link to the document's JSON, good for some days without a key.
    """

    id: str
    name: str
    state: DocumentState
    type: TypeGuess | None = None
    workspace: str
    reference: str | None = None
    metadata: dict[str, Any] = Field(default_factory=dict)
    pages: int | None = None
    error: Problem | None = None
    review: Review = Field(default_factory=Review)
    fields: Fields | None = None
    links: dict[str, str] = Field(default_factory=dict)


class ResultData(StoredModel):
    """``sequence`` counts the document's events from 1: drop what is older than you know."""

    sequence: int
    document: ResultDocument


class ResultMessage(StoredModel):
    """An event of a document. ``id`` stays the same over redeliveries and replays."""

    specversion: Literal["1.0"] = "1.0"
    id: str
    source: str = Field(description="the workspace, as a path of this API")
    type: EventName
    subject: str = Field(description="the document's id")
    time: Timestamp
    datacontenttype: Literal["application/json"] = "application/json"
    data: ResultData
