"""Tags: words that people put on documents."""

from shared.models.base import Record
from shared.models.ids import derived_id

MAX_TAGS = 500
"""Tags of a workspace."""


class Tag(Record):
    """A tag of a workspace; its name occurs there once, in whatever case."""

    workspace: str
    name: str

    @property
    def label(self) -> str:
        """What is the same for two tags that would look alike."""
        return f"{self.workspace}/{self.name.casefold()}"


class Tagging(Record):
    """A tag on a document. Its id is made of both, so that there is no second one."""

    workspace: str
    tag: str
    document: str


def tagging_id(tag: str, document: str) -> str:
    """The id of the record that says that a document has a tag."""
    return derived_id("tagging", tag, document)
