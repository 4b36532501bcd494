"""Containers: documents that hold others, such as e-mail with its attachments."""

from enum import StrEnum

from pydantic import Field

from shared.models.base import StoredModel
from shared.models.work import Work


class ContainerKind(StrEnum):
    """What holds the documents: a message, an archive, or one file of several documents."""

    EMAIL = "email"
    ARCHIVE = "archive"
    BUNDLE = "bundle"


CONTAINER_KINDS: dict[str, ContainerKind] = {
    "message/rfc822": ContainerKind.EMAIL,
    "application/vnd.ms-outlook": ContainerKind.EMAIL,
    "application/zip": ContainerKind.ARCHIVE,
}
"""The media types that are unpacked and not read. What is a bundle only reading can tell."""


class Child(StoredModel):
    """A document that was in a container; ``part`` is where in it, and never changes."""

    id: str
    name: str
    part: str


class LeftOut(StoredModel):
    """Something in a container that became no document, and why: a code of ``shared.errors``."""

    name: str
    code: str
    detail: str = ""


class Piece(StoredModel):
    """One of several documents in a file: some of its pages, counted from 0.

    Or one sheet of paper on a photo: the ``region`` of that number on its page.
    """

    pages: list[int]
    region: int | None = None


class Container(StoredModel):
    """What a document holds, and the work of unpacking it.

    ``children`` are complete once the work is done. Of ``left_out`` the first
    ``MAX_LEFT_OUT`` are kept, ``left_out_count`` counts all. ``pieces`` are the documents of a
    bundle, as found when it was read.
    """

    kind: ContainerKind
    work: Work = Field(default_factory=Work)
    children: list[Child] = Field(default_factory=list)
    left_out: list[LeftOut] = Field(default_factory=list)
    left_out_count: int = 0
    pieces: list[Piece] = Field(default_factory=list)


MAX_LEFT_OUT = 100
