"""Splitters, and how a person splits a file."""

from pydantic import Field

from services.ingest.dialects.affinda.wire import WireModel
from services.ingest.splitting import MAX_PIECES


class SplitterView(WireModel):
    """A splitter; it belongs to nobody."""

    identifier: str
    name: str
    type: str
    organization: str | None = None
    extractor: str | None = None
    llm_hint: str | None = None


class SplitPageWish(WireModel):
    """A page by its number; how it is turned is found out by reading it."""

    id: int
    rotation: int | None = None


class SplitPart(WireModel):
    """One of the documents."""

    identifier: str | None = None
    pages: list[SplitPageWish] = Field(min_length=1)


class SplitWish(WireModel):
    """The documents that a file holds."""

    splits: list[SplitPart] = Field(min_length=1, max_length=MAX_PIECES)
