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
        every = LabelMap(self.reading.sheet, phrases or own_labels(self.spec)).all()
        found = [hit for hit in every if self._is_own(hit)]
        return sorted(found, key=lambda hit: (not hit.opens, not hit.closes))

    def labelled(self, taken: frozenset[int] = frozenset()) -> Found | None:
        """The value beside the field's label or below it, without the words ``taken``."""
        spec, others = self.spec, self.labels.whole | taken
        labels = own_labels(spec)
        return find_labelled(
            self.reading, spec.type, labels, spec.name, others, trusted=self._is_trusted
        )

    def _is_trusted(self, hit: Hit) -> bool:
        """Whether a label opens its line or ends with a colon, and is this field's."""
        stands = hit.opens or hit.tokens[-1].text.endswith((":", "="))
        return stands and self._is_own(hit)

    def _is_own(self, hit: Hit) -> bool:
        """Whether no label of another field, as long or longer, begins at the same word.

        So ``Employee`` is no misread ``Employer``, where both are labels.
        """
        same = [it for it in self.labels.hits if it.tokens[0] is hit.tokens[0]]
        return all(self.spec.name in it.concepts or it.length < hit.length for it in same)

    def sibling(self, name: str) -> FieldSpec | None:
        """The field of the same schema with that name."""
        return next((spec for spec in self.fields if spec.name == name), None)


def found_at(value: str, tokens: list[Token], sure: float) -> Found:
    """A value whose words are ``tokens``."""
    raw = " ".join(token.text for token in tokens)
    return Found(value, raw, sure * legibility(tokens), tokens)
