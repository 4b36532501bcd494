"""What a file is, by its content alone."""

import pytest

from services.ingest.names import display_name
from services.ingest.sniff import SUPPORTED, media_type

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
        (b"PK\x03\x04....[Content_Types].xml....word/document.xml",
         f"{OFFICE}.wordprocessingml.document"),
        (b"PK\x03\x04....xl/workbook.xml", f"{OFFICE}.spreadsheetml.sheet"),
        (b"PK\x03\x04....anything.txt", "application/zip"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
        (b"MZ\x90\x00", "application/vnd.microsoft.portable-executable"),
        (b"\x7fELF", "application/x-elf"),
        (b"{\\rtf1", "application/rtf"),
        (b"\xef\xbb\xbf <!DOCTYPE HTML><html>", "text/html"),
        (b"<?xml version='1.0'?><svg>", "image/svg+xml"),
        (b"<?xml version='1.0'?><Invoice>", "application/xml"),
        ("nur Text mit Umlauten äöü".encode(), "text/plain"),
        (b"a\x00b", "application/octet-stream"),
        (b"\xff\xfe\xfd", "application/octet-stream"),
    ],
)  # fmt: skip
def test_the_first_bytes_decide(head: bytes, expected: str) -> None:
    assert media_type(head) == expected


def test_only_what_can_be_read_is_supported() -> None:
    assert {it.split("/")[1] for it in SUPPORTED} == {
        "pdf", "png", "jpeg", "tiff", "bmp", "gif", "webp",
    }  # fmt: skip


@pytest.mark.parametrize("given", [None, "", " ", "/", "\\", ".", "..", "\x00", "\u202e", "a/.."])
def test_a_name_that_is_none_is_replaced(given: str | None) -> None:
    assert display_name(given) == "document"


def test_a_long_name_keeps_its_ending_and_stays_text() -> None:
    name = display_name("é" * 300 + ".tar.gz")
    assert name.endswith(".gz")
    assert len(name.encode()) <= 255
    assert len(display_name("x" * 300).encode()) == 255
