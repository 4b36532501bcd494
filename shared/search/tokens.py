"""Tokens: the words of a text as they are searched by, the same in every store.

Letters are folded to lower case without accents (``Müller``, ``MULLER`` and ``muller`` are one);
what is neither letter nor digit divides. Signs of scripts that are written without spaces
are tokens of their own. A number with separators is one token in plain form, however it is printed:
``1.234,50``, ``1,234.50`` and ``1'234.5`` are ``1234.5``.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator

LONGEST = 40
"""Characters of a token; what goes beyond is cut."""

_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "\u0131": "i"}
)
"""Letters that Unicode does not take apart."""
_SIGN = "\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_TOKEN = re.compile(
    rf"(?P<number>(?<![^\W_])\d+(?:[.,'’]\d+)+(?![^\W_]))"  # noqa: RUF001 - Swiss print it so
    rf"|[{_SIGN}]|(?:(?![{_SIGN}])[^\W_])+"
)
_DIGITS = re.compile(r"\d+")
_SEPARATOR = re.compile(r"\D")
_THOUSANDS = 3

Spelling = tuple[str, ...]
"""The tokens that one printed thing may stand for: more than one where a number is ambiguous."""


def fold(text: str) -> str:
    """Lower case, without accents."""
    if text.isascii():
        return text.lower()
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(it for it in parts if not unicodedata.combining(it)).translate(_LETTERS)


def spellings(text: str) -> Iterator[Spelling]:
    """The tokens of a text, in their order."""
    for found in _TOKEN.finditer(fold(text)):
        if found["number"] is None:
            yield (found[0][:LONGEST],)
            continue
        forms = _plain_forms(found[0])
        if forms:
            yield forms
        else:
            yield from ((it[:LONGEST],) for it in _DIGITS.findall(found[0]))


def tokens(texts: Iterable[str], most: int) -> list[str]:
    """The tokens of texts, in their order and at most so many.

    Second readings of ambiguous numbers follow in the end, so that nothing comes between words.
    """
    first: list[str] = []
    second: list[str] = []
    for text in texts:
        for it in spellings(text):
            first.append(it[0])
            second.extend(it[1:])
        if len(first) >= most:
            return first[:most]
    return (first + second)[:most]


def _plain_forms(number: str) -> Spelling:
    """A number with separators in plain form; nothing where it is none, such as a date."""
    separators, groups = _SEPARATOR.findall(number), _DIGITS.findall(number)
    *head, last = groups
    kinds = list(dict.fromkeys(separators))
    if len(separators) == 1:
        if len(last) == _THOUSANDS and len(head[0]) <= _THOUSANDS and head[0] != "0":
            return tuple(dict.fromkeys((_whole(number), _decimal(head[0], last))))
        return (_decimal(head[0], last),)
    if len(kinds) == 1 and all(len(it) == _THOUSANDS for it in groups[1:]):
        return (_whole(number),)
    in_thousands = all(len(it) in {2, _THOUSANDS} for it in head[1:])  # India has groups of two
    if separators.count(separators[-1]) == 1 and len(kinds) == 2 and in_thousands:  # noqa: PLR2004
        return (_decimal("".join(head), last),)
    return ()


def _whole(number: str) -> str:
    return (_SEPARATOR.sub("", number).lstrip("0") or "0")[:LONGEST]


def _decimal(whole: str, fraction: str) -> str:
    kept = fraction.rstrip("0")
    left = whole.lstrip("0") or "0"
    return (f"{left}.{kept}" if kept else left)[:LONGEST]
