"""Text made comparable: case, accents and punctuation removed."""

import re
import unicodedata
from functools import lru_cache

_NUMBER_SIGN = re.compile(r"#|№|\bn[°º]|\bn\.º", re.IGNORECASE)
_NOT_ALNUM = re.compile(r"[\W_]+")
_STROKES = str.maketrans({"ß": "ss", "ł": "l", "ø": "o", "đ": "d", "æ": "ae", "œ": "oe"})
"""Letters that Unicode does not take apart: ``ł`` is no ``l`` with an accent to it."""


def plain(text: str) -> str:
    """Lower case without accents: ``Fälligkeit`` → ``falligkeit``."""
    return text.lower() if text.isascii() else _folded(text)


@lru_cache(maxsize=20_000)
def _folded(text: str) -> str:
    folded = unicodedata.normalize("NFKD", text.casefold().translate(_STROKES))
    return "".join(char for char in folded if not unicodedata.combining(char))


@lru_cache(maxsize=20_000)
def compact(text: str) -> str:
    """Only lower-case letters and digits, ``#`` as ``no``: ``Rechnungs-Nr.`` → ``rechnungsnr``."""
    if text.isascii() and text.isalnum():
        return text.lower()
    return _NOT_ALNUM.sub("", plain(_NUMBER_SIGN.sub(" no ", text)))
