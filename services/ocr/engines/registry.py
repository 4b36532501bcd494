"""The engines by name."""

from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from services.ocr.engines import tesseract_installation
from services.ocr.engines.auto import AutoEngine
from services.ocr.engines.base import Engine, InkEngine
from services.ocr.engines.blockwise import CraftEngine
from services.ocr.engines.combining import packaged_models
from services.ocr.engines.craft import TextDetector
from services.ocr.engines.easyocr import EasyOcrEngine
from services.ocr.engines.exact import ExactEngine
from services.ocr.engines.fast import FastEngine
from services.ocr.engines.rapidocr import RapidOcrEngine
from services.ocr.engines.tesseract import TesseractEngine, available
from services.ocr.models import OF_ENGINE, ModelName, model_path, packaged_weights
from services.ocr.users_models import for_all, for_scripts, users_recogniser, weight_file
from shared.errors import Code, Permanent
from shared.models.languages import LANGUAGES, special_letters

ENGINES = (
    "auto", "fast", "fast-english", "craft", "exact", "easyocr", "tesseract", "rapidocr",
)  # fmt: skip


@cache
def loaded(name: str, languages: tuple[str, ...] = ("en",), model_dir: str = "") -> Engine:
    """The engine ``name``, loaded once per process: sessions are dear to make.

    ``languages`` (ISO 639-1) are those that documents may be in, best first. ``model_dir``
    has the operator's own weights; where it is not named, the packaged ones must do.

    Raises:
        Permanent: ``MODEL_MISSING``: there is no such engine, it is not installed, or its
            models cannot be built; a file that ``languages`` need is not in ``model_dir``.
    """
    folder = Path(model_dir) if model_dir else None
    makers: dict[str, Callable[[], Engine]] = {
        "auto": lambda: _best(languages, model_dir),
        "fast": lambda: _fast(languages, folder),
        "fast-english": lambda: FastEngine(model_path(ModelName.RECOGNISER_INT8), name=name),
        "craft": lambda: _craft(languages),
        "exact": lambda: _exact(languages, folder),
        "easyocr": lambda: _easyocr(languages, folder),
        "tesseract": lambda: _tesseract(languages),
        "rapidocr": lambda: RapidOcrEngine(loaded("fast", languages, model_dir)),
    }
    if name not in makers:
        known = ", ".join(ENGINES)
        raise Permanent(Code.MODEL_MISSING, f"There is no engine named {name}; there are {known}.")
    return makers[name]()


def _best(languages: tuple[str, ...], model_dir: str) -> Engine:
    if find_spec("rapidocr") is not None:
        return loaded("rapidocr", languages, model_dir)
    fast, found = loaded("fast", languages, model_dir), tesseract_installation.installed()
    if found is None or not available(found, languages) or not isinstance(fast, InkEngine):
        return fast
    return AutoEngine(fast, TesseractEngine(found, languages), packaged_models())


def _fast(languages: tuple[str, ...], folder: Path | None) -> FastEngine:
    others = [users_recogniser(it, folder) for it in for_scripts(languages)] if folder else []
    if others and not any(LANGUAGES[code].latin for code in languages):
        return FastEngine(others[0], others=others[1:])
    own, small = map(model_path, OF_ENGINE["fast"])
    return FastEngine(own, special_letters(languages), small_print=small, others=others)


def _craft(languages: tuple[str, ...]) -> CraftEngine:
    recogniser = model_path(ModelName.RECOGNISER_LATIN_INT8)
    return CraftEngine(model_path(ModelName.DETECTOR_INT8), recogniser, special_letters(languages))


def _exact(languages: tuple[str, ...], folder: Path | None) -> ExactEngine:
    detector, entry = TextDetector(model_path(ModelName.DETECTOR)), for_all(languages)
    if folder is None or entry is None:
        return ExactEngine(detector, model_path(ModelName.RECOGNISER))
    letters = special_letters(languages) if entry.latin else None
    return ExactEngine(detector, users_recogniser(entry, folder), letters)


def _easyocr(languages: tuple[str, ...], folder: Path | None) -> EasyOcrEngine:
    packaged = packaged_weights(ModelName.DETECTOR, ModelName.RECOGNISER)
    entry = for_all(languages)
    if folder is None or entry is None:
        return EasyOcrEngine(packaged)
    named = [code for code in languages if code in {*entry.languages, "en"}]
    return EasyOcrEngine([*packaged, weight_file(entry, folder)], named)


def _tesseract(languages: tuple[str, ...]) -> TesseractEngine:
    found = tesseract_installation.installed()
    if found is None:
        detail = "Tesseract is not here: pip install 'docstage[tesseract]', or put it on PATH."
        raise Permanent(Code.MODEL_MISSING, detail)
    return TesseractEngine(found, languages)
