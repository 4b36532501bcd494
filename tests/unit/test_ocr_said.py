"""What a sender says of a document, and how its pages are read then."""

from pathlib import Path

import pytest

from services.ocr.reader import read_page
from services.ocr.results import ReadOptions
from services.ocr.routing import route
from services.ocr.sources import open_source
from shared.models.read_by import ReadBy, TextLayers
from tests.samples.pages import drawn_page, text_pdf

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


def texts(path: Path, *turns: tuple[int, int]) -> tuple[int, list[str]]:
    media_type = PDF if path.suffix == ".pdf" else "image/png"
    page = read_page(str(path), media_type, 0, ReadOptions(engine="fast", turns=turns))
    return page.rotation, [it.text for it in page.words]


def test_a_page_is_read_the_way_up_that_a_person_says(tmp_path: Path) -> None:
    path = tmp_path / "slip.png"  # so few words that nobody can tell they stand on their heads
    drawn_page(("Code 4711", "Lot 31"), width=900).rotate(180).save(path)
    rotation, words = texts(path)
    assert rotation == 0
    assert "4711" not in words
    assert texts(path, (1, 180)) == (0, words)  # that was said of another page
    rotation, words = texts(path, (0, 180))
    assert (rotation, words) == (180, ["Code", "4711", "Lot", "31"])


def test_a_turn_that_makes_a_page_unreadable_is_not_believed(tmp_path: Path) -> None:
    scan, layer = tmp_path / "scan.png", tmp_path / "layer.pdf"
    drawn_page(("Northwind Trading Company Limited",) * 4).save(scan)
    assert texts(scan, (0, 90))[0] == 0
    assert "Northwind" in texts(scan, (0, 180))[1]
    layer.write_bytes(text_pdf(ENGLISH))
    assert texts(layer, (0, 90)) == texts(layer)
