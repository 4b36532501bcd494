"""What a file is, by its content alone."""

import tracemalloc
from pathlib import Path

import pytest

from services.ingest.names import display_name
from services.ingest.sniff import SNIFF_BYTES, UNDECIDED, contradicts, kind_within, media_type
from tests.samples import office
from tests.samples.pages import text_pdf

OFFICE = "application/vnd.openxmlformats-officedocument"


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"%PDF-1.4\n", "application/pdf"),
        (b"junk\n" * 100 + b"%PDF-1.4\n", "application/pdf"),
        (b"junk\n" * 300 + b"%PDF-1.4\n", "text/plain"),
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"\x89PNG\n\n\x1a\n", "application/octet-stream"),
        (b"\xff\xd8\xff\xe1", "image/jpeg"),
        (b"GIF89a", "image/gif"),
        (b"GIF87a", "image/gif"),
        (b"II*\x00\x08", "image/tiff"),
        (b"MM\x00*\x00", "image/tiff"),
        (b"II+\x00\x08", "image/tiff"),
        (b"BM" + b"\x00" * 12 + b"\x28\x00\x00\x00", "image/bmp"),
        (b"BMW is a maker of cars and bikes", "text/plain"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", "audio/wav"),
        (b"\x00\x00\x00\x18ftypheic\x00", "image/heic"),
        (b"\x00\x00\x00\x18ftypavif\x00", "image/avif"),
        (b"\x00\x00\x00\x18ftypisom\x00", "video/mp4"),
        (b"PK\x03\x04....anything.txt", "application/zip"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
        (b"MZ\x90\x00", "application/vnd.microsoft.portable-executable"),
        (b"\x7fELF", "application/x-elf"),
        (b"{\\rtf1", "application/rtf"),
        (b"\xef\xbb\xbf <!DOCTYPE HTML><html>", "text/html"),
        (b"<?xml version='1.0'?><svg>", "image/svg+xml"),
        (b"<?xml version='1.0'?><Invoice>", "application/xml"),
        (b'<Invoice xmlns="urn:oasis:names:specification:ubl">', "application/xml"),
        ("nur Text mit Umlauten äöü".encode(), "text/plain"),
        ("Grüße aus Köln, mit freundlichen".encode("cp1252"), "text/plain"),
        ("Grüße".encode("utf-16"), "text/plain"),
        (b"\xff\xfe\x00\xd8\x00\xd8", "application/octet-stream"),
        (bytes(range(0xC0, 0xE0)), "application/octet-stream"),
        (b"a\x00b", "application/octet-stream"),
        (b"\xff\xfe\xfd", "application/octet-stream"),
    ],
)  # fmt: skip
def test_the_first_bytes_decide(head: bytes, expected: str) -> None:
    assert media_type(head) == expected


KINDS = {
    "docx": (office.docx("a"), f"{OFFICE}.wordprocessingml.document"),
    "docm": (office.docx("a", kind="docm"), "application/vnd.ms-word.document.macroEnabled.12"),
    "xlsx": (office.ooxml("xlsx", "<w/>"), f"{OFFICE}.spreadsheetml.sheet"),
    "xlsm": (office.ooxml("xlsm", "<w/>"), "application/vnd.ms-excel.sheet.macroEnabled.12"),
    "pptx": (office.ooxml("pptx", "<w/>"), f"{OFFICE}.presentationml.presentation"),
    "odt": (office.odt("a"), "application/vnd.oasis.opendocument.text"),
    "ods": (office.ods(["a"]), "application/vnd.oasis.opendocument.spreadsheet"),
    "a zip": (office.zipped({"a.txt": "a"}), "application/zip"),
    "a zip with an office file first": (
        office.zipped({"a.docx": office.docx("a"), "b.txt": "b"}, stored=["a.docx"]),
        "application/zip",
    ),
    "a zip of no files": (office.zipped({}), "application/zip"),
    "a zip behind other bytes": (
        b"PK\x03\x04" + bytes(40) + office.docx("a"),
        f"{OFFICE}.wordprocessingml.document",
    ),
    "a cut-off zip": (office.zipped({"a.txt": "a" * 999})[:60], "application/zip"),
    "a cut-off docx": (office.docx("a")[:-100], f"{OFFICE}.wordprocessingml.document"),
    "doc": (office.compound("1Table", "WordDocument"), "application/msword"),
    "xls": (office.compound("a", "b", "c", "d", "e", "Workbook"), "application/vnd.ms-excel"),
    "msg": (office.compound("__properties_version1.0"), "application/vnd.ms-outlook"),
    "encrypted": (office.compound("EncryptedPackage"), "application/x-encrypted-office"),
    "a cut-off doc": (office.compound("WordDocument")[:700], "application/x-ole-storage"),
    "a pdf without its header": (
        b"no header\n" + text_pdf(pages=1).partition(b"\n")[2], "application/pdf",
    ),
    "a text about objects": (b"4 0 obj is how it begins", "text/plain"),
}  # fmt: skip


@pytest.mark.parametrize("name", KINDS)
def test_what_is_further_in_tells_of_containers(name: str, tmp_path: Path) -> None:
    content, expected = KINDS[name]
    path = tmp_path / "file"
    path.write_bytes(content)
    assert media_type(content[:SNIFF_BYTES]) in UNDECIDED
    assert kind_within(path, content[:SNIFF_BYTES]) == expected


def test_a_directory_without_end_is_not_followed(tmp_path: Path) -> None:
    """An allocation table whose chain is a circle."""
    content = bytearray(office.compound("a"))
    content[512 + 4 : 512 + 8] = (1).to_bytes(4, "little")
    path = tmp_path / "file"
    path.write_bytes(content)
    assert kind_within(path, bytes(content)) == "application/x-ole-storage"


def test_unpacking_to_look_inside_is_bounded(tmp_path: Path) -> None:
    """The list of types is unpacked by the gateway itself."""
    bomb = office.zipped({"[Content_Types].xml": b" " * 200_000_000, "xl/workbook.xml": ""})
    path = tmp_path / "file"
    path.write_bytes(bomb)
    tracemalloc.start()
    found = kind_within(path, bomb[:SNIFF_BYTES])
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found == f"{OFFICE}.spreadsheetml.sheet"
    assert most < 3_000_000


@pytest.mark.parametrize(
    ("name", "found", "expected"),
    [
        ("a.pdf", "text/html", True),
        ("a.PDF", "text/plain", True),
        ("a.docx", "application/zip", True),
        ("a.doc", "text/html", False),
        ("a.htm", "text/html", False),
        ("a", "text/html", False),
        ("a.dat", "text/plain", False),
        ("a.jpg", "application/pdf", False),
    ],
)
def test_a_name_contradicts_only_what_has_no_signature(
    name: str, found: str, *, expected: bool
) -> None:
    assert contradicts(name, found) is expected


@pytest.mark.parametrize("given", [None, "", " ", "/", "\\", ".", "..", "\x00", "\u202e", "a/.."])
def test_a_name_that_is_none_is_replaced(given: str | None) -> None:
    assert display_name(given) == "document"


def test_a_long_name_keeps_its_ending_and_stays_text() -> None:
    name = display_name("é" * 300 + ".tar.gz")
    assert name.endswith(".gz")
    assert len(name.encode()) <= 255
    assert len(display_name("x" * 300).encode()) == 255
