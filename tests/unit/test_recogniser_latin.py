"""The weights that are shipped: what they can write, and that they read it."""

from collections import Counter
from pathlib import Path

import numpy as np
import pymupdf
import pytest

from benchmarks.recogniser.charset import SYMBOLS
from services.ocr import weights
from services.ocr.engines.registry import loaded
from services.ocr.models import WEIGHTS, ModelName
from services.ocr.weights.npz import load_own

SENTENCES = {
    "de": "Größe Straße Überweisung fällig für Geschäftsführer Gebühr Öffnungszeiten Stück",
    "fr": "Désignation quantité réglée à échéance société française numéro où déjà même",
    "es": "Dirección número año teléfono código señor artículo descripción español",
    "pt": "Descrição preço endereço situação não até cartão número português",
    "it": "Quantità città già però società perché unità più Università",
}


def test_they_are_the_file_that_is_named() -> None:
    named = WEIGHTS[ModelName.RECOGNISER_LATIN_INT8]
    path = Path(weights.__path__[0]) / named.file
    _, symbols = load_own(path, named.md5)
    assert symbols == SYMBOLS
    assert path.stat().st_size < 8 * 2**20


@pytest.mark.parametrize("language", SENTENCES)
def test_accents_are_read(language: str) -> None:
    words = SENTENCES[language].split()
    with pymupdf.open() as document:
        page = document.new_page(width=420, height=20 * len(words) + 60)
        for line, word in enumerate(words):
            said = f"{word} {line + 10}.50 {words[-1 - line]}"
            page.insert_text((40, 40 + 20 * line), said, fontname="helv", fontsize=11)
        pixels = page.get_pixmap(dpi=200, colorspace=pymupdf.csGRAY)
        grey = np.frombuffer(pixels.samples, np.uint8).reshape(pixels.height, pixels.stride)
    picture = np.ascontiguousarray(grey[:, : pixels.width])
    found = Counter(token.text for token in loaded("fast", (language,)).recognise(picture))
    expected = Counter([*words, *words])
    assert (expected & found).total() >= 0.7 * expected.total(), found


def test_letters_follow_the_languages() -> None:
    german, english = loaded("fast", ("de",)).letters, loaded("fast", ("en",)).letters
    assert set("ßü") <= german
    assert "é" not in german
    assert german - english == set("äöüßÄÖÜ")
