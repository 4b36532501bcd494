"""Recognisers from weight files that the operator has got from EasyOCR himself.

They lie in the folder ``DOCSTAGE_OCR_MODEL_DIR``. Which file reads which languages, its digest
and its characters are facts of EasyOCR 1.7.2 (``config.py``, Apache-2.0), kept in
``weights/easyocr.json``; its recognisers of generation 2 are all the network of english_g2
with other symbols.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

from services.ocr.models import Weights, built_once, cache_folder, fingerprint
from shared.errors import Code, Permanent
from shared.models.languages import LANGUAGES

SETTING = "DOCSTAGE_OCR_MODEL_DIR"
_SOURCE = "https://www.jaided.ai/easyocr/modelhub"


@dataclass(frozen=True, slots=True)
class Published:
    """A weight file as EasyOCR publishes it: ISO 639-1 codes, and the outputs' symbols."""

    weights: Weights
    languages: tuple[str, ...]
    characters: str

    @property
    def latin(self) -> bool:
        """Whether it is for languages in Latin letters."""
        return all(LANGUAGES[code].latin for code in self.languages)


@cache
def published() -> tuple[Published, ...]:
    """Those that can be used here."""
    content = resources.files("services.ocr.weights").joinpath("easyocr.json").read_text("utf-8")
    return tuple(
        Published(Weights(it["file"], it["md5"]), tuple(it["languages"]), it["characters"])
        for it in json.loads(content)["recognisers"]
    )


def for_scripts(
    languages: Sequence[str], table: Iterable[Published] | None = None
) -> list[Published]:
    """Those for languages beyond Latin letters, which our own recogniser cannot write."""
    known = published() if table is None else table
    return [it for it in known if not it.latin and set(it.languages) & set(languages)]


def for_all(languages: Sequence[str], table: Iterable[Published] | None = None) -> Published | None:
    """The one for ``languages``, as EasyOCR chooses; nothing where english_g2 will do.

    Another script comes before accents: no file has both.
    """
    known = published() if table is None else tuple(table)
    beyond = for_scripts(languages, known)
    if beyond:
        return min(beyond, key=lambda it: min(_places(it, languages)))
    accented = any(LANGUAGES[code].special for code in languages)
    return next((it for it in known if it.latin), None) if accented else None


def weight_file(entry: Published, folder: Path) -> Path:
    """The file of ``entry`` in ``folder``.

    Raises:
        Permanent: ``MODEL_MISSING``: it is not there.
    """
    file = folder / entry.weights.file
    if not file.is_file():
        names = ", ".join(LANGUAGES[code].name for code in entry.languages)
        detail = (
            f"The weights for {names} are not there: {file} ({SETTING}). "
            f"Get {file.name} from EasyOCR, generation 2: {_SOURCE}."
        )
        raise Permanent(Code.MODEL_MISSING, detail)
    return file


def users_recogniser(entry: Published, folder: Path) -> Path:
    """The ONNX file of a recogniser in 32-bit floats, built first if need be (a second or two).

    The weights are checked against their digest before a byte of them is interpreted.

    Raises:
        Permanent: ``MODEL_MISSING``: the file is not there, is not the one that EasyOCR
            publishes, or has not the shapes it should have.
    """
    file = weight_file(entry, folder)
    name = f"recogniser-{file.stem}-{fingerprint(entry.weights.md5, entry.characters)}.onnx"
    return built_once(cache_folder() / name, lambda: _built(entry, file))


def _built(entry: Published, file: Path) -> bytes:
    # Only who builds pays for importing onnx.
    from services.ocr.weights import recipes  # noqa: PLC0415
    from services.ocr.weights.pth import load_state  # noqa: PLC0415

    state = load_state(file, entry.weights.md5)
    if state["Prediction.weight"].shape[0] != len(entry.characters) + 1:  # CTC's blank
        raise Permanent(Code.MODEL_MISSING, f"{file.name} does not fit its characters.")
    content: bytes = recipes.recogniser(state, entry.characters).SerializeToString()
    return content


def _places(entry: Published, languages: Sequence[str]) -> list[int]:
    return [place for place, code in enumerate(languages) if code in entry.languages]
