"""What a workspace's reviews have taught about one document type, and what that was worth."""

from pydantic import Field

from shared.models.base import Record, StoredModel


class FieldProgress(StoredModel):
    """A field before and after: how many of its ``values`` were right.

    Each is counted on a document whose own review was left out.
    """

    name: str
    values: int
    before: int
    after: int


class Progress(StoredModel):
    """``documents`` of ``layouts`` with enough of them to learn from, of ``reviewed`` ones."""

    reviewed: int
    documents: int
    layouts: int
    fields: list[FieldProgress] = Field(default_factory=list)


class Training(Record):
    """One training; what was learned lies in the blob store under its id.

    ``version`` counts those of the same type in the workspace. Which one is used says the
    workspace.
    """

    workspace: str
    type: str
    version: int
    progress: Progress
