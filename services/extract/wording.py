"""Text made comparable: case, accents, punctuation and the usual misreadings removed."""

import re
import unicodedata
from functools import lru_cache

_NUMBER_SIGN = re.compile(r"#|№|\bn[°º]|\bn\.º", re.IGNORECASE)
_NOT_ALNUM = re.compile(r"[\W_]+")
_ASCII_DIGIT = re.compile("[0-9]")
_MISREAD = str.maketrans({"0": "o", "1": "l", "5": "s", "8": "b", "|": "l", "!": "l", "$": "s"})
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[_\-./\s]+")


def plain(text: str) -> str:
    """Lower case without accents: ``Fälligkeit`` → ``falligkeit``."""
    return text.lower() if text.isascii() else _folded(text)


@lru_cache(maxsize=20_000)
def _folded(text: str) -> str:
    folded = unicodedata.normalize("NFKD", text.replace("ß", "ss").casefold())
    return "".join(char for char in folded if not unicodedata.combining(char))


@lru_cache(maxsize=20_000)
def compact(text: str) -> str:
    """Only lower-case letters and digits, ``#`` as ``no``: ``Rechnungs-Nr.`` → ``rechnungsnr``."""
    if text.isascii() and text.isalnum():
        return text.lower()
    return _NOT_ALNUM.sub("", plain(_NUMBER_SIGN.sub(" no ", text)))


def count_digits(text: str) -> int:
    """How many characters of ``text`` are digits."""
    if text.isascii():
        return len(_ASCII_DIGIT.findall(text))
    return sum(map(str.isdigit, text))


def mend(word: str) -> str:
    """A compact word of mostly letters with digits put right: ``t0ta1`` → ``total``."""
    digits = count_digits(word)
    return word.translate(_MISREAD) if 0 < digits <= len(word) / 2 else word


def split_name(name: str) -> str:
    """A field name as words: ``invoiceTotal_net`` → ``invoice total net``."""
    return " ".join(part for part in _CAMEL.split(name) if part).casefold()
