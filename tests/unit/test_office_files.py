"""Office files, text and HTML become pages: what is in them is on them, in order."""

import datetime as dt
import io
import json
import random
import shutil
from itertools import count
from pathlib import Path
from typing import Any

import openpyxl
import pillow_heif
import pytest
from PIL import Image

from services.ocr.office import kinds
from services.ocr.reader import probe, read_pages, render_preview
from services.ocr.results import ReadOptions
from services.ocr.searchable import Making, add_pages
from shared.errors import Code, Permanent
from shared.models.time import utc_now
from shared.pdf import PdfFile
from tests.samples import office
from tests.samples.pages import drawn_page, encoded

OPTIONS = ReadOptions(engine="fast")
HTML = (
    b"<html><head><title>No</title><style>p{}</style></head><body><h1>Title</h1><p>One<br>two"
    b"<script>alert(1)</script> &euro; &lt;i&gt;<ul><li>item<img src=http://x/></ul>"
    b"<table><tr><th>A<td>B<tr><td>1<td>2</table>after"
)
RTF = (
    rb"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}}{\*\generator none;}{\b Gr\'fc\'dfe} an"
    rb"\u8364?alle\par second\tab line\par\pard\intbl A\cell B\cell\row\pard last\{\}}"
)
_numbers = count()


@pytest.fixture
def saved(tmp_path: Path) -> Any:
    """Files named apart: what was made of the last one is remembered by its name."""

    def save(content: bytes) -> str:
        path = tmp_path / f"{next(_numbers)}"
        path.write_bytes(content)
        return str(path)

    return save


def pages_of(path: str, kind: str) -> list[dict[str, Any]]:
    return [json.loads(it.json) for it in read_pages(path, kind, 0, None, OPTIONS).pages]


def lines_of(path: str, kind: str) -> list[str]:
    return [line["text"] for page in pages_of(path, kind) for line in page["lines"]]


def text_of(path: str, kind: str) -> str:
    return " ".join(lines_of(path, kind))


def refusal(path: str, kind: str) -> Code:
    with pytest.raises(Permanent) as caught:
        probe(path, kind, OPTIONS)
    return caught.value.code


def test_a_word_file_is_read_as_a_reader_sees_it(saved: Any) -> None:
    """Headers first, footers last, text boxes once, deleted and hidden text not at all."""
    box = "<w:txbxContent>" + office.words("In the box") + "</w:txbxContent>"
    body = (
        office.words("Ada Lovelace", "Tab\tstop & <more> „quotes“ ﬁne")
        + "<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>hidden</w:t></w:r>"
        "<w:del><w:r><w:delText>deleted</w:delText></w:r></w:del>"
        "<w:ins><w:r><w:t>inserted</w:t></w:r></w:ins>"
        "<w:hyperlink r:id='no'><w:r><w:t> linked</w:t></w:r></w:hyperlink></w:p>"
        "<w:p><w:r><mc:AlternateContent xmlns:mc='urn:mc'>"
        f"<mc:Choice><w:drawing>{box}</w:drawing></mc:Choice>"
        f"<mc:Fallback><w:pict>{box}</w:pict></mc:Fallback></mc:AlternateContent></w:r></w:p>"
        "<w:sdt><w:sdtContent>"
        + office.words("Controlled")
        + "</w:sdtContent></w:sdt>"
        + office.words("Page one ends")
        + "<w:p><w:r><w:br w:type='page'/></w:r></w:p>"
        + office.words("Page two")
        + "<w:sectPr><w:headerReference r:id='h'/><w:footerReference r:id='f'/></w:sectPr>"
    )
    parts = {"h": ("header", "header1.xml"), "f": ("footer", "footer1.xml")}
    more = {
        "word/_rels/document.xml.rels": office.relations(parts),
        "word/header1.xml": office.word_part(office.words("The letterhead"), "hdr"),
        "word/footer1.xml": office.word_part(office.words("VAT DE 1"), "ftr"),
    }
    path = saved(office.ooxml("docx", office.word_part(body), more))
    pages = pages_of(path, kinds.WORD)
    assert [line["text"] for page in pages for line in page["lines"]] == [
        "The letterhead", "Ada Lovelace", "Tab stop & <more> „quotes“ fine", "inserted linked",
        "In the box", "Controlled", "Page one ends", "Page two", "VAT DE 1",
    ]  # fmt: skip
    assert [(page["width"], page["read_by"]) for page in pages] == [(595, "text_layer")] * 2


def test_a_words_place_is_where_it_is_drawn(saved: Any) -> None:
    path = saved(office.docx("FIRST", *["x"] * 20, "LAST"))
    (page,) = pages_of(path, kinds.WORD)
    with Image.open(io.BytesIO(render_preview(path, kinds.WORD, 0, 595, 842))) as preview:
        grey = preview.convert("L")
    for text in ("FIRST", "LAST"):
        word = next(it for it in page["words"] if it["text"] == text)
        inside = grey.crop([round(word[it]) for it in ("x0", "y0", "x1", "y1")])
        beside = grey.crop([round(it) for it in (word["x1"] + 9, word["y0"], 500, word["y1"])])
        assert inside.getextrema()[0] < 120
        assert beside.getextrema()[0] > 240


def test_tables_are_tables_and_one_that_has_no_room_is_text(saved: Any) -> None:
    rows = [("Item", "Pieces", "Price"), *((f"Thing{it}", str(it), f"{it}.50") for it in range(4))]
    path = saved(office.ooxml("docx", office.word_part(office.word_table(*rows))))
    (page,) = pages_of(path, kinds.WORD)
    assert "Thing3 3 3.50" in " ".join(word["text"] for word in page["words"])
    tall = office.word_table(("left", "right"))
    many = office.words(*(f"line number {it}" for it in range(150)))
    tall = tall.replace(office.words("right"), many)
    path = saved(office.ooxml("docx", office.word_part(office.words("before") + tall)))
    lines = lines_of(path, kinds.WORD)
    assert lines[0] == "before"
    assert {f"line number {it}" for it in range(150)} <= set(lines)


def test_no_text_is_lost_at_the_end_of_a_page(saved: Any) -> None:
    """MuPDF runs over the end of a page that follows one which was filled to its very end."""
    for spacing in range(60, 100, 8):
        lines = [f"number{it} and some words" for it in range(spacing)]
        path = saved(office.docx(*lines))
        assert set(lines) == set(lines_of(path, kinds.WORD))


def test_pictures_are_shown_and_read(saved: Any) -> None:
    picture = encoded(drawn_page(), "PNG")
    drawing = (
        "<w:p><w:r><w:drawing><wp:extent xmlns:wp='urn:wp' cx='6000000' cy='7700000'/>"
        "<a:blip xmlns:a='urn:a' r:embed='p'/></w:drawing></w:r></w:p>"
    )
    broken = drawing.replace("r:embed='p'", "r:embed='q'")
    targets = {"p": ("image", "media/p.png"), "q": ("image", "media/q.emf")}
    more = {
        "word/_rels/document.xml.rels": office.relations(targets),
        "word/media/p.png": picture,
        "word/media/q.emf": b"\x01\x00\x00\x00 no picture",
    }
    body = office.word_part(office.words("Above") + drawing + broken)
    path = saved(office.ooxml("docx", body, more))
    pages = pages_of(path, kinds.WORD)
    assert pages[0]["words"][0]["text"] == "Above"
    assert any(page["read_by"] in ("mixed", "ocr") for page in pages)
    info = probe(path, kinds.WORD, OPTIONS)
    assert any("cannot be shown" in it for it in info.warnings)


def test_a_workbook_is_read_sheet_by_sheet(saved: Any) -> None:
    book = openpyxl.Workbook()
    first = book.active
    first.title = "Rechnung"
    first.append(["Item", "Pieces", "Price", "Due"])
    for day in range(1, 6):
        first.append([f"Thing{day}", day, day + 0.5, dt.date(2024, 5, day)])
        first.cell(day + 1, 3).number_format = '#,##0.00 "€"'
    first.append(["Share", 0.19, 1e-3 + 2, True])
    first["B7"].number_format = "0.0%"
    secret = book.create_sheet("Secret")
    secret.append(["nobody sees"])
    secret.sheet_state = "hidden"
    wide = book.create_sheet("Wide")
    wide.append([f"Column{it}" for it in range(40)])
    out = io.BytesIO()
    book.save(out)
    path = saved(out.getvalue())
    pages = pages_of(path, kinds.EXCEL)
    assert [page["lines"][0]["text"] for page in pages] == ["Rechnung", "Wide"]
    (table,) = pages[0]["tables"]
    cells = {(it["row"], it["column"]): it["text"] for it in table["cells"]}
    assert [cells[0, it] for it in range(4)] == ["Item", "Pieces", "Price", "Due"]
    assert [cells[3, it] for it in range(4)] == ["Thing3", "3", "3.50 €", "2024-05-03"]
    assert [cells[6, it] for it in range(4)] == ["Share", "19.0%", "2.001", "TRUE"]
    assert len([it for it in pages[1]["words"] if it["text"].startswith("Column")]) == 40
    assert "nobody" not in json.dumps(pages)


@pytest.mark.parametrize(
    ("kind", "content", "expected"),
    [
        (kinds.OPEN_TEXT, office.odt("Open & free", "second"), "Open & free second"),
        (kinds.OPEN_SHEET, office.ods(["Name", "Sum"], ["Ada", "3.50"]), "One Name Sum Ada 3.50"),
        (kinds.PLAIN_TEXT, "Grüße\r\nüber Bord\fneue Seite".encode(), "Grüße über Bord neue Seite"),
        (kinds.PLAIN_TEXT, "Größe €".encode("cp1252"), "Größe €"),
        (kinds.PLAIN_TEXT, "Grüße".encode("utf-16"), "Grüße"),
        (kinds.PLAIN_TEXT, b"<b>&amp;\x1b\x00</b>", "<b>&amp; </b>"),
        (
            kinds.WEB_PAGE,
            HTML,
            "Title One two € <i> • item A B 1 2 after",
        ),
        (
            kinds.WEB_PAGE,
            b'<meta charset="iso-8859-1"><p>Gr\xfc\xdfe',
            "Grüße",
        ),
        (kinds.WEB_PAGE, b"<html><head><title>no</title><body><p>seen", "seen"),
        (kinds.WEB_PAGE, b"<head><meta charset=utf-8><style>no</style><p>seen", "seen"),
        (
            kinds.RICH_TEXT,
            rb"{\rtf1 before{\shp{\*\shpinst{\sp{\sv no}}{\shptxt boxed\par}}{\shprslt no}}}",
            "before boxed",
        ),
        (
            kinds.RICH_TEXT,
            RTF,
            "Grüße an€alle second line A B last{}",
        ),
    ],
)  # fmt: skip
def test_each_format_gives_its_text(saved: Any, kind: str, content: bytes, expected: str) -> None:
    assert text_of(saved(content), kind) == expected


def test_a_file_without_text_is_an_empty_page(saved: Any) -> None:
    (page,) = pages_of(saved(office.docx("")), kinds.WORD)
    assert (page["words"], page["read_by"]) == ([], "nothing")


def test_macros_are_told_of(saved: Any) -> None:
    content = office.docx("a", kind="docm", more={"word/vbaProject.bin": b"macro"})
    (warning,) = probe(saved(content), kinds.WORD_WITH_MACROS, OPTIONS).warnings
    assert "macros" in warning


@pytest.mark.skipif(shutil.which("soffice") is not None, reason="LibreOffice is installed")
def test_an_old_format_says_what_it_needs(saved: Any) -> None:
    content = office.compound("WordDocument")
    assert refusal(saved(content), kinds.OLD_WORD) is Code.CONVERTER_MISSING


def test_an_old_format_is_converted_by_the_program_that_is_there(
    saved: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stand-in for LibreOffice, called as LibreOffice is."""
    made = tmp_path / "made.pdf"
    made.write_bytes(_pdf_of("converted"))
    program = tmp_path / "bin" / "soffice"
    program.parent.mkdir()
    program.write_text(
        '#!/bin/sh\nwhile [ "$1" != --outdir ]; do shift; done\n'
        f'test -s "$3" && cp {made} "$2/$(basename "$3" .doc).pdf"\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    assert text_of(saved(office.compound("WordDocument")), kinds.OLD_WORD) == "converted"


def _pdf_of(text: str) -> bytes:
    from shared.pdf.typesetting import Leaf, typeset  # noqa: PLC0415

    return typeset([Leaf(f"<p>{text}</p>", (595, 842))], {}, 5).content


def test_heic_is_read_as_its_exif_turns_it(saved: Any) -> None:
    picture = drawn_page(height=1400).convert("RGB").rotate(90, expand=True)
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    pillow_heif.from_pillow(picture).save(out, quality=90, exif=exif.tobytes())
    (page,) = pages_of(saved(out.getvalue()), "image/heic")
    assert page["read_by"] == "ocr"
    assert page["height"] > page["width"]
    assert page["rotation"] == 0


def test_a_searchable_file_is_the_typeset_one(saved: Any, tmp_path: Path) -> None:
    original = saved(office.docx("Ada Lovelace"))
    contents = [it.json for it in read_pages(original, kinds.WORD, 0, None, OPTIONS).pages]
    path = str(tmp_path / "made.pdf")
    made = add_pages(Making(original, kinds.WORD, path, "a", utc_now()), contents)
    assert (made.pages, made.failed) == (1, ())
    with PdfFile.open(path, max_pages=5) as pdf:
        assert [it.text for it in pdf.text_layer(0).words] == ["Ada", "Lovelace"]


def test_what_would_take_minutes_to_set_is_refused_before(saved: Any) -> None:
    """As text, as one paragraph, as rows; a sheet of many rows takes seconds, in sections."""
    lines = b"a line of some length\n" * 200_000
    assert refusal(saved(lines), kinds.PLAIN_TEXT) is Code.TOO_MANY_PAGES
    words = random.Random(1).choices(["ada", "byron", "king", "noel", "countess"], k=5_000_000)
    assert refusal(saved(office.docx(" ".join(words))), kinds.WORD) is Code.TOO_MANY_PAGES
    rows = [[f"row{it}", "a", "b"] for it in range(1500)]
    pages = pages_of(saved(office.ods(*rows)), kinds.OPEN_SHEET)
    found = [it["text"] for page in pages for it in page["words"] if it["text"].startswith("row")]
    assert found == [row[0] for row in rows]
