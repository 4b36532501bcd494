"""Has all engines look for the fields, and makes one set of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from services.extract.answers import Answers
from services.extract.combining import Opinion, combine
from services.extract.contract import ModelAnswer
from services.extract.engines import Engine
from services.extract.engines.layout import LayoutEngine
from services.extract.engines.model.engine import ModelEngine
from services.extract.engines.model.instructions import boxes_addressing_machines
from services.extract.lessons import Lessons
from services.extract.memory.engine import RememberingEngine
from shared.models.extraction import (
    SUSPICIOUS,
    ExtractionMode,
    Field,
    Fields,
    FieldSource,
    ReviewReason,
    Row,
)
from shared.models.page import Box
from shared.models.schema import Schema

_LONGEST = 200  # characters of a value that are quoted
_LEADERS = {ExtractionMode.LLM: "llm", ExtractionMode.VLM: "vlm"}


@dataclass(slots=True)
class Consensus:
    """``name`` is that of all engines that were heard, such as ``layout/1+llm/qwen3``."""

    name: str
    fields: Fields
    reasons: list[ReviewReason] = field(default_factory=list)


def consensus(
    answers: Answers,
    schema: Schema,
    stated: Sequence[ModelAnswer],
    mode: ExtractionMode,
    lessons: Lessons | None = None,
) -> Consensus:
    """The fields of ``schema`` by the layout, and by the models that have ``stated`` some.

    ``lessons`` are those of the document's type, where reviews have taught any. In modes
    ``llm`` and ``vlm`` what that model says goes before, where words bear it out.
    """
    layout = LayoutEngine() if lessons is None else RememberingEngine(LayoutEngine(), lessons)
    engines: list[Engine] = [layout, *(ModelEngine(answer) for answer in stated)]
    found = [engine.find(answers, schema) for engine in engines]
    name = "+".join(engine.name for engine in engines)
    if not stated:
        return Consensus(name, found[0])
    opinions = [
        Opinion(engine.name.partition("/")[0], fields)
        for engine, fields in zip(engines, found, strict=True)
    ]
    combined = combine(schema, opinions, _LEADERS.get(mode))
    places = boxes_addressing_machines(answers.reading.sheet)
    if not places:
        return Consensus(name, combined.fields, combined.reasons)
    detail = f"page {places[0].page + 1} has text that tells a machine what to answer"
    reasons = [*combined.reasons, ReviewReason(code=SUSPICIOUS, detail=detail)]
    fields: Fields = {}
    for each, value in combined.fields.items():
        kept, why = _borne_out(value, places)
        if kept is not None:
            fields[each] = kept
        if why:
            reasons.append(ReviewReason(code=SUSPICIOUS, field=each, detail=why))
    return Consensus(name, fields, reasons)


def _borne_out(
    value: Field | list[Row], places: Sequence[Box]
) -> tuple[Field | list[Row] | None, str]:
    """What is left of a value where text addresses machines, and what is wrong with it.

    What only a model says, and no words but perhaps such, it may have been told to say.
    """
    if isinstance(value, Field):
        if _is_told(value):
            return None, f"a model said {str(value.value)[:_LONGEST]!r}, and no other words do"
        return value, "the value stands in such text" if _is_within(value.boxes, places) else ""
    rows = [{name: cell for name, cell in row.items() if not _is_told(cell)} for row in value]
    lost = sum(map(len, value)) - sum(map(len, rows))
    return [row for row in rows if row], f"{lost} values of a model left out" if lost else ""


def _is_told(value: Field) -> bool:
    return value.source is FieldSource.LLM and not value.grounded


def _is_within(boxes: Sequence[Box], places: Sequence[Box]) -> bool:
    return bool(boxes) and all(any(_is_in(box, place) for place in places) for box in boxes)


def _is_in(box: Box, place: Box) -> bool:
    x, y = (box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2
    return box.page == place.page and place.x0 <= x <= place.x1 and place.y0 <= y <= place.y1
