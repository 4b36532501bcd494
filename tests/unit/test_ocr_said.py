"""What a sender says of a document, and how its pages are read then."""

from pathlib import Path

import pytest

from services.ocr.reader import read_page
from services.ocr.results import ReadOptions
from services.ocr.routing import route
from services.ocr.sources import open_source
from shared.models.read_by import ReadBy, TextLayers
from tests.samples.pages import text_pdf

ENGLISH = ("This is the invoice of the month, and it is to be paid by the end of the week",)
PDF = "application/pdf"


@pytest.fixture
def path(tmp_path: Path) -> str:
    file = tmp_path / "a.pdf"
    file.write_bytes(text_pdf(ENGLISH))
    return str(file)


def test_the_sender_says_whether_the_text_layer_is_used(path: str) -> None:
    with open_source(path, PDF, ReadOptions()) as source:
        layer = source.text_layer(0)
        assert layer.words
        ways = {it: route(source, 0, layer, it).read_by for it in TextLayers}
    assert ways == {
        TextLayers.AUTO: ReadBy.TEXT_LAYER,
        TextLayers.NEVER: ReadBy.OCR,
        TextLayers.ONLY: ReadBy.TEXT_LAYER,
    }


def test_the_language_is_looked_for_among_what_the_sender_says(path: str) -> None:
    languages = ("en", "de", "fr")
    assert read_page(path, PDF, 0, ReadOptions(languages=languages)).language == "en"
    said = ReadOptions(languages=languages, language="de")
    assert said.expected == ("de",)
    assert read_page(path, PDF, 0, said).language in {None, "de"}
