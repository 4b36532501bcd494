"""What a child process runs to learn: pages and reviews as stored in, lessons out."""

from dataclasses import dataclass

from services.extract.memory.learn import Example, learn
from services.extract.printed import read_page
from services.extract.reading import Reading
from shared.models.extraction import Fields
from shared.models.schema import Schema


@dataclass(frozen=True, slots=True)
class ReviewedDocument:
    """A document as it travels to the child: ``pages`` as stored, JSON."""

    pages: list[bytes]
    machine: Fields
    reviewed: Fields


def learn_stored(
    schema: bytes, documents: list[ReviewedDocument], training: str, region: str | None
) -> bytes:
    """What the reviews teach, as JSON of ``Learned``; empty where that is nothing.

    ``region`` is that of the workspace, by which its documents are extracted as well.
    """
    examples = [
        Example(Reading([read_page(page) for page in it.pages], region), it.machine, it.reviewed)
        for it in documents
    ]
    learned = learn(Schema.model_validate_json(schema), examples, training)
    return learned.model_dump_json().encode() if learned.lessons.layouts else b""
