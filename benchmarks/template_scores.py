"""How often invoice2data is right on documents that it has a template for, and we on the same."""

from collections.abc import Mapping
from dataclasses import dataclass

from benchmarks.dataset import Document
from benchmarks.scores import matches


@dataclass
class TemplateScores:
    """Counts of documents that a template applies to, and of their fields."""

    documents: int = 0
    failed: int = 0
    fields: int = 0
    right: int = 0
    ours_right: int = 0

    def add(
        self, document: Document, ours: Mapping[str, bool], found: Mapping[str, str] | None
    ) -> None:
        """Count one document: ``ours`` says which fields we have right, ``found`` is its answer."""
        if found is None:
            return
        self.documents += 1
        self.failed += not found
        self.fields += len(ours)
        self.ours_right += sum(ours.values())
        self.right += sum(
            matches(name, document.fields.get(name), found.get(name))
            for name in ours
            if name in found
        )

    def as_dict(self) -> dict[str, int]:
        """The figures as JSON."""
        return {
            "documents": self.documents,
            "failed": self.failed,
            "fields": self.fields,
            "right": self.right,
            "ours_right": self.ours_right,
        }

    def __str__(self) -> str:
        return (
            f"invoice2data has templates for {self.documents} and reads {self.right} of "
            f"{self.fields} fields right, we {self.ours_right}"
        )
