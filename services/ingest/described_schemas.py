"""Schemas from a sentence that lists what is wanted, without a language model.

The sentence is cut at commas and at "and"; each piece names a field, whose type its words tell.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from shared.models.schema import FieldSpec, FieldType, Schema

MAX_FIELDS = 100
MAX_NAME = 60
_SENTENCE = re.compile(r"[;\n\u2022]|\.(?:\s|$)")
_AND = r"(?:and|und|sowie|et|y|e|en|as well as|plus)"
_CUT = re.compile(rf"(,\s*{_AND}\s|,|\s{_AND}\s|\s[-*]\s|&)", re.IGNORECASE)
_LEAD = re.compile(
    r"^(?:please\s+)?(?:extract|get|find|return|read|capture|collect|include|including|fields?"
    r"|data|information|the|an?|all|any|each|every|its|their|for|of|such as|like|with|from"
    r"|bitte|alle|der|die|das|den|le|les|la|los|las|el|il|gli|het|os|tous|toutes|todos|todas"
    r"|tutti|tutte|extraire|extraer|extraia|estrai|estrarre|extrahiere|haal)\s+",
    re.IGNORECASE,
)
_TAIL = re.compile(
    r"\s+(?:from|on|in|of|for)\s+(?:the|an?|this|each|every|my|our)\s+.*$|\s+(?:fields?|values?)$"
    r"|\s+in\s+[A-Z]{3}$",
    re.IGNORECASE,
)
_WHOLE = re.compile(r"^(?P<whole>[^()]*?)\s*\((?P<parts>[^()]*)\)\s*(?P<rest>[^()]*)$")
_ASIDE = re.compile(
    r"^(?:e\.?g\.?|i\.?e\.?|such as|like|for example|in|of|if|as|z\.?\s?b\.?)\b", re.IGNORECASE
)
_WITH = re.compile(
    r"^(?P<whole>.+?)\s+(?:with|including|mit|avec|con|com|met)\s+(?P<parts>.+)$", re.IGNORECASE
)
_IT = re.compile(r"^whether\s+(?:it|this|they)\s+", re.IGNORECASE)
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
        "pay",
        "wage",
        "wages",
        "debit",
        "credit",
        "lohn",
        "gehalt",
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
_NUMBER_ENDS = ("betrag", "summe", "preis", "menge", "kosten", "gebühr")
_LISTS = frozenset(
    (
        "items", "lines", "list", "table", "rows", "entries", "positions", "transactions",
        "charges", "products", "articles", "readings", "results", "tests", "goods", "services",
        "positionen", "posten", "zeilen", "buchungen", "messwerte", "artikel", "lignes", "produits",
        "lineas", "líneas", "partidas", "productos", "righe", "voci", "prodotti", "linhas", "itens",
        "produtos", "regels", "artikelen",
    )
)  # fmt: skip
_DATES = frozenset(("date", "dates", "datum", "fecha", "data", "dob"))
_FLAGS = ("is", "has", "whether", "ist", "hat")
_KINDS = {
    "email": FieldType.EMAIL,
    "mail": FieldType.EMAIL,
    "iban": FieldType.IBAN,
    "phone": FieldType.PHONE,
    "telephone": FieldType.PHONE,
    "telefon": FieldType.PHONE,
    "currency": FieldType.CURRENCY,
    "website": FieldType.URL,
    "url": FieldType.URL,
}
_LINES = (
    FieldSpec(name="description"),
    FieldSpec(name="quantity", type=FieldType.NUMBER),
    FieldSpec(name="unit_price", type=FieldType.NUMBER),
    FieldSpec(name="line_total", type=FieldType.NUMBER),
)
_NAMES = frozenset({"number", "id", "name"})
_A_LIST = 2  # pieces
SCHEMA_NAME = "described"


@dataclass(frozen=True, slots=True)
class _Piece:
    """Words between two cuts; ``is_last`` of those behind "and"."""

    text: str
    is_last: bool


def described_schema(title: str, description: str) -> Schema | None:
    """The schema; ``None`` where the description names nothing. No field is required.

    ``A (b and c)`` are the fields ``a_b`` and ``a_c``; a list ``with a, b and c`` has these
    columns.
    """
    fields: dict[str, FieldSpec] = {}
    for spec in _specs(description):
        if len(fields) < MAX_FIELDS:
            fields.setdefault(spec.name, spec)
    if not fields:
        return None
    return Schema(name=SCHEMA_NAME, title=title.strip(), fields=list(fields.values()))


def _specs(description: str) -> Iterator[FieldSpec]:
    sentences = [it.partition(":") for it in _SENTENCE.split(description)]
    groups = sum(len(_pieces(after)) >= _A_LIST for _, _, after in sentences)
    for before, _, after in sentences:
        if len(_pieces(after)) < _A_LIST:
            yield from _of_sentence(_pieces(f"{before},{after}"))
        elif groups > 1 or _is_list(_name(before)):
            yield from _of_group(before, _pieces(after))
        else:  # what the list is of
            yield from _of_sentence(_pieces(after))


def _of_sentence(pieces: list[_Piece]) -> Iterator[FieldSpec]:
    at = 0
    while at < len(pieces):
        text, at = pieces[at].text, at + 1
        within, listed = _WHOLE.match(text), _WITH.match(_stripped(text))
        if listed and _is_list(_name(listed["whole"])):
            columns = [_Piece(listed["parts"], is_last=False)]
            while at < len(pieces) and not columns[-1].is_last:  # that behind "and" is the last
                columns.append(pieces[at])
                at += 1
            yield from _of_group(listed["whole"], columns)
        elif within:
            yield from _of_brackets(within)
        else:
            yield from _field(_stripped(text))


def _of_brackets(found: re.Match[str]) -> Iterator[FieldSpec]:
    """What stands in brackets are columns or parts, if there are several; else an aside."""
    whole, parts = f"{found['whole']} {found['rest']}", _pieces(found["parts"])
    if len(parts) < _A_LIST or _ASIDE.match(found["parts"].strip()):
        yield from _field(_stripped(whole))
    else:
        yield from _of_group(whole, parts)


def _of_group(whole: str, parts: list[_Piece]) -> Iterator[FieldSpec]:
    """The columns of a list, or the parts of something else."""
    name = _name(whole)
    fields = [it for part in parts for it in _field(_stripped(part.text))]
    if not _is_list(name):
        prefix = f"{name}_" if name else ""
        yield from (it.copy_with(name=f"{prefix}{it.name}"[:MAX_NAME]) for it in fields)
        return
    columns = list({it.name: it for it in fields}.values())
    for spec in _field(_stripped(whole)):
        yield spec.copy_with(fields=columns or spec.fields)


def _pieces(sentence: str) -> list[_Piece]:
    """What stands between commas and "and", but for those in brackets."""
    pieces, text, is_last = list[_Piece](), "", False
    for number, part in enumerate(_CUT.split(sentence)):
        is_cut = bool(number % 2)
        if is_cut and text.count("(") <= text.count(")"):
            pieces.append(_Piece(text, is_last))
            text, is_last = "", any(map(str.isalpha, part))
        else:
            text += part
    return [it for it in (*pieces, _Piece(text, is_last)) if it.text.strip()]


def _is_list(name: str) -> bool:
    return name.rpartition("_")[2] in _LISTS or name.startswith("list_of_")


def _name(phrase: str) -> str:
    return _snake(_stripped(phrase))


def _stripped(piece: str) -> str:
    phrase, before = _IT.sub("", piece.strip(" .\t\r\"'()")), ""
    while phrase != before:
        phrase, before = _LEAD.sub("", f"{phrase} ").strip(), phrase
    return _TAIL.sub("", _IT.sub("", phrase)).strip()


def _snake(phrase: str) -> str:
    name = "_".join(_WORD.findall(phrase.lower()))
    return name if len(name) <= MAX_NAME else ""


def _field(phrase: str) -> Iterator[FieldSpec]:
    """The field that a phrase names; none where it has no words."""
    name = _snake(phrase)
    if not name:
        return
    words, description = name.split("_"), phrase[:1].upper() + phrase[1:]
    if _is_list(name):
        is_lines = words[-1] in {"items", "lines", "positions"}
        columns = list(_LINES) if is_lines else [FieldSpec(name="description")]
        yield FieldSpec(name=name, type=FieldType.ROWS, description=description, fields=columns)
    else:
        yield FieldSpec(name=name, type=_type_of(words), description=description)


def _type_of(words: list[str]) -> FieldType:
    if words[-1] in _DATES or words[-1].endswith("datum") or words[0] in {"date", "fecha", "data"}:
        return FieldType.DATE
    if words[0] in _FLAGS:
        return FieldType.BOOLEAN
    kinds = [_KINDS[word] for word in words[-2:] if word in _KINDS]
    if kinds and (words[-1] in _KINDS or words[-1] in {"address", "number"}):
        return kinds[-1]
    is_number = bool(_NUMBERS & {words[-1], words[0]}) or words[-1].endswith(_NUMBER_ENDS)
    return FieldType.NUMBER if is_number and words[-1] not in _NAMES else FieldType.TEXT
