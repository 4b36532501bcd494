"""Which fonts there are to draw lines in, and what each can write."""

from pathlib import Path

from fontTools.ttLib import TTFont, TTLibError

from benchmarks.recogniser.charset import PLAIN, SYMBOLS
from benchmarks.recogniser.faces import Face

_NO_TEXT = ("Math", "Symbol", "Dingbat", "D050", "Standard", "Chorus", "Z003", "Thin", "Hairline")
_OF_NOTO = ("NotoSans-", "NotoSerif-", "NotoMono", "NotoSansMono", "NotoSansDisplay-")
_NEEDED = "AZaz09.,-"
_TYPOGRAPHIC = "".join(map(chr, PLAIN))


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
