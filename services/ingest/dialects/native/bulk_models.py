"""Models of what is done to many documents at once."""

from pydantic import Field

from services.ingest.bulk import MOST, Action, Result
from shared.models.base import Model


class BulkRequest(Model):
    """What to do to which documents: those with ``ids``, or those of a ``filter``."""

    action: Action
    ids: list[str] | None = Field(default=None, min_length=1, max_length=MOST)
    filter: dict[str, str] | None = Field(
        default=None,
        min_length=1,
        description="as in the list of documents, by the names of its parameters",
    )
    type: str | None = Field(default=None, description="of retype: the name of a document type")
    limit: int = Field(
        default=MOST, ge=1, le=MOST, description="documents of the filter in one call"
    )
    cursor: str | None = Field(
        default=None, description="of the answer before, to go on with the same filter"
    )


class BulkOutcome(Model):
    """What became of one document."""

    id: str
    name: str
    result: Result
    code: str | None
    detail: str


class BulkResult(Model):
    """An outcome for each document, in their order."""

    outcomes: list[BulkOutcome]
    done: int
    unchanged: int
    failed: int
    more: bool = Field(description="whether the filter has more documents behind these")
    cursor: str | None


class DocumentCount(Model):
    """How many documents a list has."""

    count: int
    capped: bool = Field(description="whether there are more than were counted")
