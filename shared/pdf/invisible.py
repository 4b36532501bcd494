"""Text that is there to be found and copied, not to be seen: render mode 3.

Its font has one shape, one width for all characters, and a code for each of Unicode's basic
plane, so that it can hold any language in some 2 KB. The idea is that of Tesseract's PDF
output (its ``pdf.ttf``); the font itself is made here, from the tables that ISO 32000-1, 9.9,
asks of an embedded TrueType font.
"""

import math
import struct
from collections.abc import Sequence
from typing import Any, NamedTuple

FONT_NAME = "DocstageInvisible"
_UNITS = 1000  # per em
_ADVANCE, _ASCENT, _DESCENT = 500, 800, -200
_CODES = 0x10000


class PlacedWord(NamedTuple):
    """A word on a page, in PDF's own coordinates (y upwards).

    It begins at the lower left corner ``(x, y)`` of its box; ``across`` leads along its lower
    side to the end of the word, ``up`` along its left side to the top. ``last`` of its line.
    """

    text: str
    x: float
    y: float
    across: tuple[float, float]
    up: tuple[float, float]
    last: bool = True


def text_content(words: Sequence[PlacedWord], font: str) -> bytes:
    """A content stream that sets ``words`` in the font of that resource name.

    Each word fills its box: the text matrix has its width, height and slope. A space fills
    what lies between it and the next word of its line.
    """
    following = [*words[1:], None]
    shown = "".join(
        _shown(word, None if word.last else after)
        for word, after in zip(words, following, strict=True)
    )
    return f"q BT 3 Tr /{font} 1 Tf\n{shown}ET Q\n".encode("ascii")


def _shown(word: PlacedWord, after: PlacedWord | None) -> str:
    codes = word.text.encode("utf-16-be", "replace")
    ems = max(len(codes), 2) / 2 * _ADVANCE / _UNITS
    along, up = (word.across[0] / ems, word.across[1] / ems), word.up
    x, y = word.x - up[0] * _DESCENT / _UNITS, word.y - up[1] * _DESCENT / _UNITS
    matrix = " ".join(_number(it) for it in (*along, *up, x, y))
    return f"{matrix} Tm <{codes.hex()}> Tj\n{_space(word, along, after)}"


def _space(word: PlacedWord, along: tuple[float, float], after: PlacedWord | None) -> str:
    """A space as wide as the gap; ``along`` is one em of ``word``."""
    if after is None:
        return ""
    dx, dy = after.x - word.x - word.across[0], after.y - word.y - word.across[1]
    em = along[0] ** 2 + along[1] ** 2
    gap = (dx * along[0] + dy * along[1]) / em if em else 0.0
    percent = max(gap * 100 * _UNITS / _ADVANCE, 1.0)
    return f"{_number(percent)} Tz <0020> Tj 100 Tz\n"


def _number(value: float) -> str:
    """PDF has no numbers with exponents, nor such that are none."""
    if not math.isfinite(value):
        raise ValueError("a place on a page is a number")
    return f"{value:.5f}".rstrip("0").rstrip(".") if abs(value) < 1 else f"{value:.3f}"


def add_font(document: Any) -> int:  # noqa: ANN401 (PyMuPDF is not typed)
    """Put the font into ``document``; the number of its object."""
    truetype = _truetype()
    file = _stream(document, truetype, f"/Length1 {len(truetype)}")
    glyphs = _stream(document, b"\x00\x01" * _CODES)
    unicode = _stream(document, _to_unicode())
    descriptor = _object(
        document,
        f"<</Type/FontDescriptor/FontName/{FONT_NAME}/Flags 5/ItalicAngle 0/StemV 80"
        f"/FontBBox[0 {_DESCENT} {_ADVANCE} {_ASCENT}]/Ascent {_ASCENT}/Descent {_DESCENT}"
        f"/CapHeight {_ASCENT}/FontFile2 {file} 0 R>>",
    )
    descendant = _object(
        document,
        f"<</Type/Font/Subtype/CIDFontType2/BaseFont/{FONT_NAME}/DW {_ADVANCE}"
        "/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>"
        f"/FontDescriptor {descriptor} 0 R/CIDToGIDMap {glyphs} 0 R>>",
    )
    return _object(
        document,
        f"<</Type/Font/Subtype/Type0/BaseFont/{FONT_NAME}/Encoding/Identity-H"
        f"/DescendantFonts[{descendant} 0 R]/ToUnicode {unicode} 0 R>>",
    )


def _object(document: Any, content: str) -> int:  # noqa: ANN401 (PyMuPDF is not typed)
    number = int(document.get_new_xref())
    document.update_object(number, content)
    return number


def _stream(document: Any, content: bytes, entries: str = "") -> int:  # noqa: ANN401 (PyMuPDF is not typed)
    number = _object(document, f"<<{entries}>>")
    document.update_stream(number, content, compress=True)
    return number


def _to_unicode() -> bytes:
    """Each code is its own character; a range may not go beyond one high byte."""
    rows = [f"<{high:02x}00> <{high:02x}ff> <{high:02x}00>" for high in range(256)]
    ranges = "".join(
        f"{len(some)} beginbfrange\n{chr(10).join(some)}\nendbfrange\n"
        for some in (rows[start : start + 100] for start in range(0, len(rows), 100))
    )
    return (
        "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
        "/CIDSystemInfo <</Registry (Adobe) /Ordering (UCS) /Supplement 0>> def\n"
        "/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
        "1 begincodespacerange\n<0000> <ffff>\nendcodespacerange\n"
        f"{ranges}endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n"
    ).encode("ascii")


def _truetype() -> bytes:
    """A TrueType font of two glyphs, as the OpenType specification lays out its tables.

    The second is a line from corner to corner of its box: nothing to see, but PDFium, which
    marks what is found by the glyphs' boxes, would mark nothing of an empty one.
    """
    glyph = struct.pack(
        ">hhhhhHHBBhhhh",
        1, 0, _DESCENT, _ADVANCE, _ASCENT, 1, 0, 1, 1, 0, _ADVANCE, _DESCENT, _ASCENT - _DESCENT,
    )  # fmt: skip
    tables = {
        b"glyf": glyph,
        b"head": struct.pack(
            ">IIIIHHQQhhhhHHhhh", 0x10000, 0x10000, 0, 0x5F0F3CF5, 0, _UNITS, 0, 0,
            0, _DESCENT, _ADVANCE, _ASCENT, 0, 8, 2, 0, 0,
        ),
        b"hhea": struct.pack(
            ">IhhhHhhhhhhhhhhhH", 0x10000, _ASCENT, _DESCENT, 0, _ADVANCE, 0, 0, _ADVANCE,
            1, 0, 0, 0, 0, 0, 0, 0, 2,
        ),
        b"hmtx": struct.pack(">HhHh", _ADVANCE, 0, _ADVANCE, 0),
        b"loca": struct.pack(">HHH", 0, 0, len(glyph) // 2),
        b"maxp": struct.pack(">IHHHHHHHHHHHHHH", 0x10000, 2, 2, 1, 0, 0, 2, *[0] * 8),
    }  # fmt: skip
    offset = 12 + 16 * len(tables)
    directory = struct.pack(">IHHHH", 0x10000, len(tables), 64, 2, 16 * len(tables) - 64)
    body = b""
    for tag, table in tables.items():
        padded = table + b"\x00" * (-len(table) % 4)
        directory += struct.pack(">4sIII", tag, _checksum(padded), offset + len(body), len(table))
        body += padded
    font = directory + body
    place = font.index(struct.pack(">I", 0x5F0F3CF5)) - 4
    adjustment = (0xB1B0AFBA - _checksum(font)) % 2**32
    return font[:place] + struct.pack(">I", adjustment) + font[place + 4 :]


def _checksum(data: bytes) -> int:
    numbers: tuple[int, ...] = struct.unpack(f">{len(data) // 4}I", data)
    return sum(numbers) % 2**32
