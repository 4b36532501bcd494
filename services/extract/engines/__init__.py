"""Engines behind one port: each finds the fields of a schema on a document as read."""

from typing import Protocol

from services.extract.answers import Answers
from shared.models.extraction import Fields
from shared.models.schema import Schema


class Engine(Protocol):
    """``name`` is stored with every extraction, such as ``layout/1``."""

    name: str

    def find(self, answers: Answers, schema: Schema) -> Fields:
        """The fields of ``schema`` that the document bears out; absent ones are left out."""
        ...
