"""What somebody's rules have found about a document's values."""

from pydantic import Field

from shared.models.base import Record

MAX_CHECKS = 1000
"""Of a document."""


class Check(Record):
    """The outcome of a rule that is kept and run elsewhere.

    ``rule`` is its name there; ``passed`` is ``None`` where it could not be run. ``places`` are
    those of the values it is about, as in ``services.ingest.edits``.
    """

    workspace: str
    document: str
    rule: str
    message: str
    passed: bool | None = None
    places: list[str] = Field(default_factory=list)
