"""Searchable PDF files of pictures keep the rules of PDF/A-2b that concern them.

No validator is at hand in tests: these are our own checks of ISO 19005-2, by its clauses, in
the eyes of another PDF library (pypdf). PDF files that are only given text claim nothing.
"""

import io
import re
from pathlib import Path
from typing import Any

import pypdf
import pytest
from lxml import etree
from PIL import ImageCms
from pypdf.generic import ContentStream, DictionaryObject, NullObject, StreamObject
from searchable_making import Make, coded, maker, page_with, picture, word

from tests.samples.pages import text_pdf

JPEG, PNG, TIFF = "image/jpeg", "image/png", "image/tiff"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
PDFAID = "http://www.aiim.org/pdfa/ns/id/"
FORBIDDEN_FILTERS = {"/LZWDecode", "/Crypt"}
FORBIDDEN_KEYS = {
    "/AA",
    "/OpenAction",
    "/JavaScript",
    "/Names",
    "/AcroForm",
    "/Encrypt",
    "/NeedsRendering",
}


@pytest.fixture
def make(tmp_path: Path) -> Make:
    return maker(tmp_path)


def catalog(reader: pypdf.PdfReader) -> Any:
    return reader.root_object


def claimed(reader: pypdf.PdfReader) -> tuple[str | None, str | None]:
    """Part and conformance that the file claims."""
    stream = catalog(reader).get("/Metadata", NullObject()).get_object()
    if isinstance(stream, NullObject):
        return None, None
    assert isinstance(stream, StreamObject)
    assert (stream["/Type"], stream["/Subtype"]) == ("/Metadata", "/XML")
    assert "/Filter" not in stream
    xmp = etree.fromstring(stream.get_data())
    return xmp.findtext(f".//{{{PDFAID}}}part"), xmp.findtext(f".//{{{PDFAID}}}conformance")


def objects(reader: pypdf.PdfReader) -> list[Any]:
    return [reader.get_object(number) for number in range(1, int(reader.trailer["/Size"]))]


def assert_archival(made: bytes, pages: int) -> None:
    reader = pypdf.PdfReader(io.BytesIO(made), strict=True)
    assert claimed(reader) == ("2", "B")
    assert len(reader.pages) == pages
    # 6.1.2, 6.1.3: header with a comment of four high bytes, identifier, no encryption
    assert re.match(rb"%PDF-1\.[0-7]\r?\n%[\x80-\xff]{4}", made)
    assert len(reader.trailer["/ID"]) == 2
    assert not reader.is_encrypted
    for found in objects(reader):
        if isinstance(found, DictionaryObject):
            assert not FORBIDDEN_KEYS & set(found)  # 6.4, 6.5, 6.11
            filters = found.get("/Filter", [])
            assert not FORBIDDEN_FILTERS & set(filters if isinstance(filters, list) else [filters])
            assert "/SMask" not in found
            assert found.get("/Interpolate") in (None, False)  # 6.2.8
            assert "DeviceCMYK" not in str(found.get("/ColorSpace"))
            if isinstance(found, StreamObject):
                assert "/F" not in found, "no data outside the file"  # 6.1.7
    assert_colours(reader)
    for page in reader.pages:
        assert_text(page, reader)


def assert_colours(reader: pypdf.PdfReader) -> None:
    """6.2.3, 6.2.4.3: one output intent, of RGB, so that RGB and grey mean something."""
    (only,) = catalog(reader)["/OutputIntents"]
    intent = only.get_object()
    assert (intent["/S"], intent["/OutputConditionIdentifier"]) == ("/GTS_PDFA1", "sRGB")
    profile = intent["/DestOutputProfile"].get_object()
    content = profile.get_data()
    assert profile["/N"] == 3
    assert (content[12:16], content[16:20], content[8] < 5) == (b"mntr", b"RGB ", True)
    assert ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(content)))


def assert_text(page: Any, reader: pypdf.PdfReader) -> None:
    """6.2.11: fonts are embedded, widths agree, and no code means the glyph for none."""
    content = page.get_contents()
    assert content is not None
    assert {len(operands) for operands, _ in ContentStream(content, reader).operations} <= {
        0,
        1,
        2,
        6,
    }
    for font in page["/Resources"].get("/Font", {}).values():
        assert font["/Encoding"] == "/Identity-H"
        assert "/ToUnicode" in font
        (descendant,) = font["/DescendantFonts"]
        descendant = descendant.get_object()
        program = descendant["/FontDescriptor"]["/FontFile2"].get_data()
        assert program[:4] == b"\x00\x01\x00\x00"
        glyphs = descendant["/CIDToGIDMap"].get_object().get_data()
        assert set(zip(glyphs[::2], glyphs[1::2], strict=True)) == {(0, 1)}
        assert descendant["/DW"] == 500


@pytest.mark.parametrize(
    ("mode", "form", "media_type"),
    [("RGB", "JPEG", JPEG), ("L", "JPEG", JPEG), ("P", "PNG", PNG), ("1", "TIFF", TIFF)],
)
def test_of_pictures(make: Make, mode: str, form: str, media_type: str) -> None:
    image = picture(mode=mode)
    more = {"append_images": [picture(mode=mode)], "save_all": True} if form == "TIFF" else {}
    pages = [
        page_with(word("Größe", 10, 20, 60, 32), size=image.size, number=number)
        for number in range(1 + bool(more))
    ]
    made = make(coded(image, form, **more), media_type, *pages, budget=0.0)
    assert_archival(made, len(pages))


def test_properties_say_the_same_twice(make: Make) -> None:
    reader = pypdf.PdfReader(
        io.BytesIO(make(coded(picture(), "PNG"), PNG, page_with(size=(120, 80))))
    )
    told, xmp = reader.metadata, reader.xmp_metadata
    assert told is not None
    assert xmp is not None
    assert xmp.dc_title is not None
    assert told.title == "A <tïtle>" == xmp.dc_title["x-default"]
    assert told.producer == xmp.pdf_producer
    assert told.creation_date is not None
    assert told.creation_date.replace(tzinfo=None) == xmp.xmp_create_date
    assert told.modification_date == told.creation_date


def test_printing_inks_are_beyond_it(make: Make) -> None:
    image = picture().convert("CMYK")
    reader = pypdf.PdfReader(
        io.BytesIO(make(coded(image, "JPEG"), JPEG, page_with(size=image.size)))
    )
    assert claimed(reader) == (None, None)
    assert isinstance(catalog(reader).get("/OutputIntents", NullObject()), NullObject)


def test_pdf_files_that_came_are_not_called_so(make: Make) -> None:
    reader = pypdf.PdfReader(
        io.BytesIO(make(text_pdf(), "application/pdf", page_with(size=(9, 9))))
    )
    assert claimed(reader) == (None, None)
