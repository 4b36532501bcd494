"""Who reads in the benchmark of reading: our engines, and others as they come.

Everything here runs in a child process of its own per reader. The others get the same
pixels as ours, and are left at their defaults.
"""

import importlib.util
import resource
import tempfile
import time
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.ocr.engines.registry import ENGINES, loaded
from services.ocr.engines.tesseract import parse_tsv, portable_grey_map
from services.ocr.engines.tesseract_installation import installed
from services.ocr.engines.torchvision_schemas import ensure_torchvision
from services.ocr.reader import read_pages
from services.ocr.results import ReadOptions
from services.ocr.sources import open_source
from shared.models.page import Page

HOW_TO_INSTALL = {
    "stock-easyocr": "pip install 'docstage[easyocr]'",
    "stock-rapidocr": "pip install rapidocr onnxruntime",
    "stock-tesseract": "pip install 'docstage[tesseract]', or the system's tesseract-ocr",
}
"""The contenders, and where they come from."""

DISTRIBUTIONS = {"stock-easyocr": "easyocr", "stock-rapidocr": "rapidocr"}
"""Contenders that are Python packages, and those packages' names."""

_SECONDS = 120.0
_Read = Callable[[NDArray[np.uint8]], str]


class Measured(NamedTuple):
    """What was read, and what it took: with all processes that the reader started.

    ``peak_mib`` is the most that one of them held so far.
    """

    text: str
    pages: int
    cpu_seconds: float
    wall_seconds: float
    peak_mib: float


def is_available(reader: str) -> bool:
    """Whether ``reader`` is one of our engines, or a contender that is installed."""
    if reader == "stock-tesseract":
        return installed() is not None
    if reader in HOW_TO_INSTALL:
        return importlib.util.find_spec(reader.removeprefix("stock-")) is not None
    if reader == "easyocr":
        return importlib.util.find_spec(reader) is not None
    return reader in ENGINES and (reader != "tesseract" or installed() is not None)


def prepare(reader: str, languages: tuple[str, ...]) -> None:
    """Load ``reader``, so that its first page does not pay for that."""
    blank = np.full((64, 256), 255, np.uint8)
    if reader in HOW_TO_INSTALL:
        _contender(reader)(blank)
    else:
        loaded(reader, languages).recognise(blank)


def read_measured(
    path: str, media_type: str, reader: str, languages: tuple[str, ...] = ("en",)
) -> tuple[str, int, float, float, float]:
    """Read the file at ``path``; the parts of a ``Measured``.

    Plain, because a child's answer may hold no classes but the product's own.
    """
    began, used = time.perf_counter(), _cpu_seconds()
    if reader in HOW_TO_INSTALL:
        texts = _read_by_other(path, media_type, _contender(reader))
    else:
        options = ReadOptions(engine=reader, languages=languages, budget=3600)
        results = read_pages(path, media_type, 0, None, options).pages
        texts = [Page.model_validate_json(result.json).text for result in results]
    spent, wall = _cpu_seconds() - used, time.perf_counter() - began
    return "\n".join(texts), len(texts), spent, wall, _peak_mib()


def read_first_page(reader: str, path: str, media_type: str) -> tuple[str, float]:
    """The first page as a contender reads it, and its CPU seconds; loading is not counted."""
    read = _contender(reader)
    with open_source(path, media_type, ReadOptions()) as source:
        pixels = source.picture(0).pixels
    used = _cpu_seconds()
    text = read(pixels)
    return text, _cpu_seconds() - used


def _read_by_other(path: str, media_type: str, read: _Read) -> list[str]:
    with open_source(path, media_type, ReadOptions()) as source:
        return [read(source.picture(number).pixels) for number in range(source.page_count)]


def _cpu_seconds() -> float:
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in both)


def _peak_mib() -> float:
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return max(own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) / 1024


@cache
def _contender(reader: str) -> _Read:
    return _CONTENDERS[reader]()


def _easyocr() -> _Read:
    declarations = ensure_torchvision()
    import easyocr  # noqa: PLC0415 (an extra)
    import torch  # noqa: PLC0415
    from easyocr_en_models import model_dir  # noqa: PLC0415

    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as written:
        made = easyocr.Reader(
            ["en"], gpu=False, model_storage_directory=str(model_dir()),
            user_network_directory=written, download_enabled=False, verbose=False,
        )  # fmt: skip
    held = made, declarations
    return lambda pixels: "\n".join(held[0].readtext(pixels, detail=0))


def _tesseract() -> _Read:
    found = installed()
    assert found is not None

    def read(pixels: NDArray[np.uint8]) -> str:
        given = portable_grey_map(pixels)
        written = found.run(["stdin", "stdout", "-l", "eng", "tsv"], given, _SECONDS)
        return " ".join(token.text for token in parse_tsv(written.decode("utf-8", "replace")))

    return read


def _rapidocr() -> _Read:
    made: Any = importlib.import_module("rapidocr").RapidOCR(
        params={"EngineConfig.onnxruntime.intra_op_num_threads": 1}
    )
    return lambda pixels: "\n".join(made(np.stack([pixels] * 3, axis=-1)).txts or ())


_CONTENDERS: dict[str, Callable[[], _Read]] = {
    "stock-easyocr": _easyocr,
    "stock-rapidocr": _rapidocr,
    "stock-tesseract": _tesseract,
}
