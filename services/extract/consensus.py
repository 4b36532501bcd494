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
from shared.models.extraction import ExtractionMode, Field, Fields, ReviewReason
from shared.models.page import Box
from shared.models.schema import Schema

SUSPICIOUS = "suspicious_text"
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
    suspicious = _suspicious(answers, combined.fields)
    return Consensus(name, combined.fields, combined.reasons + suspicious)


def _suspicious(answers: Answers, fields: Fields) -> list[ReviewReason]:
    """For the document, and each field that has its value, where text addresses machines."""
    places = boxes_addressing_machines(answers.reading.sheet)
    if not places:
        return []
    detail = f"page {places[0].page + 1} has text that tells a machine what to answer"
    return [
        ReviewReason(code=SUSPICIOUS, detail=detail),
        *(
            ReviewReason(code=SUSPICIOUS, field=name, detail="the value stands in such text")
            for name, value in fields.items()
            if isinstance(value, Field) and _is_within(value.boxes, places)
        ),
    ]


def _is_within(boxes: Sequence[Box], places: Sequence[Box]) -> bool:
    return bool(boxes) and all(any(_is_in(box, place) for place in places) for box in boxes)


def _is_in(box: Box, place: Box) -> bool:
    x, y = (box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2
    return box.page == place.page and place.x0 <= x <= place.x1 and place.y0 <= y <= place.y1
