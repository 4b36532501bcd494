"""Maps the fields of any schema to what the engine knows how to find.

A field is known by its declared concept, by its own name, or by a synonym in any language;
a field nobody knows is looked for by its name as a label on the page.
"""

from functools import lru_cache

from services.extract.lexicon import Phrases, lexicon, phrases
from services.extract.naming import concept_named
from services.extract.wording import compact, split_name
from shared.models.schema import FieldSpec, FieldType

# What labels of the lexicon mean as fields.
_AS_FIELD = {
    "final_total": "total_amount",
    "subtotal": "net_amount",
    "supplier": "supplier_name",
    "customer": "customer_name",
    "website": "url",
}
_OF_TYPE = {
    FieldType.IBAN: "iban",
    FieldType.EMAIL: "email",
    FieldType.PHONE: "phone",
    FieldType.URL: "url",
    FieldType.CURRENCY: "currency",
    FieldType.VAT_ID: "vat_id",
}
TOLD_BY_TYPE = frozenset(_OF_TYPE)
"""Types of which most documents have but one value."""

_OF_PARTY = {
    ("supplier", "name"): "supplier_name",
    ("customer", "name"): "customer_name",
    ("supplier", "vat_id"): "vat_id",
    ("customer", "vat_id"): "customer_vat_id",
}
_AS_PARTY = {"supplier_name": "supplier", "customer_name": "customer"}
_KINDS = {
    FieldType.AMOUNT: frozenset(
        {
            "total_amount",
            "net_amount",
            "tax_amount",
            "amount_due",
            "total",
            "discount",
            "shipping",
            "prepaid",
            "service_charge",
            "rounding",
            "cash",
            "change",
        }
    ),
    FieldType.DATE: frozenset({"date", "invoice_date", "due_date", "order_date", "delivery_date"}),
}
# Of the meanings of a column's name the first: a bare "amount" is the line's.
_COLUMN_ORDER = ("line_total", "unit_price", "quantity", "description")
LINE_COLUMNS = frozenset(_COLUMN_ORDER)
_ADDRESSES = (
    "address",
    "adresse",
    "anschrift",
    "direccion",
    "indirizzo",
    "endereco",
    "morada",
    "adres",
)
_LONG = 10  # letters: shorter names are words of their own, and nobody has misread them
_PREFERRED = ("total_amount", "invoice_number", "invoice_date", "due_date", "date", "tax_amount")


def concept_of(spec: FieldSpec, known: frozenset[str]) -> str | None:
    """The concept that ``spec`` asks for: one of ``known`` or of the lexicon's labels."""
    if spec.concept:
        return spec.concept
    if spec.name in known:
        return spec.name
    if spec.type in _OF_TYPE:
        return _OF_TYPE[spec.type]
    is_part = "." in spec.name and ". " not in spec.name
    part = _of_part(spec, known) if is_part else None
    return part or _in_words(spec)


def _in_words(spec: FieldSpec) -> str | None:
    """The concept by the words of the name and of the labels."""
    for phrase in (spec.name, *spec.synonyms):
        word = compact(split_name(phrase))
        if whose := _address_of(word, spec.type):
            return whose
        told = concept_named(phrase, spec.type)
        fitting = _fitting(lexicon().labels.find(word), spec.type)
        if told is not None and (not fitting or told in fitting):
            return told
        if not fitting and len(word) >= _LONG:
            fitting = _fitting(lexicon().labels.find_near(word), spec.type)
        if fitting:
            return min(fitting, key=lambda n: _PREFERRED.index(n) if n in _PREFERRED else 99)
    return None


def _address_of(word: str, kind: FieldType) -> str | None:
    """The concept of a party's address, as ``buyeraddress`` or ``Lieferantenanschrift``."""
    named = next((it for it in _ADDRESSES if it in word), None)
    if named is None or kind not in {FieldType.TEXT, FieldType.ADDRESS} or "mail" in word:
        return None
    rest = word.replace(named, "")
    labels = lexicon().labels
    parties = (labels.find(word) or frozenset()) | (labels.find(rest) or frozenset())
    parties |= {_AS_PARTY.get(concept_named(f"{rest}name", FieldType.TEXT) or "", "")}
    return next((f"{it}_address" for it in ("customer", "supplier") if it in parties), None)


def _fitting(found: frozenset[str] | None, kind: FieldType) -> list[str]:
    """The fields that a label of those concepts may stand for."""
    names = sorted({_AS_FIELD.get(name, name) for name in found or () if name != "bare_number"})
    return [name for name in names if _fits(name, kind)]


def _of_part(spec: FieldSpec, known: frozenset[str]) -> str | None:
    """The concept of a part of an object: ``vendor.name`` is the supplier's name."""
    whole, _, own = spec.name.rpartition(".")
    parties = lexicon().labels.find(compact(split_name(whole.rpartition(".")[2]))) or frozenset()
    asked = lexicon().labels.find(compact(split_name(own))) or frozenset()
    told = concept_named(whole.rpartition(".")[2], FieldType.TEXT)
    parties |= {_AS_PARTY[told]} if told in _AS_PARTY else frozenset()
    for party in sorted(parties & {"supplier", "customer"}):
        for concept in sorted(asked & {"name", "vat_id"}):
            return _OF_PARTY[party, concept]
    if parties & {"customer", "ship_to"}:  # what else is known is of who issued the document
        return None
    return concept_of(spec.copy_with(name=own), known)


def column_of(column: FieldSpec, table: str) -> str:
    """The concept that a column of ``table`` asks for; its own name where nobody knows it."""
    if column.concept or table != "line_items" or column.name in LINE_COLUMNS:
        return column.concept or column.name
    for phrase in (split_name(column.name), *column.synonyms):
        found = (lexicon().columns.find(compact(phrase)) or frozenset()) & LINE_COLUMNS
        if found:
            return min(found, key=_COLUMN_ORDER.index)
    return column.name


def own_labels(spec: FieldSpec) -> Phrases:
    """The field's name and synonyms as labels to look for on the page."""
    return _own_phrases(spec.name, tuple(spec.synonyms))


@lru_cache(maxsize=2_000)
def _own_phrases(name: str, synonyms: tuple[str, ...]) -> Phrases:
    return phrases((word, name) for word in (split_name(name), *synonyms))


def _fits(concept: str, kind: FieldType) -> bool:
    kinds = [each for each, concepts in _KINDS.items() if concept in concepts]
    if kind in {FieldType.TEXT, FieldType.NAME, FieldType.IDENTIFIER}:
        return not kinds or kind == FieldType.TEXT
    if kind == FieldType.NUMBER:  # as a sender says that knows no amounts
        return not kinds or kinds == [FieldType.AMOUNT]
    return kind in kinds if kind in _KINDS else not kinds
