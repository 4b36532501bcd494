"""Which engines can read pages here, and which one is used."""

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from services.cli.diagnosis.finding import Finding, Status, local
from shared.config import Settings
from shared.errors import Permanent
from shared.models.languages import LANGUAGES, language_codes

_GET_EASYOCR = "pip install 'docstage[easyocr]': see docs/dependencies.md, two gigabytes."
_GET = "pip install 'docstage[tesseract]', or your system's package tesseract-ocr: reads better."


def engines(settings: Settings) -> Finding:
    """The finding."""
    # Only who asks for them loads what knows them.
    from services.ocr.engines.tesseract_installation import installed  # noqa: PLC0415

    engine, found = settings.ocr_engine, installed()
    if engine == "easyocr" and find_spec("easyocr") is None:
        return local("reading", Status.FAILURE, "EasyOCR is not installed", _GET_EASYOCR)
    if found is None:
        if engine == "tesseract":
            return local("reading", Status.FAILURE, "Tesseract is not installed", _GET)
        used = "fast" if engine == "auto" else engine
        advice = _GET if engine == "auto" else ""
        return local("reading", Status.OK, f"engine {used}; Tesseract is not installed", advice)
    codes = language_codes(settings.ocr_langs)
    has = [code for code in codes if LANGUAGES[code].iso3 in found.languages]
    lacking = [code for code in codes if code not in has]
    beside = f"Tesseract {found.version} ({found.program}) with {', '.join(has) or 'no language'}"
    if engine == "tesseract":
        status = Status.OK if has else Status.FAILURE
        return local("reading", status, beside, _more(lacking))
    if engine != "auto":
        return local("reading", Status.OK, f"engine {engine}; also installed: {beside}")
    detail = f"engines fast and {beside}" if has else f"engine fast; of no use: {beside}"
    return local("reading", Status.OK, detail, _more(lacking))


def own_weights(settings: Settings) -> Iterator[Finding]:
    """Whether the weights that the languages need are in the operator's folder, if he has one."""
    from services.ocr import users_models  # noqa: PLC0415 (as above)

    if not settings.ocr_model_dir:
        return
    codes, folder = language_codes(settings.ocr_langs), Path(settings.ocr_model_dir)
    one = users_models.for_all(codes)
    whole = settings.ocr_engine in {"exact", "easyocr"}
    needed = ([one] if one else []) if whole else users_models.for_scripts(codes)
    try:
        files = [users_models.weight_file(entry, folder).name for entry in needed]
    except Permanent as error:
        yield local("weights", Status.FAILURE, error.detail, "No page is read until it is there.")
    else:
        names = ", ".join(files) or f"none is needed for {settings.ocr_langs}"
        yield local("weights", Status.OK, f"{names}, in {folder}")


def _more(lacking: list[str]) -> str:
    if not lacking:
        return ""
    packages = ", ".join(LANGUAGES[code].iso3 for code in lacking)
    return f"For {', '.join(lacking)} install Tesseract's data: {packages}."
