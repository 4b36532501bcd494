"""Names and types of fields from labels as printed."""

import re

from services.extract.lexicon.currencies import currency_of
from services.extract.sheet import Token
from services.extract.wording import plain
from shared.models.schema import FieldType

MOST_LETTERS = 60
_WORD = re.compile(r"[a-z0-9]+")
_NUMERIC = frozenset({FieldType.INTEGER, FieldType.NUMBER, FieldType.PHONE})
_NAMING = frozenset(
    ("no", "nr", "number", "num", "id", "code", "ref", "reference", "nummer", "numero", "kennung")
)
_FOREIGN = {"№": "no", "#": "no", "%": "percent"}


def label_text(tokens: list[Token]) -> str:
    """A label as printed, without the signs and currencies behind it."""
    words = [token.text for token in tokens]
    while len(words) > 1 and (currency_of(words[-1].strip("():")) or not _has_letter(words[-1])):
        words.pop()
    return " ".join(words).strip(" :=.*-–|")


def field_name(label: str, taken: set[str]) -> str:
    """The label in ``snake_case``, unlike all those ``taken``; ``field`` where it has no letters.

    ``Policy No.`` is ``policy_no``, ``Prämie`` is ``pramie``.
    """
    text = plain(label)
    for sign, word in _FOREIGN.items():
        text = text.replace(sign, f" {word} ")
    name = "_".join(_WORD.findall(text))[:MOST_LETTERS].strip("_") or "field"
    if name[0].isdigit():
        name = f"field_{name}"
    numbered, number = name, 2
    while numbered in taken:
        numbered, number = f"{name}_{number}", number + 1
    return numbered


def kind_of(kind: FieldType, value: list[Token], label: str) -> FieldType:
    """A number behind a label such as ``No.`` names something, also where it looks like a day."""
    words = field_name(label, set()).split("_")
    names = words[-1] in _NAMING or words[-1].endswith(("nummer", "nr"))
    is_day = kind is FieldType.DATE and len(value) == 1 and value[0].text.isdigit()
    if not names or not (is_day or kind in _NUMERIC):
        return kind
    return FieldType.IDENTIFIER if len(value) == 1 else FieldType.TEXT


def _has_letter(text: str) -> bool:
    return any(char.isalpha() for char in text) or text in _FOREIGN
