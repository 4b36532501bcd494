"""hOCR, ALTO and Markdown: well-formed whatever the words are, boxes where they belong."""

import re
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.ingest.formats import About, Alto, Hocr, Markdown, PageWriter
from shared.models.page import Cell, Line, Page, Table, Word
from shared.models.read_by import ReadBy

PDF = About("a.pdf", is_picture=False, version="1.0")
PICTURE = About("a.jpg", is_picture=True, version="1.0")
HOSTILE = "<script>&\"']]>\x00\x08\x1b\ufffe\U0001f600é"
SHOWN = "<script>&\"']]>\ufffd\ufffd\ufffd\ufffd\U0001f600é"
XHTML = "{http://www.w3.org/1999/xhtml}"
ALTO = "{http://www.loc.gov/standards/alto/ns-v4#}"


def page_of(*lines: str, number: int = 0, **more: Any) -> Page:
    """Lines of 10 points' height, 20 apart, each a block of its own unless told."""
    blocks = more.pop("blocks", range(len(lines)))
    words, made = [], []
    for row, (text, block) in enumerate(zip(lines, blocks, strict=True)):
        own = []
        for place, word in enumerate(text.split(" ")):
            x, y = 36.0 + 72 * place, 72.0 + 20 * row
            own.append(len(words))
            box = {"x0": x, "y0": y, "x1": x + 60, "y1": y + 10}
            words.append(Word(text=word, confidence=0.876, line=row, **box))
        x1 = words[-1].x1
        box = {"x0": 36.0, "y0": 72.0 + 20 * row, "x1": x1, "y1": 82.0 + 20 * row}
        made.append(Line(text=text, words=own, block=block, **box))
    return Page(
        number=number, width=595, height=842, read_by=ReadBy.OCR, words=words, lines=made, **more
    )


def written(writer: PageWriter, about: About, *pages: Page) -> str:
    body = [writer.page(page, about, first=not place) for place, page in enumerate(pages)]
    return "".join([writer.begin(about), *body, writer.end()])


def parsed(writer: PageWriter, about: About, *pages: Page) -> ET.Element:
    return ET.fromstring(written(writer, about, *pages))  # noqa: S314 - our own


def of_class(root: ET.Element, name: str) -> list[ET.Element]:
    return [it for it in root.iter() if it.get("class") == name]


def properties(element: ET.Element) -> dict[str, list[str]]:
    """The properties of an hOCR element by name."""
    listed = [it.split() for it in element.attrib["title"].split(";")]
    return {name: values for name, *values in listed}


@pytest.mark.parametrize("writer", [Hocr(), Alto()])
@pytest.mark.parametrize("name", ["a.pdf", HOSTILE, "--></title><b>"])
def test_xml_is_well_formed_whatever_is_in_it(writer: PageWriter, name: str) -> None:
    about = About(name, is_picture=False, version='1"<')
    root = parsed(writer, about, page_of(HOSTILE, language=HOSTILE), page_of(number=1))
    told = [it.text for it in of_class(root, "ocrx_word")]
    told += [it.get("CONTENT") for it in root.iter(f"{ALTO}String")]
    assert told == [SHOWN]
    assert not list(root.iter("script"))


@given(text=st.text(min_size=1), name=st.text())
@example(text="a\r\nb\t\r", name="\r\n")
def test_any_text_comes_out_as_it_went_in(text: str, name: str) -> None:
    """But for what XML cannot hold."""
    about = About(name, is_picture=False, version="1")
    line = Line(text=text, x0=0, y0=0, x1=9, y1=9, words=[0])
    word = Word(text=text, x0=0, y0=0, x1=9, y1=9)
    page = Page(number=0, width=10, height=10, words=[word], lines=[line])
    (hocr,) = of_class(parsed(Hocr(), about, page), "ocrx_word")
    (alto,) = parsed(Alto(), about, page).iter(f"{ALTO}String")
    for told in (hocr.text or "", alto.attrib["CONTENT"]):
        assert len(told) == len(text)
        assert all(a in (b, "\ufffd") for a, b in zip(told, text, strict=True))
        assert not any(a != b and b.isprintable() for a, b in zip(told, text, strict=True))
    written(Markdown(), about, page).encode()


def test_hocr_of_a_pdf_is_measured_at_300_dpi() -> None:
    root = parsed(Hocr(), PDF, page_of("One two", "three"), page_of("four", number=1))
    pages = of_class(root, "ocr_page")
    assert [properties(it)["ppageno"] for it in pages] == [["0"], ["1"]]
    first = properties(pages[0])
    assert first["bbox"] == ["0", "0", "2479", "3508"]
    assert first["scan_res"] == ["300", "300"]
    words = of_class(root, "ocrx_word")
    assert [it.text for it in words] == ["One", "two", "three", "four"]
    two = properties(words[1])
    assert two["bbox"] == ["450", "300", "700", "342"]
    assert two["x_wconf"] == ["88"]
    line = properties(of_class(root, "ocr_line")[0])
    assert line["bbox"] == ["150", "300", "700", "342"]
    assert "textangle" not in line


def test_hocr_of_a_picture_is_measured_in_its_pixels() -> None:
    root = parsed(Hocr(), PICTURE, page_of("One two"))
    assert properties(of_class(root, "ocrx_word")[1])["bbox"] == ["108", "72", "168", "82"]
    assert "scan_res" not in properties(of_class(root, "ocr_page")[0])


def test_hocr_nests_as_its_specification_says() -> None:
    """Pages hold areas, areas paragraphs, these lines, and lines words; ids are unique."""
    lines = ("One two", "three", "four", "five")
    root = parsed(Hocr(), PDF, page_of(*lines, blocks=(0, 0, 1, 0)), page_of(*lines, number=1))
    order = ["ocr_page", "ocr_carea", "ocr_par", "ocr_line", "ocrx_word"]
    for outer, inner in pairwise(order):
        for element in of_class(root, outer):
            assert {it.get("class") for it in element} == {inner}
    assert len(of_class(of_class(root, "ocr_page")[0], "ocr_carea")) == 3
    ids = [it.attrib["id"] for it in root.iter() if "id" in it.attrib]
    assert len(ids) == len(set(ids))
    meta = {it.get("name"): it.get("content") for it in root.iter(f"{XHTML}meta")}
    assert meta["ocr-system"] == "Docstage 1.0"
    assert set((meta["ocr-capabilities"] or "").split()) >= set(order)


@pytest.mark.parametrize(
    ("unit", "about", "scale"), [("pixel", PICTURE, 1), ("inch1200", PDF, 50 / 3)]
)
def test_alto_is_measured_in_the_unit_it_states(unit: str, about: About, scale: float) -> None:
    root = parsed(Alto(), about, page_of("One two"))
    assert root.findtext(f"{ALTO}Description/{ALTO}MeasurementUnit") == unit
    string = list(root.iter(f"{ALTO}String"))[1]
    place = [int(string.attrib[it]) for it in ("HPOS", "VPOS", "WIDTH", "HEIGHT")]
    assert place == [round(it * scale) for it in (108, 72, 60, 10)]
    assert float(string.attrib["WC"]) == pytest.approx(0.876)
    (page,) = root.iter(f"{ALTO}Page")
    assert (page.get("WIDTH"), page.get("PHYSICAL_IMG_NR")) == (str(round(595 * scale)), "1")


def test_alto_has_the_elements_in_the_order_of_its_schema() -> None:
    pages = page_of("One two", "three", blocks=(0, 0), quality=0.5), page_of(number=1)
    root = parsed(Alto(), PDF, *pages)

    def children(path: str) -> list[str]:
        found = root.find(path) if path else root
        assert found is not None
        return [it.tag.removeprefix(ALTO) for it in found]

    page = f"{ALTO}Layout/{ALTO}Page"
    block = f"{page}/{ALTO}PrintSpace/{ALTO}TextBlock"
    assert children("") == ["Description", "Layout"]
    assert children(f"{ALTO}Description") == [
        "MeasurementUnit", "sourceImageInformation", "Processing",
    ]  # fmt: skip
    assert children(f"{ALTO}Layout") == ["Page", "Page"]
    assert children(page) == ["PrintSpace"]
    assert children(block) == ["TextLine", "TextLine"]
    assert children(f"{block}/{ALTO}TextLine") == ["String", "SP", "String"]
    ids = [it.attrib["ID"] for it in root.iter() if "ID" in it.attrib]
    assert len(ids) == len(set(ids))
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", it) for it in ids)


@pytest.mark.parametrize(
    ("rotation", "skew", "angle"), [(0, 0.0, 0), (90, 0.0, 90), (270, 0.5, -90.5), (0, 2.0, -2)]
)
def test_turned_text_says_so(rotation: int, skew: float, angle: float) -> None:
    """Counter-clockwise in both formats, while ours turn the page clockwise to upright."""
    page = page_of("One two", rotation=rotation, skew=skew)
    (line,) = of_class(parsed(Hocr(), PDF, page), "ocr_line")
    assert float(properties(line).get("textangle", ["0"])[0]) == angle
    (block,) = parsed(Alto(), PDF, page).iter(f"{ALTO}TextBlock")
    assert float(block.get("ROTATION", "0")) == angle


def test_a_line_without_words_is_no_line_of_alto() -> None:
    page = page_of("One")
    empty = page.lines[0].copy_with(words=[], text="")
    root = parsed(Alto(), PDF, page.copy_with(lines=[empty, page.lines[0]]))
    assert len(list(root.iter(f"{ALTO}TextLine"))) == 1


def test_markdown_has_paragraphs_of_blocks_and_parts_pages() -> None:
    first = page_of("Dear Sir,", "thank you.", "Yours", blocks=(0, 0, 1))
    told = written(Markdown(), PDF, first, page_of("Next", number=1), page_of(number=2))
    pages = "Dear Sir,\nthank you.\n\nYours", "<!-- page 2 -->\n\nNext", "<!-- page 3 -->\n"
    assert told == "\n\n---\n\n".join(pages)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("# 5", "\\# 5"),
        ("- 5.00", "\\- 5.00"),
        ("=====", "\\====="),
        ("1. Item", "1\\. Item"),
        ("12) Item", "12\\) Item"),
        ("2024 was", "2024 was"),
        ("a*b_c`d", "a\\*b\\_c\\`d"),
        ("<script>&amp;", "\\<script\\>\\&amp;"),
        ("[x](javascript:y)", "\\[x\\](javascript:y)"),
        ("a|b~~\\", "a\\|b\\~\\~\\\\"),
        ("a\x00\x0b\u2028b", "a b"),
    ],
)
def test_markdown_says_what_stands_there_and_means_nothing_by_it(text: str, shown: str) -> None:
    assert written(Markdown(), PDF, page_of(text)) == f"{shown}\n"


def table_page(*cells: Cell, lines: tuple[str, ...]) -> Page:
    """Lines, all but the first and last of which stand in a table."""
    page = page_of(*lines, blocks=(0,) * len(lines))
    bottom = page.lines[-2].y1
    table = Table(x0=30, y0=90, x1=500, y1=bottom, rows=2, columns=2, cells=list(cells))
    return page.copy_with(tables=[table])


def cell(row: int, column: int, text: str) -> Cell:
    return Cell(row=row, column=column, text=text, x0=0, y0=0, x1=1, y1=1)


def test_markdown_has_tables_in_the_place_of_their_lines() -> None:
    cells = cell(0, 0, "Item"), cell(0, 1, "Price"), cell(1, 1, "a|b")
    page = table_page(*cells, lines=("Above", "Item Price", "a|b", "Below"))
    assert written(Markdown(), PDF, page) == (
        "Above\n\n| Item | Price |\n| --- | --- |\n|  | a\\|b |\n\nBelow\n"
    )


def test_markdown_loses_no_line_that_its_table_does_not_tell() -> None:
    page = table_page(cell(0, 0, "Item"), lines=("Above", "Item", "Item unseen", "Below"))
    told = written(Markdown(), PDF, page)
    assert told.startswith("Above\n\n| Item |  |\n")
    assert told.endswith("Item unseen\nBelow\n")
