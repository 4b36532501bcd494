"""What travels through the broker: ids only; the store holds the truth."""

from typing import Literal

from shared.models.base import StoredModel
from shared.models.document import EventName
from shared.models.pictures import PictureSize
from shared.models.work import Lane, StageName

INDUCTION_VERSION = 2
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


class RequestMessage(StoredModel):
    """Asks for something to be made that somebody waits for."""

    version: Literal[1] = 1
    organization: str

    @property
    def subject(self) -> str:
        """The id of what it is to be made of."""
        return self.organization


class ArtifactMessage(RequestMessage):
    """Asks for something to be made of a document in that revision."""

    document: str
    revision: int

    @property
    def subject(self) -> str:
        """The document."""
        return self.document


class PreviewMessage(ArtifactMessage):
    """Asks for the pictures of pages ``first`` up to, not including, ``last``."""

    first: int
    last: int
    size: PictureSize = PictureSize.NORMAL


class SchemaMessage(ArtifactMessage):
    """Asks for the schema of what stands on the document."""


class SearchableMessage(ArtifactMessage):
    """Asks for the searchable PDF."""


class PersonalMessage(ArtifactMessage):
    """Asks for the redacted PDF, or for the photo of the person."""

    what: Literal["redacted", "head_shot"]


class TrainingMessage(RequestMessage):
    """Asks for what the reviews of a workspace teach about a document type.

    ``training`` is the id that the outcome is stored under.
    """

    workspace: str
    type: str
    training: str

    @property
    def subject(self) -> str:
        """The workspace."""
        return self.workspace
