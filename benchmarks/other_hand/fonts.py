"""Typefaces: those of the system where they are installed, else the built-in ones of PyMuPDF."""

from functools import cache
from pathlib import Path

import pymupdf

_FOLDER = Path("/usr/share/fonts")
# family: regular, bold, italic, and the built-in family that stands in.
_FILES = {
    "carlito": ("truetype/crosextra/Carlito-{}.ttf", "sans"),
    "dejavu": ("truetype/dejavu/DejaVuSans{}.ttf", "sans"),
    "condensed": ("truetype/dejavu/DejaVuSansCondensed{}.ttf", "sans"),
    "lato": ("truetype/lato/Lato-{}.ttf", "sans"),
    "liberation": ("truetype/liberation/LiberationSans-{}.ttf", "sans"),
    "narrow": ("truetype/liberation/LiberationSansNarrow-{}.ttf", "sans"),
    "roman": ("truetype/liberation/LiberationSerif-{}.ttf", "serif"),
    "typewriter": ("truetype/liberation/LiberationMono-{}.ttf", "mono"),
}
_DASHED = {"dejavu", "condensed"}
_BUILT_IN = {
    "sans": ("helv", "hebo", "heit"),
    "serif": ("tiro", "tibo", "tiit"),
    "mono": ("cour", "cobo", "coit"),
}


@cache
def typeface(family: str, *, bold: bool = False, italic: bool = False) -> pymupdf.Font:
    """The face of a family; bold wins over italic. Unknown families raise ``KeyError``."""
    face = 1 if bold else 2 if italic else 0
    if family in _BUILT_IN:
        return pymupdf.Font(_BUILT_IN[family][face])
    pattern, stand_in = _FILES[family]
    names = ("", "-Bold", "-Oblique") if family in _DASHED else ("Regular", "Bold", "Italic")
    path = _FOLDER / pattern.format(names[face])
    if path.is_file():
        return pymupdf.Font(fontfile=str(path))
    return pymupdf.Font(_BUILT_IN[stand_in][face])
