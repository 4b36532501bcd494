"""The three modes, the models that can be named, and what a page costs in each."""

from dataclasses import dataclass

from services.ingest.dialects.documind.models import ExtractWish
from shared.models.extraction import ExtractionMode, ExtractionOrder

CREDITS_BY_MODEL = {
    "openai-gpt-4o": 6,
    "openai-gpt-4.1": 4,
    "google-gemini-2.0-flash": 2,
    "google-gemini-2.5-flash": 2,
    "google-gemini-3-flash": 2,
    "qwen-3-vl": 2,
    "docstage-layout": 2,
}
"""The names that the original takes, which all mean our own engines, and the name of ours."""

CREDITS_BY_MODE = {ExtractionMode.VLM: 10, ExtractionMode.ADVANCED: 15}
MODES = tuple(
    it.value for it in (ExtractionMode.BASIC, ExtractionMode.ADVANCED, ExtractionMode.VLM)
)


@dataclass(frozen=True, slots=True)
class Refused:
    """A value that is none of those allowed."""

    field: str
    allowed: tuple[str, ...]


def mode_of(wish: ExtractWish) -> ExtractionMode | Refused:
    """The mode that a wish chooses, by what is there: a model goes before a mode."""
    if wish.model is not None:
        known = wish.model in CREDITS_BY_MODEL
        return ExtractionMode.BASIC if known else Refused("model", tuple(CREDITS_BY_MODEL))
    if wish.extraction_mode is None:
        return ExtractionMode.ADVANCED
    if wish.extraction_mode not in MODES:
        return Refused("extraction_mode", MODES)
    return ExtractionMode(wish.extraction_mode)


def price(mode: ExtractionMode, model: str | None) -> int:
    """Credits per page."""
    cheapest = min(CREDITS_BY_MODEL.values())
    return CREDITS_BY_MODE.get(mode, CREDITS_BY_MODEL.get(model or "", cheapest))


def cost(mode: ExtractionMode, order: ExtractionOrder, pages: int) -> int:
    """The credits that an extraction of so many pages takes."""
    return pages * price(mode, order.terms.get("model"))
