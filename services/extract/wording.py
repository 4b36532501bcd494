"""Text made comparable, with the usual misreadings put right."""

import re

from shared.wording import compact, plain

__all__ = ["compact", "count_digits", "mend", "plain", "split_name"]

_ASCII_DIGIT = re.compile("[0-9]")
_MISREAD = str.maketrans({"0": "o", "1": "l", "5": "s", "8": "b", "|": "l", "!": "l", "$": "s"})
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[_\-./\s]+")


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
