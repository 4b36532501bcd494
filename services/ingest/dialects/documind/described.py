"""Schemas from a sentence that lists what is wanted, without a language model.

The sentence is cut at commas and at "and"; each piece names a field, whose type its words tell.
"""

import re
from typing import Any

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
_LINES = {
    "description": {"type": "string"},
    "quantity": {"type": "number"},
    "unit_price": {"type": "number"},
    "line_total": {"type": "number"},
}


def described_schema(name: str, description: str) -> dict[str, Any] | None:
    """The schema; ``None`` where the description names nothing. No field is required."""
    entities: dict[str, Any] = {}
    for piece in _CUT.split(_BRACKETS.sub(" ", description)):
        phrase = _stripped(piece)
        field = _snake(phrase)
        if field and len(entities) < MAX_FIELDS:
            entities.setdefault(field, _entity(phrase, field))
    if not entities:
        return None
    title = {"title": name.strip()} if name.strip() else {}
    return {**title, "named_entities": entities, "required": []}


def _stripped(piece: str) -> str:
    phrase, before = piece.strip(" .\t\r\"'"), ""
    while phrase != before:
        phrase, before = _LEAD.sub("", f"{phrase} ").strip(), phrase
    return _TAIL.sub("", phrase).strip()


def _snake(phrase: str) -> str:
    name = "_".join(_WORD.findall(phrase.lower()))
    return name if len(name) <= MAX_NAME else ""


def _entity(phrase: str, field: str) -> dict[str, Any]:
    words = field.split("_")
    described = {"description": phrase[:1].upper() + phrase[1:]}
    if words[-1] in _LISTS:
        is_lines = words[-1] in {"items", "lines", "positions"}
        columns = _LINES if is_lines else {"description": {"type": "string"}}
        items = {"type": "object", "named_entities": columns}
        return {"type": "array", **described, "items": items}
    if words[-1] in _DATES:
        return {"type": "string", "format": "date", **described}
    if words[0] in _FLAGS:
        return {"type": "boolean", **described}
    is_number = bool(_NUMBERS & {words[-1], words[0]}) and words[-1] not in {"number", "id", "name"}
    return {"type": "number" if is_number else "string", **described}
