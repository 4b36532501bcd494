"""What is believed of a model's answer: values of the right type that words on the page bear out.

How likely a value is right hangs on the model: its operator says it. The default is what may be
assumed of one that nobody has measured, and lower than the default threshold for a review.
Other engines that agree raise it, see ``services.extract.combining``.
"""

from collections.abc import Callable, Sequence

from services.extract.answers import Answers
from services.extract.calibrate import legibility
from services.extract.contract import ModelAnswer, Stated, StatedValue
from services.extract.engines.model.instructions import rows_addressing_machines
from services.extract.engines.model.places import Place, PlaceFinder
from services.extract.engines.model.values import meanings
from services.extract.reading import Reading
from services.extract.sheet import Sheet, boxes_of
from shared.models.extraction import Field, Fields, FieldSource, Row
from shared.models.schema import FieldSpec, FieldType, Schema

_UNGROUNDED, _IN_INSTRUCTIONS = 0.15, 0.05
"""The chance that a value is right which no words bear out, or none but such."""
_NEAR = 2  # rows: cells of one line of a table stand no further apart
_PITCH = 2.0  # of the line height: how far apart rows of a table are, at most

Choose = Callable[[Sequence[Place]], Place | None]


class ModelEngine:
    """Finds what a model has answered. Without boxes: no words but instructions say it."""

    def __init__(self, answer: ModelAnswer) -> None:
        self.name = f"{answer.engine}/{answer.model}"
        self._answer = answer

    def find(self, answers: Answers, schema: Schema) -> Fields:
        """The fields of ``schema`` that the model gave, as far as they are of its types."""
        grounding = _Grounding(answers.reading, self._answer.accuracy)
        fields: Fields = {}
        for spec in schema.fields:
            stated = self._answer.values.get(spec.name)
            if spec.type is FieldType.ROWS:
                if isinstance(stated, list):
                    fields[spec.name] = grounding.rows(spec, stated)
            elif stated is not None and (found := grounding.field(spec, stated)):
                fields[spec.name] = found
        return fields


class _Grounding:
    def __init__(self, reading: Reading, accuracy: float) -> None:
        self._reading = reading
        self._accuracy = accuracy
        self._finder = PlaceFinder(reading)
        self._instructions = rows_addressing_machines(reading.sheet)

    def field(self, spec: FieldSpec, stated: Stated) -> Field | None:
        """``None`` for what is no value of the field's type."""
        return None if isinstance(stated, list) else self._ground(spec, stated, _of_field(spec))

    def rows(self, spec: FieldSpec, stated: list[dict[str, StatedValue]]) -> list[Row]:
        """The rows that have a cell; each near the line of the page that says most of it."""
        columns = {column.name: column for column in spec.fields}
        found: list[Row] = []
        after = -1
        for cells in stated:
            known = {name: value for name, value in cells.items() if name in columns}
            line = self._line_of(columns, known, after)
            after = after if line is None else line
            near = _near(self._reading.sheet, line)
            row = {
                name: cell
                for name, value in known.items()
                if (cell := self._ground(columns[name], value, near)) is not None
            }
            if row:
                found.append(row)
        return found

    def _ground(self, spec: FieldSpec, stated: StatedValue, choose: Choose) -> Field | None:
        forms = meanings(self._reading, spec.type, stated)
        if not forms:
            return None
        value, place, chance = forms[0], None, _UNGROUNDED
        for form in forms:
            places = self._finder.find(spec.type, form, str(stated))
            honest = [each for each in places if not each.rows <= self._instructions]
            chosen = choose(honest)
            if chosen is not None:
                value, place, chance = form, chosen, self._accuracy * chosen.alike
                break
            if places and not honest:
                chance = _IN_INSTRUCTIONS
        tokens = place.tokens if place else []
        return Field(
            value=value,
            raw=" ".join(token.text for token in tokens) or str(stated),
            confidence=round(chance * legibility(tokens), 4),
            boxes=boxes_of(tokens),
            grounded=bool(tokens),
            source=FieldSource.LLM,
        )

    def _line_of(
        self, columns: dict[str, FieldSpec], cells: dict[str, StatedValue], after: int
    ) -> int | None:
        """The line of the page, below that of the row before, that says most of the cells."""
        votes: dict[int, int] = {}
        for name, stated in cells.items():
            lines: set[int] = set()
            for form in meanings(self._reading, columns[name].type, stated)[:1]:
                for place in self._finder.find(columns[name].type, form, str(stated)):
                    lines |= place.rows
            for line in lines:
                votes[line] = votes.get(line, 0) + 1
        below = {line: count for line, count in votes.items() if line > after} or votes
        return min(below, key=lambda line: (-below[line], line), default=None)


def _of_field(spec: FieldSpec) -> Choose:
    """The first place; of sums the last, as what is summed up stands below."""
    at = -1 if spec.type is FieldType.AMOUNT else 0
    return lambda places: places[at] if places else None


def _near(sheet: Sheet, line: int | None) -> Choose:
    """The place nearest to the line, if it is near at all."""

    def choose(places: Sequence[Place]) -> Place | None:
        if line is None or not places:
            return None
        place = min(places, key=lambda place: min(abs(row - line) for row in place.rows))
        row = min(place.rows, key=lambda row: abs(row - line))
        if abs(row - line) > _NEAR or sheet.rows[row].page != sheet.rows[line].page:
            return None
        apart = abs(sheet.rows[row].y0 - sheet.rows[line].y0)
        return place if apart <= _PITCH * _NEAR * sheet.line_height else None

    return choose
