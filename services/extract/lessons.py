"""What was learned from reviewed documents, as it is stored."""

from pydantic import Field

from shared.models.base import StoredModel
from shared.models.schema import FieldType
from shared.models.training import Progress


class Sighting(StoredModel):
    """Where a value stood on one reviewed document.

    ``left`` and ``above`` are the texts nearest to it, compact; ``x`` and ``y`` its upper left
    corner as shares of the page; ``rows`` how many rows it fills.
    """

    left: str = ""
    above: str = ""
    x: float
    y: float
    page: int = 0
    rows: int = 1


class FieldLesson(StoredModel):
    """How to find one field in one layout.

    ``weights`` are those of the traits of a sighting, by how steady each was. ``constant`` is the
    value where all documents had the same. ``accuracy`` is the chance 0..1 that what is recalled
    is right, and ``machine`` that what the engine finds is: both from documents that the lesson
    was not learned from, towards one half where they are few.
    """

    name: str
    kind: FieldType
    sightings: list[Sighting] = Field(default_factory=list)
    weights: dict[str, float] = Field(default_factory=dict)
    constant: str | None = None
    accuracy: float = 0.5
    machine: float = 0.5


class ColumnLesson(StoredModel):
    """Where the values of a column stand: from ``left`` to ``right``, shares of the page's width.

    ``below`` is how many rows under the one that begins the line.
    """

    name: str
    kind: FieldType
    left: float
    right: float
    below: int = 0


class TableLesson(StoredModel):
    """How to find the lines of one field of rows in one layout.

    Each line begins with a value of the column ``anchor``. ``head`` is the row above the first one,
    ``ends`` what rows begin with that follow the last one, compact. ``accuracy`` is the share 0..1
    of values that are recalled right, ``machine`` that of those which the engine finds: both from
    documents that the lesson was not learned from.
    """

    name: str
    columns: list[ColumnLesson]
    anchor: str
    head: str = ""
    ends: list[str] = Field(default_factory=list)
    accuracy: float = 0.5
    machine: float = 0.5


class LayoutLessons(StoredModel):
    """One layout: words that all its documents have at the same distance from the left edge."""

    marks: list[tuple[str, float]]
    documents: int
    fields: list[FieldLesson] = Field(default_factory=list)
    tables: list[TableLesson] = Field(default_factory=list)


class Lessons(StoredModel):
    """All layouts of one document type that a workspace has reviewed; ``training`` is its id."""

    type: str
    training: str = ""
    layouts: list[LayoutLessons] = Field(default_factory=list)


class Learned(StoredModel):
    """What came of a training, and what it is worth on documents that it did not see."""

    lessons: Lessons
    progress: Progress
