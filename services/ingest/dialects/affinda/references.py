"""How things of other resources are told of inside one."""

from services.ingest.dialects.affinda.wire import WireModel


class Named(WireModel):
    """Something with an identifier and a name."""

    identifier: str
    name: str


class TagView(WireModel):
    """A tag on a document."""

    id: int
    name: str
    workspace: str
    document_count: int = 0
