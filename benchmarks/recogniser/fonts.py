"""The fonts that lines are drawn in: which there are, what each can write, which are held out."""

from dataclasses import dataclass
from pathlib import Path

from fontTools.ttLib import TTFont, TTLibError

from benchmarks.recogniser.charset import PLAIN, SYMBOLS

HELD_OUT = (
    "LiberationSans-Regular", "DejaVuSerif", "OpenSans-Regular", "CourierPrime-Regular",
    "Carlito-Regular", "mononoki-Regular", "FiraCode-Regular", "Cousine-Regular",
    "C059-Roman", "PTSans", "OCRB",
)  # fmt: skip
"""Measured on, never trained on."""

_NO_TEXT = ("Math", "Symbol", "Dingbat", "D050", "Standard", "Chorus", "Z003", "Thin", "Hairline")
_OF_NOTO = ("NotoSans-", "NotoSerif-", "NotoMono", "NotoSansMono", "NotoSansDisplay-")
_NEEDED = "AZaz09.,-"
_TYPOGRAPHIC = "".join(map(chr, PLAIN))


@dataclass(frozen=True, slots=True)
class Face:
    """A font file and the symbols it can write."""

    path: Path
    symbols: frozenset[str]

    @property
    def held_out(self) -> bool:
        """Whether it is for measuring only."""
        return self.path.stem in HELD_OUT

    @property
    def is_italic(self) -> bool:
        """Whether its name says that it is slanted."""
        return self.path.stem.lower().endswith(("italic", "oblique", "-it", "-i", "ri", "bi"))


def faces(folder: Path) -> list[Face]:
    """The fonts for text under ``folder``, in the order of their names."""
    files = sorted([*folder.rglob("*.ttf"), *folder.rglob("*.otf")], key=lambda it: it.name)
    found = (_face(path) for path in files if _is_for_text(path.name))
    return [face for face in found if face and face.symbols.issuperset(_NEEDED)]


def _is_for_text(name: str) -> bool:
    if any(part in name for part in _NO_TEXT):
        return False
    return not name.startswith("Noto") or name.startswith(_OF_NOTO)


def _face(path: Path) -> Face | None:
    try:
        known = TTFont(path, lazy=True, fontNumber=0).getBestCmap() or {}
    except (TTLibError, OSError):
        return None
    return Face(path, frozenset(it for it in SYMBOLS + _TYPOGRAPHIC if ord(it) in known))
