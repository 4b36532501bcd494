"""What travels through the broker: ids only; the store holds the truth."""

from typing import Literal

from shared.models.base import StoredModel
from shared.models.document import EventName
from shared.models.work import Lane, StageName


INDUCTION_VERSION = 1
"""Of the algorithm that makes schemas of documents; to be raised when it makes others."""


class JobMessage(StoredModel):
    """Asks a stage to work on a record. ``revision`` is the document's at publishing."""

    version: Literal[1] = 1
    id: str
    stage: StageName
    lane: Lane
    organization: str
    document: str
    revision: int
    part: int = 0
    target: str | None = None


class EventMessage(StoredModel):
    """Tells that something happened to a document; ``callback`` if it brought its own."""

    version: Literal[1] = 1
    id: str
    name: EventName
    organization: str
    workspace: str
    document: str
    sequence: int
    callback: bool = False


class ArtifactMessage(StoredModel):
    """Asks for something to be made of a document in that revision."""

    version: Literal[1] = 1
    organization: str
    document: str
    revision: int


class PreviewMessage(ArtifactMessage):
    """Asks for the pictures of pages ``first`` up to, not including, ``last``."""

    first: int
    last: int


class SchemaMessage(ArtifactMessage):
    """Asks for the schema of what stands on the document."""


class SearchableMessage(ArtifactMessage):
    """Asks for the searchable PDF."""
