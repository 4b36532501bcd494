"""How labels are written: a few words, mostly without digits, often before a colon."""

from collections.abc import Iterator

from services.extract.lexicon.currencies import currency_of
from services.extract.pieces import Piece
from services.extract.sheet import Token

MOST_LABEL_WORDS = 6
"""More are a sentence."""

DASHES = frozenset({"-", "–", "—", "="})
_MOST_BEFORE_DASH = 4


def labelled_parts(tokens: list[Token]) -> Iterator[tuple[list[Token], list[Token]]]:
    """``A: 1 B: 2`` as two labels with their values."""
    ends = [at for at, token in enumerate(tokens) if _ends_label(token.text)]
    start = 0
    for number, end in enumerate(ends):
        label = tokens[start : end + 1]
        stop = ends[number + 1] if number + 1 < len(ends) else len(tokens)
        if number + 1 < len(ends):
            while stop > end + 2 and _may_begin_label(tokens[stop - 1].text):
                stop -= 1
        value = tokens[end + 1 : stop]
        if value and len(label) <= MOST_LABEL_WORDS and _is_label_text(_text(label)):
            yield label, value
        start = stop


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
    return text[:1].isupper() and not _any_digit(text) and not text.isupper()


def may_be_label(piece: Piece) -> bool:
    """Whether a piece without a colon looks like one."""
    text = piece.text
    return (
        len(piece.tokens) <= MOST_LABEL_WORDS
        and not piece.has_digit
        and text[:1].isalpha()
        and text[:1].upper() == text[:1]
        and not text.endswith((".", ",", ";", "!"))
        and has_letters(text)
        and currency_of(text) is None
    )


def only_qualifies(tokens: list[Token]) -> bool:
    """Whether words only say which tax or currency, such as ``19 %`` or ``EUR``."""
    return all(
        currency_of(token.text.strip("():")) is not None
        or token.text.endswith("%")
        or (
            not any(char.isalpha() for char in token.text)
            and (
                not _any_digit(token.text) or (len(tokens) > 1 and tokens[-1].text.startswith("%"))
            )
        )
        for token in tokens
    )


def has_digit(token: Token) -> bool:
    """Whether a word has a digit."""
    return _any_digit(token.text)


def _any_digit(text: str) -> bool:
    return any(char.isdigit() for char in text)


def has_letters(text: str) -> bool:
    """Whether a text has more letters than a mere sign."""
    return sum(char.isalpha() for char in text) >= 2


def _text(tokens: list[Token]) -> str:
    return " ".join(token.text for token in tokens)
