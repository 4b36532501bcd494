"""Pages read by several engines, with which of their words are right."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.combination import in_tuning_half
from benchmarks.dataset import Document
from benchmarks.ocr import true_text
from benchmarks.reading import MEDIA_TYPES, word_f1
from services.ocr.engines.auto import AutoEngine
from services.ocr.engines.base import Engine, InkEngine, Picture
from services.ocr.engines.combining import packaged_models
from services.ocr.engines.ink import InkLines
from services.ocr.engines.registry import loaded
from services.ocr.engines.tesseract import TesseractEngine
from services.ocr.engines.tesseract_installation import Installation, installed
from services.ocr.layout import Token
from services.ocr.recognition import Recognised, in_points, recognise
from services.ocr.results import ReadOptions
from services.ocr.sources import open_source
from shared.errors import AttemptFailed

_KEPT = 12  # pictures: those of one page, turned and levelled


class WordsRead(NamedTuple):
    """A page as one engine read it: what was found, which words of it are right, word F1."""

    found: Recognised
    right: list[bool]
    f1: float


class PageRead(NamedTuple):
    """A document's first page as engines read it; ``tuning``: it may be fitted on."""

    id: str
    set: str
    tuning: bool
    by: Mapping[str, WordsRead]


def readers(names: Sequence[str], languages: tuple[str, ...]) -> list[Engine]:
    """The engines of those names, those out that are not here.

    ``auto`` takes what ``fast`` and ``tesseract`` have read of a picture already.
    """
    here = installed()
    fast = _Fast(loaded("fast", languages))
    found: dict[str, Engine] = {"fast": fast}
    if here is not None:
        tesseract = _Tesseract(here, languages)
        found["tesseract"] = tesseract
        found["auto"] = AutoEngine(fast, tesseract, packaged_models())
    others = [name for name in names if name not in {"fast", "tesseract", "auto"}]
    found |= {name: loaded(name, languages) for name in others}
    return [found[name] for name in names if name in found]


def read(document: Document, engines: Sequence[Engine]) -> PageRead:
    """``document``'s first page read by those of them that can, as the product reads pages."""
    assert document.file is not None
    media_type = MEDIA_TYPES[document.file.suffix.lower()]
    with open_source(str(document.file), media_type, ReadOptions()) as source:
        picture = source.picture(0)
    truth = true_text(document)
    by = {}
    for engine in engines:
        try:
            found = recognise(picture, engine)
        except AttemptFailed as error:
            print(f"{document.id}, {engine.name}: {error}")
            continue
        if found.engine != engine.name:  # its fallback has read the page
            continue
        f1 = word_f1(truth, " ".join(token.text for token in found.tokens))
        by[engine.name] = WordsRead(found, right_words(in_points(found), document), f1)
    return PageRead(document.id, document.set, in_tuning_half(document.id), by)


def right_words(tokens: Sequence[Token], document: Document) -> list[bool]:
    """Which of ``tokens`` (in points) the document has at that place, without regard to case.

    Each true word makes one token right. Where the answer gives no boxes, any place will do.
    """
    given = document.expected.get("words") or []
    if given:
        left = [Counter(entry["text"].lower().split()) for entry in given]
        boxes = np.array([entry["box"] for entry in given], np.float64)
    else:
        left = [Counter(true_text(document).lower().split())]
        boxes = np.array([[-np.inf, -np.inf, np.inf, np.inf]])
    right = []
    for token in tokens:
        word = token.text.lower()
        at = next((i for i in _around(token, boxes) if left[i][word] > 0), None)
        if at is not None:
            left[at][word] -= 1
        right.append(at is not None)
    return right


def _around(token: Token, boxes: NDArray[np.float64]) -> list[int]:
    """Those of ``boxes`` in which the token's middle lies, or nearly."""
    x, y, height = (token.x0 + token.x1) / 2, (token.y0 + token.y1) / 2, token.y1 - token.y0
    beside = (boxes[:, 0] - height <= x) & (x <= boxes[:, 2] + height)
    level = (boxes[:, 1] - height / 2 <= y) & (y <= boxes[:, 3] + height / 2)
    return [int(index) for index in np.flatnonzero(beside & level)]


class _Memory:
    """What was read of the last few pictures."""

    def __init__(self) -> None:
        self._kept: dict[tuple[object, ...], list[Token]] = {}

    def recall(
        self, picture: Picture, what: str, read: Callable[[Picture], list[Token]]
    ) -> list[Token]:
        """The answer of ``read``, asked once for each picture and ``what``."""
        key = (what, picture.shape, hash(picture.tobytes()))
        if key not in self._kept:
            if len(self._kept) >= _KEPT:
                self._kept.clear()
            self._kept[key] = read(picture)
        return self._kept[key]


class _Fast:
    """``fast``, reading each picture once; the few lines of a sample it reads as often as asked."""

    fallback = None

    def __init__(self, engine: InkEngine) -> None:
        self.name, self.levels, self.letters = engine.name, engine.levels, engine.letters
        self._engine, self._memory = engine, _Memory()

    def recognise(self, picture: Picture) -> list[Token]:
        return self._memory.recall(picture, "all", self._engine.recognise)

    def recognise_lines(self, picture: Picture, found: InkLines) -> list[Token]:
        read = partial(self._engine.recognise_lines, found=found)
        return self._memory.recall(picture, "all", read)

    def sample(self, picture: Picture) -> list[Token]:
        return self._engine.sample(picture)

    def sample_lines(self, picture: Picture, found: InkLines) -> list[Token]:
        return self._engine.sample_lines(picture, found)


class _Tesseract(TesseractEngine):
    """``tesseract``, reading each picture once in each language."""

    def __init__(self, installation: Installation, languages: Sequence[str]) -> None:
        super().__init__(installation, languages)
        self._memory = _Memory()

    def read(self, picture: Picture, language: str) -> list[Token]:
        return self._memory.recall(picture, language, partial(super().read, language=language))
