"""Makes one field of what the engine found and what lessons recall."""

from services.extract.combining import same
from services.extract.memory.recall import Recalled
from services.extract.sheet import boxes_of
from shared.models.extraction import Field, FieldSource
from shared.models.schema import FieldType

_HIGHEST = 0.99
_LEAST = 0.5  # accuracy of what is recalled where the engine found nothing
_UNSEEN = 0.9  # of the confidence of a value that does not stand on the page


def remembered(machine: Field | None, found: Recalled | None, kind: FieldType) -> Field | None:
    """The field to take: whichever was right more often on reviewed documents of the layout.

    Where both agree it is surer than either; where they differ, as sure as its record.
    """
    if found is None:
        return machine
    lesson = found.lesson
    if machine is None:
        return _field(found) if lesson.accuracy >= _LEAST else None
    if same(kind, machine.value, found.value):
        doubt = (1 - machine.confidence) * (1 - lesson.accuracy)
        return machine.copy_with(confidence=round(min(_HIGHEST, 1 - doubt), 4))
    if lesson.accuracy > lesson.machine:
        return _field(found)
    return machine.copy_with(confidence=min(machine.confidence, lesson.machine))


def _field(found: Recalled) -> Field:
    grounded = bool(found.tokens)
    confidence = found.lesson.accuracy * (1.0 if grounded else _UNSEEN)
    raw = " ".join(token.text for token in found.tokens)
    return Field(
        value=found.value,
        raw=raw or found.value,
        confidence=round(min(_HIGHEST, confidence), 4),
        boxes=boxes_of(found.tokens),
        grounded=grounded,
        source=FieldSource.LAYOUT,
    )
