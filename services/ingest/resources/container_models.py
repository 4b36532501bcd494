"""What the native API says of containers, as models."""

from pydantic import Field as ModelField

from shared.models.base import Model
from shared.models.container import ContainerKind, LeftOut
from shared.models.document import DocumentState
from shared.models.extraction import TypeGuess
from shared.models.work import Problem, WorkState


class ChildView(Model):
    """A document that was in a container."""

    id: str
    name: str
    part: str = ModelField(description="where in the container, the same each time")
    state: DocumentState | None = ModelField(
        description="null in lists of documents, and of one that was removed since"
    )
    type: TypeGuess | None
    error: Problem | None
    links: dict[str, str]


class ContainerView(Model):
    """What lies in a message, an archive, or a file of several documents."""

    kind: ContainerKind
    unpacking: WorkState
    children: list[ChildView] = ModelField(description="complete when unpacking is done")
    left_out: list[LeftOut] = ModelField(description="what became no document; the first 100")
    left_out_count: int
