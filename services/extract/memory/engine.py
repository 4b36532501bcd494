"""The layout engine, corrected by what reviews of the same layout have taught."""

from services.extract.answers import Answers
from services.extract.engines import Engine
from services.extract.lessons import Lessons
from services.extract.memory.columns import remembered_rows
from services.extract.memory.merge import remembered
from services.extract.memory.recall import layout_of, recall
from shared.models.extraction import Field, Fields
from shared.models.schema import FieldType, Schema

_SHOWN = 8  # characters of a training's id


class RememberingEngine:
    """Finds what ``engine`` finds, and sets right what it gets wrong in layouts it was taught."""

    def __init__(self, engine: Engine, lessons: Lessons) -> None:
        self.name = f"{engine.name}+learned/{lessons.training[-_SHOWN:]}"
        self._engine = engine
        self._lessons = lessons

    def find(self, answers: Answers, schema: Schema) -> Fields:
        """The fields of ``schema``; those of an unknown layout are as ``engine`` finds them."""
        fields = self._engine.find(answers, schema)
        layout = layout_of(self._lessons, answers.reading.sheet)
        if layout is None:
            return fields
        kinds = {spec.name: spec.type for spec in schema.fields}
        for found in recall(layout, answers.reading):
            name, machine = found.lesson.name, fields.get(found.lesson.name)
            if kinds.get(name) is not found.lesson.kind or isinstance(machine, list):
                continue  # the type was changed since
            left = remembered(machine if isinstance(machine, Field) else None, found, kinds[name])
            if left is not None:
                fields[name] = left
        for lesson in layout.tables:
            machine = fields.get(lesson.name)
            if kinds.get(lesson.name) is FieldType.ROWS and not isinstance(machine, Field):
                fields[lesson.name] = remembered_rows(machine or [], lesson, answers.reading)
        return fields
