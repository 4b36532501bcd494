"""Text from files and servers on its way to a terminal."""

import os
import unicodedata
from pathlib import Path

_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def printable(text: str) -> str:
    """``text`` on one line and without characters that could steer a terminal."""
    spaced = " ".join(text.split())
    return "".join(
        it if unicodedata.category(it) not in _HIDDEN else "\N{REPLACEMENT CHARACTER}"
        for it in spaced
    )


def path_name(path: Path) -> str:
    """A path as text that can be printed and sent, also when it is no UTF-8."""
    return os.fsencode(path).decode(errors="replace")
