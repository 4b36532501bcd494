"""Exact data that a file carries beside its pages."""

from pydantic import Field

from shared.models.base import StoredModel
from shared.models.page import Box


class EmbeddedFile(StoredModel):
    """A file inside the file, such as the XML of an e-invoice; only text is kept."""

    name: str
    media_type: str
    text: str


class FormField(StoredModel):
    """A filled-in form field of a PDF; ``label`` is what it shows people as its name, if set.

    ``ticked`` is whether a check box is, ``None`` for all else.
    """

    name: str
    value: str
    box: Box
    label: str = ""
    ticked: bool | None = None


class Embedded(StoredModel):
    """Everything of the kind found in one document."""

    files: list[EmbeddedFile] = Field(default_factory=list)
    form_fields: list[FormField] = Field(default_factory=list)
