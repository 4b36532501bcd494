"""The built-in engine: labels, layout and arithmetic; offline and without a model service."""

from services.extract.answers import TABLES, Answers
from services.extract.finders import Found
from services.extract.finders.labelled import find_labelled
from services.extract.grounding import field_of
from services.extract.mapping import concept_of, own_labels
from shared.models.extraction import Fields, Row
from shared.models.schema import FieldSpec, FieldType, Schema


class LayoutEngine:
    """Finds values by what stands around them on the page."""

    name = "layout/1"

    def find(self, answers: Answers, schema: Schema) -> Fields:
        """The fields of ``schema`` that the document bears out; absent ones are left out."""
        fields: Fields = {}
        if not answers.reading.sheet.tokens:
            return fields
        for spec in schema.fields:
            if spec.type == FieldType.ROWS:
                concept = concept_of(spec, TABLES)
                if concept in TABLES:
                    fields[spec.name] = _rows(answers, spec, concept)
                continue
            found = self._find(answers, spec)
            if found is not None:
                fields[spec.name] = field_of(found)
        return fields

    def _find(self, answers: Answers, spec: FieldSpec) -> Found | None:
        concept = concept_of(spec, answers.concepts)
        if concept in answers.concepts:
            return answers.find(concept)
        reading = answers.reading
        if concept is not None and (found := find_labelled(reading, spec.type, None, concept)):
            return found
        return find_labelled(reading, spec.type, own_labels(spec), spec.name)


def _rows(answers: Answers, spec: FieldSpec, table: str) -> list[Row]:
    names = {column.concept or column.name: column.name for column in spec.fields}
    rows = [
        {names[concept]: field_of(found) for concept, found in row.items() if concept in names}
        for row in answers.rows(table)
    ]
    return [row for row in rows if row]
