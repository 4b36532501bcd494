"""The weights that are shipped: what they can write, and that they read it."""

from collections import Counter
from pathlib import Path

import numpy as np
import pymupdf
import pytest

from benchmarks.recogniser.charset import SYMBOLS
from services.ocr import weights
from services.ocr.crops import HEIGHT, SMALL_HEIGHT, Sized
from services.ocr.engines import recogniser
from services.ocr.engines.base import Picture
from services.ocr.engines.registry import loaded
from services.ocr.models import OF_ENGINE, WEIGHTS, ModelName
from services.ocr.weights.npz import load_own

SENTENCES = {
    "de": "Größe Straße Überweisung fällig für Geschäftsführer Gebühr Öffnungszeiten Stück",
    "fr": "Désignation quantité réglée à échéance société française numéro où déjà même",
    "es": "Dirección número año teléfono código señor artículo descripción español",
    "pt": "Descrição preço endereço situação não até cartão número português",
    "it": "Quantità città già però società perché unità più Università",
}


@pytest.mark.parametrize("name", OF_ENGINE["fast"])
def test_they_are_the_file_that_is_named(name: ModelName) -> None:
    named = WEIGHTS[name]
    path = Path(weights.__path__[0]) / named.file
    _, symbols = load_own(path, named.md5)
    assert symbols == SYMBOLS
    assert path.stat().st_size < 8 * 2**20


def drawn(words: list[str], dpi: int) -> Picture:
    with pymupdf.open() as document:
        page = document.new_page(width=420, height=20 * len(words) + 60)
        for line, word in enumerate(words):
            said = f"{word} {line + 10}.50 {words[-1 - line]}"
            page.insert_text((40, 40 + 20 * line), said, fontname="helv", fontsize=11)
        pixels = page.get_pixmap(dpi=dpi, colorspace=pymupdf.csGRAY)
        grey = np.frombuffer(pixels.samples, np.uint8).reshape(pixels.height, pixels.stride)
    return np.ascontiguousarray(grey[:, : pixels.width])


@pytest.mark.parametrize("dpi", [200, 80])
@pytest.mark.parametrize("language", SENTENCES)
def test_accents_are_read(language: str, dpi: int) -> None:
    words = SENTENCES[language].split()
    picture = drawn(words, dpi)
    found = Counter(token.text for token in loaded("fast", (language,)).recognise(picture))
    expected = Counter([*words, *words])
    assert (expected & found).total() >= 0.7 * expected.total(), found


def test_small_print_has_a_recogniser_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    heights: list[tuple[int, int]] = []
    scaled = recogniser.sized

    def told(line: Picture, high: int) -> Sized:
        heights.append((len(line), high))
        return scaled(line, high)

    monkeypatch.setattr(recogniser, "sized", told)
    words = SENTENCES["de"].split()
    for dpi, expected in ((200, HEIGHT), (80, SMALL_HEIGHT)):
        heights.clear()
        loaded("fast", ("de",)).recognise(drawn(words, dpi))
        assert len(heights) == len(words)
        assert {high for _, high in heights} == {expected}
        assert all((line <= 20) == (expected == SMALL_HEIGHT) for line, _ in heights)


def test_letters_follow_the_languages() -> None:
    german, english = loaded("fast", ("de",)).letters, loaded("fast", ("en",)).letters
    assert set("ßü") <= german
    assert "é" not in german
    assert german - english == set("äöüßÄÖÜ")
