"""Schemas from a sentence that lists what is wanted, without a language model.

The sentence is cut at commas and at "and"; each piece names a field, whose type its words tell.
"""

import re

from shared.models.schema import FieldSpec, FieldType, Schema

MAX_FIELDS = 100
MAX_NAME = 60
_CUT = re.compile(
    r"[,;:\n\u2022]|\.(?:\s|$)|\s(?:and|und|et|y|e|en|as well as|plus)\s|\s[-*]\s|&", re.IGNORECASE
)
_LEAD = re.compile(
    r"^(?:please\s+)?(?:extract|get|find|return|read|capture|collect|include|including|fields?"
    r"|data|information|the|an?|all|any|each|every|its|their|for|of|such as|like|with|from)\s+",
    re.IGNORECASE,
)
_TAIL = re.compile(
    r"\s+(?:from|on|in|of|for)\s+(?:the|an?|this|each|every|my|our)\s+.*$|\s+(?:fields?|values?)$",
    re.IGNORECASE,
)
_BRACKETS = re.compile(r"\s*\([^)]*\)\s*")
_WORD = re.compile(r"[^\W_]+")
_NUMBERS = frozenset(
    (
        "amount",
        "amounts",
        "total",
        "price",
        "cost",
        "sum",
        "subtotal",
        "tax",
        "fee",
        "premium",
        "balance",
        "coverage",
        "quantity",
        "qty",
        "rate",
        "percentage",
        "discount",
        "salary",
        "income",
        "deductible",
        "betrag",
        "summe",
        "preis",
        "montant",
        "prix",
        "importe",
        "precio",
        "importo",
        "prezzo",
        "valor",
        "bedrag",
    )
)
_LISTS = frozenset(("items", "lines", "list", "table", "rows", "entries", "positions"))
_DATES = frozenset(("date", "dates", "datum", "fecha"))
_FLAGS = ("is", "has", "whether")
_LINES = (
    FieldSpec(name="description"),
    FieldSpec(name="quantity", type=FieldType.NUMBER),
    FieldSpec(name="unit_price", type=FieldType.NUMBER),
    FieldSpec(name="line_total", type=FieldType.NUMBER),
)
SCHEMA_NAME = "described"


def described_schema(title: str, description: str) -> Schema | None:
    """The schema; ``None`` where the description names nothing. No field is required."""
    fields: dict[str, FieldSpec] = {}
    for piece in _CUT.split(_BRACKETS.sub(" ", description)):
        phrase = _stripped(piece)
        name = _snake(phrase)
        if name and len(fields) < MAX_FIELDS:
            fields.setdefault(name, _field(phrase, name))
    if not fields:
        return None
    return Schema(name=SCHEMA_NAME, title=title.strip(), fields=list(fields.values()))


def _stripped(piece: str) -> str:
    phrase, before = piece.strip(" .\t\r\"'"), ""
    while phrase != before:
        phrase, before = _LEAD.sub("", f"{phrase} ").strip(), phrase
    return _TAIL.sub("", phrase).strip()


def _snake(phrase: str) -> str:
    name = "_".join(_WORD.findall(phrase.lower()))
    return name if len(name) <= MAX_NAME else ""


def _field(phrase: str, name: str) -> FieldSpec:
    words, description = name.split("_"), phrase[:1].upper() + phrase[1:]
    if words[-1] in _LISTS:
        is_lines = words[-1] in {"items", "lines", "positions"}
        columns = list(_LINES) if is_lines else [FieldSpec(name="description")]
        return FieldSpec(name=name, type=FieldType.ROWS, description=description, fields=columns)
    return FieldSpec(name=name, type=_type_of(words), description=description)


def _type_of(words: list[str]) -> FieldType:
    if words[-1] in _DATES:
        return FieldType.DATE
    if words[0] in _FLAGS:
        return FieldType.BOOLEAN
    is_number = bool(_NUMBERS & {words[-1], words[0]}) and words[-1] not in {"number", "id", "name"}
    return FieldType.NUMBER if is_number else FieldType.TEXT
