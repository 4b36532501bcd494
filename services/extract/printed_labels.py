"""How labels are written: a few words, mostly without digits, often before a colon."""

import re
from collections.abc import Iterator

from services.extract.lexicon.currencies import currency_of
from services.extract.pieces import Piece
from services.extract.sheet import Token
from services.extract.wording import compact

_UNIT = re.compile(r"[(\[]?(?:[cdkm]?m[23]|co2|h2o|g/m[23]|kg/m[23])[)\]]?[.:]?", re.IGNORECASE)
MOST_LABEL_WORDS = 6
"""More are a sentence."""

DASHES = frozenset({"-", "–", "—", "="})
_MOST_BEFORE_DASH = 4
_FEWEST_DIGITS = 3  # fewer are those of a house
_SIGNS = frozenset({"#", "№"})
_NUMBERS = frozenset({"n", "no", "nr", "num", "nro"})
_SHORTENED = frozenset(
    {"acct", "amt", "approx", "art", "bet", "bez", "cod", "dat", "dept", "est", "ext", "geb",
     "max", "min", "n", "nb", "no", "nr", "nro", "num", "pos", "qte", "qty", "ref", "reg", "str",
     "tel"}
)  # fmt: skip


def labelled_parts(tokens: list[Token]) -> Iterator[tuple[list[Token], list[Token]]]:
    """``A: 1 B: 2`` as two labels with their values."""
    ends = [at for at, token in enumerate(tokens) if _ends_label(token.text)]
    start = 0
    for number, end in enumerate(ends):
        label = tokens[start : end + 1]
        stop = len(tokens)
        if number + 1 < len(ends):
            stop = _start_of_label(tokens, ends[number + 1], end + 2)
        value = tokens[end + 1 : stop]
        if value and len(label) <= MOST_LABEL_WORDS and _is_label_text(_text(label)):
            yield label, value
        start = stop


def numbered_title(tokens: list[Token]) -> list[tuple[list[Token], list[Token]]]:
    """``Quotation no. 58/2026`` as a label with its value; nothing where no such number stands."""
    at = len(tokens) - 2
    is_title = 0 < at < _MOST_BEFORE_DASH and tokens[0].text[:1].isupper()
    if not is_title or any(map(has_digit, tokens[:-1])) or not _numbers(tokens[at].text):
        return []
    digits = sum(char.isdigit() for char in tokens[-1].text)
    return [(tokens[:-1], tokens[-1:])] if digits >= _FEWEST_DIGITS else []


def _numbers(word: str) -> bool:
    """Whether a word says that a number follows: ``n.``, ``Nr.``, ``N°``."""
    return word in _SIGNS or (word[-1:] in ".°º" and compact(word) in _NUMBERS)


def before_next_label(tokens: list[Token]) -> list[Token]:
    """A value without the label of another one behind it, which is told by its colon."""
    end = next((at for at, token in enumerate(tokens) if at and _ends_label(token.text)), 0)
    return tokens[: _start_of_label(tokens, end, 1)] if end > 1 else tokens


def _start_of_label(tokens: list[Token], end: int, least: int) -> int:
    """Where the label that ends at ``end`` begins, from ``least`` on."""
    start = end
    if start > least and not has_letters(tokens[end].text):
        start -= 1  # the colon stands by itself: the word before it is the label's, however written
    while start > least and _may_begin_label(tokens[start - 1].text):
        start -= 1
    return start


def dash_in(tokens: list[Token]) -> int:
    """Where a dash parts a label from its value; 0 where none does."""
    at = next((at for at, token in enumerate(tokens) if token.text in DASHES), 0)
    label = tokens[:at]
    is_label = at <= _MOST_BEFORE_DASH and not any(map(has_digit, label))
    is_label = is_label and bool(label) and label[0].text[:1].isupper()
    return at if is_label and at + 1 < len(tokens) else 0


def _is_label_text(text: str) -> bool:
    return has_letters(text) and not any(sign in text for sign in "?!;") and ". " not in text


def _ends_label(text: str) -> bool:
    return text.endswith((":", "=")) or text == ":"


def _may_begin_label(text: str) -> bool:
    return text[:1].isupper() and not any_digit(text) and not text.isupper()


def may_be_label(piece: Piece) -> bool:
    """Whether a piece without a colon looks like one."""
    text = piece.text
    return (
        len(piece.tokens) <= MOST_LABEL_WORDS
        and not (piece.has_digit and any(map(has_digit, piece.tokens)))
        and text[:1].isalpha()
        and text[:1].upper() == text[:1]
        and not (text.endswith((".", ",", ";", "!")) and not _is_shortened(piece.tokens[-1].text))
        and has_letters(text)
        and currency_of(text) is None
    )


def _is_shortened(word: str) -> bool:
    """``No.`` and its like, whose full stop ends no sentence."""
    return word.endswith(".") and compact(word.rpartition("-")[2]) in _SHORTENED


def only_qualifies(tokens: list[Token]) -> bool:
    """Whether words only say which tax or currency, such as ``19 %`` or ``EUR``."""
    return all(
        currency_of(token.text.strip("():")) is not None
        or token.text.endswith("%")
        or (
            not any(char.isalpha() for char in token.text)
            and (not any_digit(token.text) or (len(tokens) > 1 and tokens[-1].text.startswith("%")))
        )
        for token in tokens
    )


def has_digit(token: Token) -> bool:
    """Whether a word has a digit, and is no unit."""
    return any_digit(token.text) and not is_unit(token.text)


def is_unit(text: str) -> bool:
    """Whether a word is a unit with a digit in it: ``m3``, ``(cm2)``, ``CO2``."""
    return _UNIT.fullmatch(text) is not None


def any_digit(text: str) -> bool:
    """Whether there is a digit in it."""
    return any(char.isdigit() for char in text)


def has_letters(text: str) -> bool:
    """Whether a text has more letters than a mere sign."""
    return sum(char.isalpha() for char in text) >= 2


def _text(tokens: list[Token]) -> str:
    return " ".join(token.text for token in tokens)
