"""Image files as documents: one pixel of the upright image counts as one point.

The resolution that an image states is ignored: cameras and scanners state it wrongly too
often, and every reader of our boxes would have to know it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from shared.errors import AttemptFailed, Code, Permanent

FORMATS = {
    "image/png": ("PNG",),
    "image/jpeg": ("JPEG",),
    "image/tiff": ("TIFF",),
    "image/bmp": ("BMP",),
    "image/gif": ("GIF",),
    "image/webp": ("WEBP",),
    "image/heic": ("HEIF",),
    "image/heif": ("HEIF",),
}
_EXIF_ORIENTATION = 0x0112
_SIDEWAYS = (5, 6, 7, 8)
_END_OF_JPEG = np.array([0xFF, 0xD9], np.uint8)  # without it a cut-off file gives nothing


class ImageFile:
    """An open image file; the frames of a TIFF are pages, an animation shows its first."""

    def __init__(self, image: Image.Image, path: str, max_pixels: int) -> None:
        self._image = image
        self._path = path
        self._max_pixels = max_pixels

    @classmethod
    @contextmanager
    def open(
        cls, path: str, media_type: str, *, max_pages: int, max_pixels: int
    ) -> Iterator["ImageFile"]:
        """The file at ``path``, closed at the end of the block; nothing is decoded yet.

        Raises:
            Permanent: ``FILE_EMPTY``, ``FILE_CORRUPT``, ``TOO_MANY_PAGES``,
                ``FILE_TOO_LARGE`` (more than ``max_pixels``), ``BLOB_MISSING``.
        """
        with _open(path, media_type) as image:
            opened = cls(image, path, max_pixels)
            pages = opened.page_count
            if pages > max_pages:
                detail = f"The document has {pages} pages, {max_pages} are allowed."
                raise Permanent(Code.TOO_MANY_PAGES, detail)
            if pages == 1:
                opened.refuse_large()
            yield opened

    @property
    def page_count(self) -> int:
        """How many pages the file has."""
        return getattr(self._image, "n_frames", 1) if self._image.format == "TIFF" else 1

    def size(self, number: int) -> tuple[float, float]:
        """Width and height of a page, as turned upright by its own EXIF data."""
        self._seek(number)
        width, height = self._image.size
        sideways = self.orientation(number) in _SIDEWAYS
        return (float(height), float(width)) if sideways else (float(width), float(height))

    def orientation(self, number: int) -> int:
        """How the picture that ``frame`` gives stands, 1 to 8, as EXIF counts them; 1 is upright.

        Of a TIFF Pillow gives it upright.
        """
        self._seek(number)
        if self._image.format == "TIFF":
            return 1
        stated: Any = self._image.getexif().get(_EXIF_ORIENTATION)
        return int(stated) if stated in range(1, 9) else 1

    def frame(self, number: int) -> Image.Image:
        """A page as the file has it: not decoded yet, and, but for a TIFF, not turned upright.

        Raises ``Permanent(FILE_TOO_LARGE)``.
        """
        self._seek(number)
        self.refuse_large()
        return self._image

    def dpi(self, number: int) -> tuple[float, float] | None:
        """The pixels per inch that a page states for its upright width and height, if any."""
        self._seek(number)
        stated = self._image.info.get("dpi")
        if not isinstance(stated, tuple) or len(stated) != 2:  # noqa: PLR2004 (a pair)
            return None
        across, down = (float(it) for it in stated)
        sideways = self._image.getexif().get(_EXIF_ORIENTATION) in _SIDEWAYS
        return (down, across) if sideways else (across, down)

    @property
    def path(self) -> str:
        """Where the file is."""
        return self._path

    def grey(self, number: int) -> tuple[NDArray[np.uint8], bool]:
        """A page in grey, transparent parts white, and whether it was damaged."""
        return self._decode(number, "L")

    def colour(self, number: int) -> NDArray[np.uint8]:
        """A page in RGB, transparent parts white."""
        return self._decode(number, "RGB")[0]

    def refuse_large(self) -> None:
        """Check the present frame.

        Raises:
            Permanent: ``FILE_TOO_LARGE``.
        """
        width, height = self._image.size
        if width * height > self._max_pixels:
            raise Permanent(Code.FILE_TOO_LARGE, f"The image has {width} x {height} pixels.")

    def _seek(self, number: int) -> None:
        if self.page_count > 1:
            self._image.seek(number)

    def _decode(self, number: int, mode: str) -> tuple[NDArray[np.uint8], bool]:
        self._seek(number)
        self.refuse_large()
        try:
            upright = ImageOps.exif_transpose(self._image)
            return np.asarray(flattened(upright, mode)), False
        except (OSError, SyntaxError, ValueError) as error:
            salvaged = _salvaged(self._path, mode) if self.page_count == 1 else None
            if salvaged is None:
                raise AttemptFailed(Code.PAGE_FAILED, "The image is damaged.") from error
            return salvaged, True


@contextmanager
def _open(path: str, media_type: str) -> Iterator[Image.Image]:
    try:
        if Path(path).stat().st_size == 0:
            raise Permanent(Code.FILE_EMPTY)
        if FORMATS[media_type] == ("HEIF",):
            _register_heif()
        image = Image.open(path, formats=FORMATS[media_type])
    except FileNotFoundError:
        raise Permanent(Code.BLOB_MISSING) from None
    except Image.DecompressionBombError:
        raise Permanent(Code.FILE_TOO_LARGE) from None
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise Permanent(Code.FILE_CORRUPT) from error
    with image:
        yield image


def _register_heif() -> None:
    # Few files are of that kind, and importing costs what reading a page of text does.
    from pi_heif import register_heif_opener  # noqa: PLC0415

    register_heif_opener(thumbnails=False)


def flattened(image: Image.Image, mode: str) -> Image.Image:
    """``image`` in ``mode``, transparent parts white, at most eight bits deep."""
    if image.mode.startswith("I;16"):
        image = Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    elif image.mode in ("I", "F"):
        values = np.asarray(image, np.float32)
        span = max(float(values.max() - values.min()), 1.0)
        image = Image.fromarray(((values - values.min()) * (255 / span)).astype(np.uint8))
    if image.has_transparency_data:
        white = Image.new("RGBA", image.size, "white")
        white.alpha_composite(image.convert("RGBA"))
        image = white
    return image if image.mode == mode else image.convert(mode)


def _salvaged(path: str, mode: str) -> NDArray[np.uint8] | None:
    """What OpenCV, which is more lenient, can still decode of a damaged file."""
    content = np.append(np.fromfile(path, np.uint8), _END_OF_JPEG)
    if mode == "L":
        grey = cv2.imdecode(content, cv2.IMREAD_GRAYSCALE)
        return None if grey is None else np.asarray(grey, np.uint8)
    colour = cv2.imdecode(content, cv2.IMREAD_COLOR)
    return None if colour is None else np.asarray(colour[:, :, ::-1], np.uint8)
