"""Pictures put into PDF files with the bytes that they came with.

JPEG files are taken as they are, of a PNG file and of a fax page of a TIFF file (Group 4) what
they hold is taken as it is coded. Everything else is decoded and coded anew without loss.
"""

import io
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from PIL import Image

from services.ocr.images import ImageFile, flattened
from shared.pdf import ImageStream

_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_GREY, _RGB, _INDEXED = 0, 2, 3  # PNG colour types without transparency
_COLOURS = {"L": "/DeviceGray", "RGB": "/DeviceRGB", "CMYK": "/DeviceCMYK"}
_AS_IT_IS = ("1", "L", "P", "RGB")
_PHOTOMETRIC, _FILL_ORDER, _STRIPS, _ORIENTATION, _STRIP_SIZES = 262, 266, 273, 274, 279
_WHITE_IS_ZERO = 0


def image_stream(file: ImageFile, number: int) -> ImageStream:
    """A page of ``file`` for a PDF, standing as ``ImageFile.orientation`` says.

    Raises:
        Permanent: ``FILE_TOO_LARGE``.
        OSError, SyntaxError, ValueError: it is damaged.
    """
    frame = file.frame(number)
    stream = None
    if frame.format in ("JPEG", "MPO"):
        stream = _jpeg(frame, Path(file.path).read_bytes())
    elif frame.format == "PNG":
        stream = _png(Path(file.path).read_bytes())
    elif frame.format == "TIFF":
        stream = _fax(frame, file.path)
    return stream or _anew(frame)


def _jpeg(frame: Image.Image, content: bytes) -> ImageStream | None:
    colours = _COLOURS.get(frame.mode)
    if colours is None:
        return None
    # Adobe's programs write CMYK with 255 for no ink.
    inverted = frame.mode == "CMYK" and "adobe" in frame.info
    return ImageStream(
        width=frame.width,
        height=frame.height,
        bits=8,
        colours=colours,
        filter="/DCTDecode",
        data=content,
        decode="[1 0 1 0 1 0 1 0]" if inverted else "",
    )


def _png(content: bytes) -> ImageStream | None:
    """What a PNG file holds: PDF knows its compression and its predictors (Table 10)."""
    header, palette, data = b"", b"", []
    for name, chunk in _chunks(content):
        if name == b"IHDR":
            header = chunk
        elif name == b"PLTE":
            palette = chunk
        elif name == b"IDAT":
            data.append(chunk)
        elif name == b"tRNS":
            return None
    if len(header) != struct.calcsize(">IIBBBBB"):
        return None
    width, height, bits, kind, _, _, interlaced = struct.unpack(">IIBBBBB", header)
    colours = _png_colours(kind, palette)
    if interlaced or colours is None:
        return None
    components = 3 if kind == _RGB else 1
    return ImageStream(
        width=width,
        height=height,
        bits=bits,
        colours=colours,
        filter="/FlateDecode",
        data=b"".join(data),
        parameters=f"<</Predictor 15/Colors {components}/BitsPerComponent {bits}/Columns {width}>>",
    )


def _png_colours(kind: int, palette: bytes) -> str | None:
    if kind == _GREY:
        return "/DeviceGray"
    if kind == _RGB:
        return "/DeviceRGB"
    if kind == _INDEXED and palette:
        return f"[/Indexed/DeviceRGB {len(palette) // 3 - 1}<{palette.hex()}>]"
    return None


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = len(_PNG_SIGNATURE)
    while place + 8 <= len(content):
        size, name = struct.unpack_from(">I4s", content, place)
        yield name, content[place + 8 : place + 8 + size]
        place += size + 12


def _fax(frame: Image.Image, path: str) -> ImageStream | None:
    """A page of one strip of Group 4 data."""
    tags: Any = getattr(frame, "tag_v2", {})
    strips, sizes = tags.get(_STRIPS, ()), tags.get(_STRIP_SIZES, ())
    coded = frame.mode == "1" and frame.info.get("compression") == "group4"
    usual = tags.get(_FILL_ORDER, 1) == 1 and tags.get(_ORIENTATION, 1) == 1
    if not coded or not usual or len(strips) != 1 or len(sizes) != 1:
        return None
    with Path(path).open("rb") as file:
        file.seek(strips[0])
        data = file.read(sizes[0])
    black = "false" if tags.get(_PHOTOMETRIC, _WHITE_IS_ZERO) == _WHITE_IS_ZERO else "true"
    return ImageStream(
        width=frame.width,
        height=frame.height,
        bits=1,
        colours="/DeviceGray",
        filter="/CCITTFaxDecode",
        data=data,
        parameters=f"<</K -1/Columns {frame.width}/Rows {frame.height}/BlackIs1 {black}>>",
    )


def _anew(frame: Image.Image) -> ImageStream:
    mode = frame.mode
    plain = mode in _AS_IT_IS and not frame.has_transparency_data
    deep = mode.startswith("I") or mode in ("F", "LA", "La")
    image = frame if plain else flattened(frame, "L" if deep else "RGB")
    coded = io.BytesIO()
    image.save(coded, "PNG", exif=b"", icc_profile=None)
    stream = _png(coded.getvalue())
    if stream is None:
        raise ValueError("Pillow wrote a PNG file with transparency, or an interlaced one")
    return stream
