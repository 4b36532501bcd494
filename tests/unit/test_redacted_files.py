"""Redacted files: what says who somebody is has gone from text, pixels and every stream."""

import io
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pymupdf
import pytest
from numpy.typing import NDArray
from PIL import Image

from services.extract.contract import ExtractRequest
from services.extract.engine import extract
from services.ocr.reader import read_pages
from services.ocr.redacting import Redacting, photo_of, redact_pages
from services.ocr.results import ReadOptions
from shared.models.extraction import Field
from shared.models.page import Box, Page, Word
from shared.models.schema import FieldSpec, FieldType, Schema
from shared.personal import PlacedText, personal_of, personal_words
from shared.schemas import built_in
from tests.samples.office import docx

PDF = "application/pdf"
SECRETS = ("okafor", "amara", "amara.okafor@example.org", "7946 0777", "lantern lane", "e14 5ab")
NUMBERS = ("7946", "1990")
"""Looked for in text alone: a place in the file, or a packed stream, may have any four digits."""
LINES = [
    (20, "Amara Okafor"), (11, "Data Analyst"),
    (10, "7 Lantern Lane, London E14 5AB, United Kingdom"),
    (10, "amara.okafor@example.org | +44 20 7946 0777 | linkedin.com/in/amara-okafor"),
    (10, "Date of birth: 3 May 1990"), (13, "Work Experience"),
    (10, "Data Analyst, Brightwater Logistics Ltd"), (10, "Mar 2018 - Feb 2020"),
    (10, "Built the okaforboard with SQL and Excel"), (13, "Education"),
    (10, "Bachelor of Science in Statistics"), (10, "University of Leeds"), (10, "2010 - 2013"),
    (13, "Skills"), (10, "SQL, Excel, Python"),
]  # fmt: skip
PHOTO = pymupdf.Rect(440, 40, 530, 150)
KEPT = ("Brightwater", "Statistics", "Python")


def portrait() -> bytes:
    """A face of sorts: many tones."""
    y, x = np.mgrid[0:220, 0:180]
    shade = 60 + 150 * np.exp(-(((x - 90) / 60) ** 2 + ((y - 100) / 80) ** 2)) + 20 * np.sin(x / 9)
    picture = np.stack([shade, shade * 0.85, shade * 0.7], 2).clip(0, 255).astype(np.uint8)
    out = io.BytesIO()
    Image.fromarray(picture).save(out, "JPEG", quality=90)
    return out.getvalue()


def resume_pdf() -> bytes:
    """A résumé that says its owner's name in every place where a PDF can."""
    with pymupdf.open() as pdf:
        page, y = pdf.new_page(width=595, height=842), 60.0
        for size, text in LINES:
            page.insert_text((50, y), text, fontsize=size)
            y += 2 * size
        page.insert_image(PHOTO, stream=portrait())
        page.insert_text((50, 800), "Amara Okafor 1990", fontsize=8, render_mode=3)
        page.insert_link({"kind": pymupdf.LINK_URI, "from": pymupdf.Rect(50, 90, 200, 110),
                          "uri": "mailto:amara.okafor@example.org"})  # fmt: skip
        page.add_text_annot((300, 300), "Call Amara Okafor")
        second = pdf.new_page(width=595, height=842)
        second.insert_text((50, 60), "Curriculum vitae of Amara OKAFOR, page 2", fontsize=9)
        second.insert_text((50, 90), "Mail: A.Okafor@uni.example, phone 020 7946 0777", fontsize=10)
        second.insert_text((50, 120), "She also wrote the guide for beginners.", fontsize=10)
        pdf.set_metadata({"author": "Amara Okafor", "title": "CV Amara Okafor"})
        pdf.set_xml_metadata("<x:xmpmeta xmlns:x='adobe:ns:meta/'>Amara Okafor</x:xmpmeta>")
        pdf.embfile_add("amara-okafor.txt", b"Amara Okafor, born 1990")
        pdf.set_toc([[1, "Amara Okafor", 1]])
        return pdf.tobytes()


def redacted(tmp_path: Path, content: bytes, media_type: str) -> tuple[bytes, list[Page]]:
    """What reading, extraction and redaction make of a file."""
    original = tmp_path / "original"
    original.write_bytes(content)
    read = read_pages(str(original), media_type, 0, None, ReadOptions(budget=600.0))
    stored = [result.json for result in read.pages]
    pages = [Page.model_validate_json(it) for it in stored]
    found = extract(ExtractRequest(pages=pages, requested_type="resume"))
    personal = personal_of(built_in()["resume"], found.fields)
    created = datetime(2026, 1, 2, tzinfo=UTC)
    made = tmp_path / "made.pdf"
    making = Redacting(str(original), media_type, str(made), created, personal)
    while making.pages < len(pages):
        done = redact_pages(making, stored[making.pages :], budget=0.0)
        assert done.pages == making.pages + 1
        making = replace(making, pages=done.pages, font=done.font)
    return made.read_bytes(), pages


def all_that_is_in(content: bytes) -> tuple[str, str]:
    """The file's bytes, its streams unpacked and its objects; and all of its text."""
    with pymupdf.open(stream=content) as pdf:
        numbers = range(1, pdf.xref_length())
        objects = [pdf.xref_object(number) for number in numbers]
        streams = [pdf.xref_stream(number) or b"" for number in numbers]
        raw = [pdf.xref_stream_raw(number) or b"" for number in numbers]
        text = [page.get_text() for page in pdf] + [str(pdf.metadata), str(pdf.get_toc())]
        names = [str(annot.info) for page in pdf for annot in page.annots()]
        links = [str(page.get_links()) for page in pdf]
    shown = [part.decode("latin-1") for part in (content, *streams, *raw)]
    wide = [
        bytes.fromhex(it).decode("utf-16-be", "replace")
        for part in streams
        for it in re.findall(r"<([0-9a-f]{4,})> Tj", part.decode("latin-1"))
    ]
    told = "\n".join([" ".join(wide), *text, *names, *links])
    return _plain("\n".join([*shown, *objects])), _plain(told)


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", text).lower()


def secrets_in(content: bytes) -> list[str]:
    stored, told = all_that_is_in(content)
    return [
        *(it for it in SECRETS if it in told or it in stored),
        *(it for it in NUMBERS if it in told),
    ]


def pixels(content: bytes, number: int, *, zoom: float = 2.0) -> NDArray[np.uint8]:
    with pymupdf.open(stream=content) as pdf:
        shot = pdf[number].get_pixmap(matrix=pymupdf.Matrix(zoom, zoom), colorspace=pymupdf.csGRAY)
        return np.frombuffer(shot.samples, np.uint8).reshape(shot.height, shot.width)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, list[Page]]:
    return redacted(tmp_path_factory.mktemp("pdf"), resume_pdf(), PDF)


def test_nothing_in_the_file_says_who_it_is(made: tuple[bytes, list[Page]]) -> None:
    assert secrets_in(resume_pdf()) == [*SECRETS, *NUMBERS], "the test would find them"
    assert secrets_in(made[0]) == []
    with pymupdf.open(stream=made[0]) as pdf:
        assert pdf.embfile_count() == 0
        assert pdf.metadata["title"] == "Redacted document"
        assert not pdf.metadata["author"]
        assert len(pdf) == 2


def test_what_may_stay_can_still_be_searched(made: tuple[bytes, list[Page]]) -> None:
    with pymupdf.open(stream=made[0]) as pdf:
        text = pdf[0].get_text() + pdf[1].get_text()
    assert [it for it in (*KEPT, "guide", "beginners") if it not in text] == []


def test_the_pixels_are_black(made: tuple[bytes, list[Page]]) -> None:
    content, pages = made
    shot = pixels(content, 0)
    for word in pages[0].words:
        if word.text in {"Amara", "Lantern", "amara.okafor@example.org", "1990"}:
            inside = shot[int(2 * word.y0) : int(2 * word.y1), int(2 * word.x0) : int(2 * word.x1)]
            assert inside.max() < 60, word
    kept = next(word for word in pages[0].words if word.text == "Brightwater")
    inside = shot[int(2 * kept.y0) : int(2 * kept.y1), int(2 * kept.x0) : int(2 * kept.x1)]
    assert inside.max() > 200


def test_the_photo_is_black_and_can_be_had_by_itself(
    made: tuple[bytes, list[Page]], tmp_path: Path
) -> None:
    content, pages = made
    x0, y0, x1, y1 = (int(2 * it) for it in PHOTO)
    shot = pixels(content, 0)
    assert shot[y0 + 4 : y1 - 4, x0 + 4 : x1 - 4].max() < 40
    original = tmp_path / "original"
    original.write_bytes(resume_pdf())
    photo = Image.open(
        io.BytesIO(photo_of(str(original), PDF, pages[0].model_dump_json().encode()))
    )
    assert abs(photo.width / photo.height - PHOTO.width / PHOTO.height) < 0.05
    assert np.asarray(photo.convert("L")).std() > 20
    assert photo_of(str(original), PDF, pages[1].model_dump_json().encode()) == b""


def test_of_a_picture_the_pixels_go_and_the_photo_is_found(tmp_path: Path) -> None:
    with pymupdf.open(stream=resume_pdf()) as pdf:
        scan = pdf[0].get_pixmap(dpi=150).tobytes("png")
    content, pages = redacted(tmp_path, scan, "image/png")
    assert secrets_in(content) == []
    _, told = all_that_is_in(content)
    assert [it for it in KEPT if it.lower() not in told] == []
    factor = 842 / pages[0].height
    shot = pixels(content, 0)
    scale = 150 / 72
    middle = int(485 * scale * factor * 2), int(95 * scale * factor * 2)
    assert shot[middle[1], middle[0]] < 40
    name = next(word for word in pages[0].words if word.text.startswith("Amara"))
    row, column = (name.y0 + name.y1) * factor, (name.x0 + name.x1) * factor
    assert shot[int(row), int(column)] < 60


@pytest.mark.parametrize("rotation", [90, 270])
def test_of_a_turned_page_the_right_places_are_black(tmp_path: Path, rotation: int) -> None:
    with pymupdf.open(stream=resume_pdf()) as pdf:
        pdf[0].set_rotation(rotation)
        content, pages = redacted(tmp_path, pdf.tobytes(), PDF)
    shot = pixels(content, 0)
    assert shot.shape == (2 * 595, 2 * 842)
    secret = next(word for word in pages[0].words if word.text == "Lantern")
    kept = next(word for word in pages[0].words if word.text == "Brightwater")
    for word, is_black in ((secret, True), (kept, False)):
        inside = shot[int(2 * word.y0) : int(2 * word.y1), int(2 * word.x0) : int(2 * word.x1)]
        assert bool(inside.max() < 60) is is_black


WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@pytest.mark.parametrize(
    ("media_type", "content"),
    [
        (WORD, docx(*(text for _, text in LINES))),
        ("text/plain", "\n".join(text for _, text in LINES).encode()),
    ],
    ids=["word", "text"],
)
def test_of_files_without_pages_too(tmp_path: Path, media_type: str, content: bytes) -> None:
    made, pages = redacted(tmp_path, content, media_type)
    assert secrets_in(made) == []
    _, told = all_that_is_in(made)
    assert [it for it in KEPT if it.lower() not in told] == []
    found = extract(ExtractRequest(pages=pages, requested_type="resume")).fields
    single = {name: it.value for name, it in found.items() if isinstance(it, Field)}
    assert (single["first_name"], single["last_name"]) == ("Amara", "Okafor")
    assert single["date_of_birth"] == "1990-05-03"
    (job,) = found["work_experience"]
    assert (job["company"].value, job["months"].value) == ("Brightwater Logistics Ltd", 24)


def placed(*words: str) -> list[PlacedText]:
    return [PlacedText(it, 10.0 * at, 0, 10.0 * at + 9, 10) for at, it in enumerate(words)]


def test_which_words_are_personal() -> None:
    schema = Schema(
        name="own",
        fields=[
            FieldSpec(name="who", type=FieldType.NAME, personal=True),
            FieldSpec(name="number", type=FieldType.PHONE, personal=True),
            FieldSpec(name="street", type=FieldType.ADDRESS, personal=True),
            FieldSpec(name="firm"),
        ],
    )
    fields = {
        "who": Field(value="Will van Dam", raw="Will van Dam"),
        "number": Field(value="+4420123456", raw="+44 20 123 456"),
        "street": Field(value="7 High Street", raw="7 High Street"),
        "firm": Field(value="Acme", boxes=[Box(page=0, x0=0, y0=0, x1=500, y1=10)]),
    }
    personal = personal_of(schema, fields)
    words = placed(
        "Will", "will", "see", "Mr", "DAM,", "of", "Acme", "7", "High", "Street", "High", "Street",
        "0044", "20", "123456", "2019", "other@firm.example", "www.willdam.example", "amsterdam",
    )  # fmt: skip
    kept = [
        word.text for at, word in enumerate(words) if at not in personal_words(0, words, personal)
    ]
    assert kept == ["will", "see", "Mr", "of", "Acme", "High", "Street", "2019", "amsterdam"]


def test_a_misread_name_is_personal_where_it_was_read_by_ocr() -> None:
    schema = Schema(name="own", fields=[FieldSpec(name="who", type=FieldType.NAME, personal=True)])
    personal = personal_of(schema, {"who": Field(value="Harriet Whitlock")})
    read = PlacedText("Whit1ock", 0, 0, 9, 9, is_sure=False)
    assert personal_words(0, [read], personal) == {0}
    assert personal_words(0, [read._replace(is_sure=True)], personal) == set()


def test_logos_and_wide_pictures_are_no_photos(tmp_path: Path) -> None:
    flat = np.full((200, 160, 3), (20, 60, 160), np.uint8)
    flat[60:140, 40:120] = 255
    out = io.BytesIO()
    Image.fromarray(flat).save(out, "PNG")
    with pymupdf.open() as pdf:
        page = pdf.new_page(width=595, height=842)
        page.insert_image(pymupdf.Rect(40, 40, 120, 140), stream=out.getvalue())
        page.insert_image(pymupdf.Rect(40, 200, 555, 330), stream=portrait(), keep_proportion=False)
        content = pdf.tobytes()
    original = tmp_path / "original"
    original.write_bytes(content)
    stored = Page(number=0, width=595, height=842, words=[Word(text="x", x0=0, y0=0, x1=9, y1=9)])
    assert photo_of(str(original), PDF, stored.model_dump_json().encode()) == b""
