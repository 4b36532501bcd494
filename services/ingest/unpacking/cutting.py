"""Cutting a file of several documents into files of their own: what a child process does.

The same file and pieces give the same bytes, which is what the documents' ids are made of.
"""

import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath

from PIL import Image, ImageOps

from services.ingest.unpacking.items import PIECE_BYTES, FileBegun, FileEnded, Item
from shared.errors import Code, Permanent
from shared.models.container import Piece
from shared.models.document import Document
from shared.pdf.cutting import cut_pages, drawn_part

PDF, TIFF = "application/pdf", "image/tiff"
CUT_TYPES = frozenset({PDF, TIFF})
"""What pages are cut out of; of other files, sheets of paper on photos alone."""
Corners = Sequence[tuple[float, float]]
Sheets = Mapping[int, Sequence[Corners]]
"""The corners of the sheets of paper on pages, by their number."""


def cut(
    path: str, media_type: str, name: str, pieces: Sequence[Piece], sheets: Sheets
) -> Iterator[Item]:
    """The file at ``path`` in pieces; ``sheets`` in points.

    Raises ``Permanent(FILE_CORRUPT)``.
    """
    stem = PurePosixPath(name).stem or name
    for number, piece in enumerate(pieces, start=1):
        try:
            content, ending = _content(path, media_type, piece, sheets)
        except (Permanent, MemoryError):
            raise
        except Exception:  # noqa: BLE001 - whatever a library stumbles over is the file's fault
            raise Permanent(Code.FILE_CORRUPT) from None
        yield FileBegun(f"{stem}-{number}{ending}", part_of(piece))
        for start in range(0, len(content), PIECE_BYTES):
            yield content[start : start + PIECE_BYTES]
        yield FileEnded()


def part_of(piece: Piece) -> str:
    """Where in the file a piece is, for ``Child.part``."""
    if piece.region is not None:
        return f"{piece.pages[0]}.{piece.region}"
    return f"{piece.pages[0]}-{piece.pages[-1]}"


def pages_of(record: Document, part: str) -> list[int]:
    """The pages that a piece consists of; none for a sheet of paper on a photo."""
    pieces = record.container.pieces if record.container is not None else []
    return next((it.pages for it in pieces if it.region is None and part_of(it) == part), [])


def _content(path: str, media_type: str, piece: Piece, sheets: Sheets) -> tuple[bytes, str]:
    if piece.region is not None:
        page = piece.pages[0]
        box = _box(sheets[page][piece.region])
        draw = drawn_part if media_type == PDF else _cropped
        return draw(path, page, box), ".png"
    if media_type == PDF:
        return cut_pages(path, piece.pages), ".pdf"
    return _frames(path, piece.pages), ".tif"


def _box(corners: Corners) -> tuple[float, float, float, float]:
    """Around a sheet, with a little of what lies about it, so that its edges can be seen."""
    xs, ys = [x for x, _ in corners], [y for _, y in corners]
    margin = 0.02 * max(max(xs) - min(xs), max(ys) - min(ys))
    return min(xs) - margin, min(ys) - margin, max(xs) + margin, max(ys) + margin


def _cropped(path: str, page: int, box: tuple[float, float, float, float]) -> bytes:
    with Image.open(path) as opened:
        opened.seek(page)
        upright = ImageOps.exif_transpose(opened).convert("RGB")
    x0, y0, x1, y1 = (round(it) for it in box)
    part = upright.crop((max(0, x0), max(0, y0), min(upright.width, x1), min(upright.height, y1)))
    out = io.BytesIO()
    part.save(out, "PNG", compress_level=1)
    return out.getvalue()


def _frames(path: str, pages: Sequence[int]) -> bytes:
    with Image.open(path) as opened:
        frames = []
        for number in pages:
            opened.seek(number)
            frames.append(opened.copy())
        packing = {"1": "group4"}.get(opened.mode, "tiff_adobe_deflate")
    out = io.BytesIO()
    frames[0].save(out, "TIFF", save_all=True, append_images=frames[1:], compression=packing)
    return out.getvalue()
