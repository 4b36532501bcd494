"""Pictures inside office files: which are shown, and how large."""

import io
from pathlib import PurePosixPath

from PIL import Image, UnidentifiedImageError

from services.ocr.office.package import Package
from services.ocr.office.script import Script
from shared.errors import Permanent

_FORMATS = ("PNG", "JPEG", "GIF", "BMP", "TIFF")
_MOST = 100
_MOST_BYTES = 32 * 1024 * 1024
_MOST_PIXELS = 80_000_000
_WIDEST, _HIGHEST = 500.0, 680.0  # points: what has room on a page
_LEFT_OUT = "Pictures in the file that cannot be shown were left out."


def picture(script: Script, package: Package, name: str, width: float, height: float) -> str:
    """An ``img`` of the part ``name``, of that size in points; nothing where it cannot be shown."""
    key = f"{len(script.pictures)}{PurePosixPath(name).suffix.lower()}"
    try:
        content = package.read(name, _MOST_BYTES)
    except Permanent:
        content = b""
    if len(script.pictures) >= _MOST or not _is_shown(content):
        script.warn(_LEFT_OUT)
        return ""
    script.pictures[key] = content
    factor = min(1.0, _WIDEST / max(width, 1.0), _HIGHEST / max(height, 1.0))
    size = f"width:{width * factor:.0f}pt;height:{height * factor:.0f}pt"
    return f'<img src="{key}" style="{size if width > 1 and height > 1 else ""}"/>'


def _is_shown(content: bytes) -> bool:
    try:
        with Image.open(io.BytesIO(content), formats=_FORMATS) as image:
            width, height = image.size
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError):
        return False
    return width * height <= _MOST_PIXELS
