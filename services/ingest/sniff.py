"""What a file is, by its first bytes; its name and the declared type count for nothing.

Signatures are from the formats' specifications (PDF: ISO 32000-1 and Adobe's implementation
note that readers look for the header in the first 1,024 bytes; PNG, JPEG, GIF, TIFF, BMP,
WebP, ISO base media files).
"""

from services.ingest.sniff_mail import looks_like_mail
from shared.models.container import CONTAINER_KINDS

SNIFF_BYTES = 2048
SUPPORTED = frozenset(
    {
        "application/pdf",
        "image/png",
        "image/jpeg",
        "image/tiff",
        "image/bmp",
        "image/gif",
        "image/webp",
    }
)
CONTAINERS = frozenset(CONTAINER_KINDS)
"""What is taken where documents in others are: it is unpacked."""
MAIL = "message/rfc822"
UNKNOWN = "application/octet-stream"

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
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
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
_RIFF = {b"WEBP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo"}
_OFFICE = "application/vnd.openxmlformats-officedocument"
_ZIP_CONTENTS: tuple[tuple[bytes, str], ...] = (
    (b"mimetypeapplication/vnd.oasis.opendocument", "application/vnd.oasis.opendocument"),
    (b"mimetypeapplication/epub+zip", "application/epub+zip"),
    (b"word/", f"{_OFFICE}.wordprocessingml.document"),
    (b"xl/", f"{_OFFICE}.spreadsheetml.sheet"),
    (b"ppt/", f"{_OFFICE}.presentationml.presentation"),
    (b"[Content_Types].xml", f"{_OFFICE}"),
)
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


def _container(head: bytes) -> str | None:
    if head[:4] == b"RIFF":
        return _RIFF.get(head[8:12])
    if head[4:8] == b"ftyp":
        return _ISO_BRANDS.get(head[8:12], "video/mp4")
    if head[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        return next((name for mark, name in _ZIP_CONTENTS if mark in head), "application/zip")
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
    if start.startswith(b"<?xml"):
        return next((name for mark, name in _MARKUP if mark in start), "application/xml")
    if b"\x00" in head or not head:
        return None
    try:
        head[: len(head) - 3 if len(head) >= SNIFF_BYTES else None].decode()
    except UnicodeDecodeError:
        return None
    return "text/plain"
