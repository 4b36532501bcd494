"""Files made to hurt who reads them. Small to send, written byte by byte."""

import struct
import zlib
from collections.abc import Sequence

import pymupdf

_BLOCK = 1 << 20


def pdf_of(objects: Sequence[bytes]) -> bytes:
    """A PDF of ``objects``, numbered from 1; the first is the catalogue."""
    content, places = bytearray(b"%PDF-1.7\n"), []
    for number, body in enumerate(objects, start=1):
        places.append(len(content))
        content += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    start = len(content)
    content += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    content += b"".join(b"%010d 00000 n \n" % place for place in places)
    content += b"trailer\n<< /Size %d /Root 1 0 R >>\n" % (len(objects) + 1)
    return bytes(content) + b"startxref\n%d\n%%%%EOF\n" % start


def _stream(entries: bytes, data: bytes) -> bytes:
    return b"<< %b /Length %d >>\nstream\n%b\nendstream" % (entries, len(data), data)


def _one_page(content: bytes, resources: bytes, *more: bytes) -> bytes:
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 400 600] /Contents 4 0 R "
    return pdf_of(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            page + b"/Resources << %b >> >>" % resources,
            _stream(b"", content),
            *more,
        ]
    )


def endless_page_pdf(depth: int = 12, width: int = 10) -> bytes:
    """A page that draws a form ten times that draws one ten times ...: a trillion in 3 KB."""
    head = b"/Type /XObject /Subtype /Form /BBox [0 0 400 600] "
    forms = [
        _stream(
            head + b"/Resources << /XObject << /F %d 0 R >> >>" % (6 + level), b"/F Do " * width
        )
        for level in range(depth - 1)
    ]
    return _one_page(b"/F Do", b"/XObject << /F 5 0 R >>", *forms, _stream(head, b"0 0 9 9 re f"))


def picture_bomb_pdf(side: int = 90_000) -> bytes:
    """A page with a picture of eight billion pixels in 8 MB."""
    packer = zlib.compressobj(9)
    head = packer.compress(b"") + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(bytes(_BLOCK)) + packer.flush(zlib.Z_FULL_FLUSH)
    data = head + block * (side * side // _BLOCK + 1) + packer.flush()
    entries = (
        b"/Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceGray "
        b"/BitsPerComponent 8 /Filter /FlateDecode" % (side, side)
    )
    picture = _stream(entries, data)
    return _one_page(b"400 0 0 600 0 0 cm /I Do", b"/XObject << /I 5 0 R >>", picture)


def circular_pdf() -> bytes:
    """A file whose page tree holds itself."""
    tree = b"<< /Type /Pages /Kids [2 0 R] /Count 1 >>"
    return pdf_of([b"<< /Type /Catalog /Pages 2 0 R >>", tree])


def deep_pdf(depth: int = 200_000) -> bytes:
    """A page whose content is an array in an array in an array ..."""
    return _one_page(b"[" * depth + b"]" * depth + b" TJ", b"")


def png_bomb(side: int = 60_000) -> bytes:
    """A PNG that says it has 3.6 billion pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        sealed = kind + data
        return struct.pack(">I", len(data)) + sealed + struct.pack(">I", zlib.crc32(sealed))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0))
    data = chunk(b"IDAT", zlib.compress(bytes(_BLOCK)))
    return b"\x89PNG\r\n\x1a\n" + head + data + chunk(b"IEND", b"")


def joined(*files: bytes) -> bytes:
    """The pages of several PDF files as one file."""
    with pymupdf.open() as document:
        for content in files:
            with pymupdf.open(stream=content) as other:
                document.insert_pdf(other)
        return document.tobytes()


def drawing_bomb_pdf(side: int = 35_000) -> bytes:
    """A page with a black-and-white picture of more than a billion pixels."""
    rows = zlib.compress(bytes(side // 8 * 64), 9)  # too few: a reader that gets that far, waits
    entries = (
        b"/Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceGray "
        b"/BitsPerComponent 1 /Filter /FlateDecode" % (side, side)
    )
    picture = _stream(entries, rows)
    return _one_page(b"400 0 0 600 0 0 cm /I Do", b"/XObject << /I 5 0 R >>", picture)


def wide_pdf(points: int = 1_000_000) -> bytes:
    """A page of 350 metres by 350."""
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %d %d] /Contents 4 0 R >>"
    return pdf_of(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            page % (points, points),
            _stream(b"", b"0 0 500000 500000 re f"),
        ]
    )


def lying_pdf(said: int = 900_000) -> bytes:
    """A file of one page that says it has hundreds of thousands."""
    return pdf_of(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count %d >>" % said,
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 400 600] >>",
        ]
    )


def tiff_bomb(side: int = 60_000) -> bytes:
    """A TIFF file of two pages: a small good one, and one that says it has 3.6 billion pixels."""
    image = struct.pack("<I", 8)
    head = b"II*\x00" + image

    def directory(width: int, height: int, data: int, following: int) -> bytes:
        tags = (
            (256, 4, width), (257, 4, height), (258, 3, 8), (259, 3, 1), (262, 3, 1),
            (273, 4, data), (277, 3, 1), (278, 4, height), (279, 4, width * height % 2**32),
        )  # fmt: skip
        rows = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in tags)
        return struct.pack("<H", len(tags)) + rows + struct.pack("<I", following)

    size = len(directory(1, 1, 0, 0))
    data = 8 + 2 * size
    first, second = directory(64, 64, data, 8 + size), directory(side, side, data, 0)
    return head + first + second + bytes([255]) * 4096
