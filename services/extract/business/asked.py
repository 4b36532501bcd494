"""A field that is asked for, with what its finder works with."""

from dataclasses import dataclass

from services.extract.answers import Answers
from services.extract.calibrate import legibility
from services.extract.finders import Found
from services.extract.finders.labelled import find_labelled
from services.extract.labels import Hit, LabelMap
from services.extract.lexicon import Phrases
from services.extract.mapping import own_labels
from services.extract.reading import Reading
from services.extract.sheet import Token
from shared.models.schema import FieldSpec


@dataclass(frozen=True, slots=True)
class SchemaLabels:
    """The labels of all fields of a schema on a page.

    ``opening`` are the first words of those that open a segment, ``whole`` the words of those that
    are nothing but labels: none of them is the value of another field.
    """

    hits: list[Hit]
    opening: frozenset[int]
    whole: frozenset[int]


@dataclass(frozen=True, slots=True)
class Asked:
    """``spec`` is a field of ``fields``, the schema's; ``titled`` is whether that has titles."""

    answers: Answers
    spec: FieldSpec
    fields: tuple[FieldSpec, ...]
    labels: SchemaLabels
    titled: bool = False

    @property
    def reading(self) -> Reading:
        """The document."""
        return self.answers.reading

    def hits(self, phrases: Phrases | None = None) -> list[Hit]:
        """Where the field's own labels stand, those that open their line first."""
        found = LabelMap(self.reading.sheet, phrases or own_labels(self.spec)).all()
        return sorted(found, key=lambda hit: (not hit.opens, not hit.closes))

    def labelled(self, taken: frozenset[int] = frozenset()) -> Found | None:
        """The value beside the field's label or below it, without the words ``taken``."""
        spec, others = self.spec, self.labels.whole | taken
        labels = own_labels(spec)
        return find_labelled(self.reading, spec.type, labels, spec.name, others, strict=True)

    def sibling(self, name: str) -> FieldSpec | None:
        """The field of the same schema with that name."""
        return next((spec for spec in self.fields if spec.name == name), None)


def found_at(value: str, tokens: list[Token], sure: float) -> Found:
    """A value whose words are ``tokens``."""
    raw = " ".join(token.text for token in tokens)
    return Found(value, raw, sure * legibility(tokens), tokens)
