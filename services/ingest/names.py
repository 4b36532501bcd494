"""File names: data to show, never a path to open."""

import unicodedata

MAX_BYTES = 255
UNNAMED = "document"
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def display_name(given: str | None) -> str:
    """The base name of ``given``, without control and direction characters, ≤ 255 bytes."""
    base = (given or "").replace("\\", "/").rsplit("/", 1)[-1]
    shown = "".join(it for it in base if unicodedata.category(it) not in _UNSEEN)
    short = _cut(shown.strip()).strip()
    return UNNAMED if short in {"", ".", ".."} else short


def _cut(name: str) -> str:
    if len(name.encode()) <= MAX_BYTES:
        return name
    stem, dot, ending = name.rpartition(".")
    tail = f"{dot}{ending}" if stem and len(ending.encode()) <= 16 else ""  # noqa: PLR2004
    room = MAX_BYTES - len(tail.encode())
    return name.encode()[:room].decode(errors="ignore") + tail
