"""What is said of tags; how one looks on a document is ``TagView``."""

from pydantic import Field

from services.ingest.dialects.affinda.wire import WireModel
from services.ingest.tags import MAX_NAME

MAX_DOCUMENTS = 500
"""Documents that are tagged at once."""


class TagCreate(WireModel):
    """A new tag."""

    name: str = Field(min_length=1, max_length=MAX_NAME)
    workspace: str


class TagUpdate(WireModel):
    """Another name; a tag stays in its workspace."""

    name: str | None = Field(default=None, min_length=1, max_length=MAX_NAME)
    workspace: str | None = None


class TagBatch(WireModel):
    """Documents to put a tag on, or to take it off."""

    identifiers: list[str] = Field(default_factory=list, max_length=MAX_DOCUMENTS)
    tag: int
