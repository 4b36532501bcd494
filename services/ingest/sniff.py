"""What a file is, by its content; the declared type counts for nothing.

Signatures are from the formats' specifications (PDF: ISO 32000-1 and Adobe's implementation
note that readers look for the header in the first 1,024 bytes; PNG, JPEG, GIF, TIFF, BMP,
WebP, ISO base media files).

A name decides nothing either, but it may contradict: text, HTML and plain ZIP files have hardly a
signature, so where the name says ``.pdf`` they are what a server sends in place of the file, or
the remains of one, and are not taken for what they happen to be.
"""

import codecs
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from services.ingest.archive_kind import ZIP, archive_kind
from services.ingest.compound_kind import OLE, compound_kind
from services.ingest.sniff_mail import looks_like_mail

SNIFF_BYTES = 2048
_OFFICE = "application/vnd.openxmlformats-officedocument"
SUPPORTED = frozenset(
    {
        "application/pdf",
        "image/png",
        "image/jpeg",
        "image/tiff",
        "image/bmp",
        "image/gif",
        "image/webp",
        "image/heic",
        "image/heif",
        f"{_OFFICE}.wordprocessingml.document",
        f"{_OFFICE}.spreadsheetml.sheet",
        "application/vnd.ms-word.document.macroEnabled.12",
        "application/vnd.ms-excel.sheet.macroEnabled.12",
        "application/vnd.oasis.opendocument.text",
        "application/vnd.oasis.opendocument.spreadsheet",
        "application/msword",
        "application/vnd.ms-excel",
        "application/rtf",
        "text/html",
        "text/plain",
    }
)
CONTAINERS = frozenset({"message/rfc822", "application/vnd.ms-outlook", ZIP})
"""What is taken where documents in others are: the keys of ``CONTAINER_KINDS``."""
MAIL = "message/rfc822"
UNKNOWN = "application/octet-stream"
UNDECIDED = frozenset({ZIP, OLE, UNKNOWN, "text/plain"})

_PDF_HEADER_WITHIN = 1024
_PREFIXES: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"II+\x00", "image/tiff"),
    (b"MM\x00+", "image/tiff"),
    (b"\xff\x0a", "image/jxl"),
    (b"\x00\x00\x00\x0cJXL \r\n\x87\n", "image/jxl"),
    (b"\x00\x00\x00\x0cjP  \r\n\x87\n", "image/jp2"),
    (b"8BPS", "image/vnd.adobe.photoshop"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", OLE),
    (b"{\\rtf", "application/rtf"),
    (b"%!PS", "application/postscript"),
    (b"\x1f\x8b", "application/gzip"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"BZh", "application/x-bzip2"),
    (b"\xfd7zXZ\x00", "application/x-xz"),
    (b"\x7fELF", "application/x-elf"),
    (b"MZ", "application/vnd.microsoft.portable-executable"),
    (b"OggS", "application/ogg"),
    (b"ID3", "audio/mpeg"),
)
_ISO_BRANDS = {
    b"heic": "image/heic",
    b"heix": "image/heic",
    b"heim": "image/heic",
    b"heis": "image/heic",
    b"hevc": "image/heic-sequence",
    b"mif1": "image/heif",
    b"msf1": "image/heif-sequence",
    b"avif": "image/avif",
    b"avis": "image/avif",
}
PDF = "application/pdf"
_PICTURES = {"png", "jpg", "jpeg", "jpe", "tif", "tiff", "bmp", "gif", "webp", "heic", "heif"}
_OFFICES = {
    "doc", "docx", "docm", "dotx", "xls", "xlsx", "xlsm", "ppt", "pptx", "odt", "ods", "odp", "rtf",
}  # fmt: skip
_SIGNED = {
    ZIP: frozenset({"pdf", "eml", "msg", *_PICTURES, *_OFFICES}),
    "text/plain": frozenset({"pdf", "zip", "msg", *_PICTURES, *_OFFICES}),
    "text/html": frozenset({"pdf", "zip", "msg", "eml", *_PICTURES, *_OFFICES} - {"doc", "xls"}),
}
"""Endings of formats that have signatures, so that such a file is none of them.

But programs write HTML, and name it a Word or Excel file.
"""
_RIFF = {b"WEBP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo"}
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_ASCII = bytes(range(0x80))
_NO_CONTROLS = bytes({*range(0x20, 0x7F), *range(0x80, 0x100), *b"\t\n\r\f"})
_MOST_BEYOND_ASCII = 0.3
_BMP_HEADER_SIZES = frozenset({12, 16, 40, 52, 56, 64, 108, 124})
_MARKUP = ((b"<!doctype html", "text/html"), (b"<html", "text/html"), (b"<svg", "image/svg+xml"))


def media_type(head: bytes) -> str:
    """The media type of a file that begins with ``head`` (``SNIFF_BYTES`` are enough)."""
    for prefix, name in _PREFIXES:
        if head.startswith(prefix):
            return name
    if looks_like_mail(head):  # in whose text anything may stand
        return MAIL
    return _container(head) or _pdf_behind_junk(head) or _text(head) or UNKNOWN


def kind_within(path: Path, head: bytes) -> str:
    """The same for a file whose beginning leaves it ``UNDECIDED``: what is further in tells.

    Reads a few small pieces of the file at ``path``.
    """
    found = media_type(head)
    with path.open("rb") as file:
        if found == ZIP:
            return archive_kind(file)
        if found == OLE:
            return compound_kind(file)
        return PDF if _is_headless_pdf(file, head) else found


def _is_headless_pdf(file: BinaryIO, head: bytes) -> bool:
    """Whether it is a PDF that has lost its header: objects first, their table at the end."""
    if b" obj" not in head:
        return False
    file.seek(max(0, file.seek(0, 2) - _PDF_HEADER_WITHIN))
    return b"startxref" in file.read()


def contradicts(name: str, found: str) -> bool:
    """Whether a file called ``name`` can hardly be meant to be of the type that was ``found``."""
    ending = PurePosixPath(name).suffix.lower().removeprefix(".")
    return ending in _SIGNED.get(found, frozenset())


def _container(head: bytes) -> str | None:
    if head[:4] == b"RIFF":
        return _RIFF.get(head[8:12])
    if head[4:8] == b"ftyp":
        return _ISO_BRANDS.get(head[8:12], "video/mp4")
    if head[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        return ZIP
    if head[:2] == b"BM" and int.from_bytes(head[14:18], "little") in _BMP_HEADER_SIZES:
        return "image/bmp"
    return None


def _pdf_behind_junk(head: bytes) -> str | None:
    return "application/pdf" if b"%PDF-" in head[:_PDF_HEADER_WITHIN] else None


def _text(head: bytes) -> str | None:
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:256].lower()
    for mark, name in _MARKUP:
        if start.startswith(mark):
            return name
    if start.startswith(b"<?xml") or (start.startswith(b"<") and b" xmlns" in start):
        return next((name for mark, name in _MARKUP if mark in start), "application/xml")
    return "text/plain" if _is_text(head) else None


def _is_text(head: bytes) -> bool:
    """UTF-16 with its mark, or UTF-8 or one byte a character without control characters."""
    is_whole = len(head) < SNIFF_BYTES
    if not head or head.startswith(_UTF_16):
        return len(head) > 2 and len(head) % 2 == 0 and _decodes(head, "utf-16", is_whole)  # noqa: PLR2004
    if head.translate(None, _NO_CONTROLS):
        return False
    beyond = len(head.translate(None, _ASCII))
    return _decodes(head, "utf-8", is_whole) or beyond <= _MOST_BEYOND_ASCII * len(head)


def _decodes(head: bytes, encoding: str, is_whole: bool) -> bool:  # noqa: FBT001
    try:
        codecs.getincrementaldecoder(encoding)().decode(head, final=is_whole)
    except UnicodeDecodeError:
        return False
    return True
