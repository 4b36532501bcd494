"""What a field's name means, told by its words where nobody has listed it as a whole.

``TaxExclusiveAmount`` says tax, without and amount: a net sum. Each word of a name has a part to
play, in any of the languages, also as the beginning or the end of a compound such as
``Lieferantenname``. A name with a word that plays none (``shippingAmount``, ``orderDate``) is not
told: it asks for something else.
"""

import json
from functools import cache, lru_cache
from importlib import resources

from services.extract.wording import compact, split_name
from shared.models.schema import FieldType

_FILE = "names.json"
_SHORTEST_COMPOUND = 3
_LONGEST = 50  # letters: longer words are none
_JOINTS = ("", "s", "n", "en", "es")
_FILLER = "filler"
_SUMS = frozenset({"amount", "net", "gross", "tax", "open", "due", "payment"})
_COUNTED = frozenset({FieldType.AMOUNT, FieldType.NUMBER})


@lru_cache(maxsize=5_000)
def concept_named(name: str, kind: FieldType) -> str | None:
    """The concept that the words of ``name`` tell; ``None`` where they do not."""
    parts = _parts(name)
    if parts is None:
        return None
    if "customer" in parts and "supplier" in parts:
        return None
    if "currency" in parts:
        return "currency" if parts <= {"currency", "document"} else None
    for told in (_account, _date, _sum, _tax_number, _number, _party):
        concept = told(parts, kind)
        if concept is not None:
            return concept
    return None


def _account(parts: frozenset[str], kind: FieldType) -> str | None:
    own = parts - {"payment", "supplier", "number", "name"}
    is_account = own <= {"iban", "account"} and bool(own)
    whose = "iban" in parts or bool(parts & {"payment", "supplier"})
    return "iban" if is_account and whose and "name" not in parts and kind not in _COUNTED else None


def _date(parts: frozenset[str], kind: FieldType) -> str | None:
    if kind not in {FieldType.DATE, FieldType.TEXT} or parts & {"customer", "currency", "number"}:
        return None
    if kind is not FieldType.DATE and "date" not in parts:
        return None
    if parts & {"due", "payment"}:
        return "due_date"
    known = {"date", "document", "issue", "supplier"}
    return "invoice_date" if parts <= known and parts & {"document", "issue"} else None


def _sum(parts: frozenset[str], kind: FieldType) -> str | None:
    own = parts - {"document"}
    if kind not in _COUNTED | {FieldType.TEXT} or not own or not own <= _SUMS:
        return None
    if kind is FieldType.TEXT and not parts & {"amount", "net", "gross"}:
        return None
    if parts & {"open", "due", "payment"}:
        return "amount_due"
    if "net" in parts:
        return "net_amount"
    if "gross" in parts:
        return "total_amount"
    return "tax_amount" if "tax" in parts else "total_amount"


def _tax_number(parts: frozenset[str], kind: FieldType) -> str | None:
    if "tax_number" not in parts and not {"tax", "number"} <= parts:
        return None
    if kind in _COUNTED or not parts <= {"tax", "number", "tax_number", "supplier", "customer"}:
        return None
    return "customer_vat_id" if "customer" in parts else "vat_id"


def _number(parts: frozenset[str], kind: FieldType) -> str | None:
    is_number = {"document", "number"} <= parts <= {"document", "number", "supplier"}
    return "invoice_number" if is_number and kind is not FieldType.DATE else None


def _party(parts: frozenset[str], kind: FieldType) -> str | None:
    if kind not in {FieldType.TEXT, FieldType.NAME} or not parts <= {
        "supplier",
        "customer",
        "name",
    }:
        return None
    party = parts & {"supplier", "customer"}
    return f"{next(iter(party))}_name" if party else None


def _parts(name: str) -> frozenset[str] | None:
    """The parts that the words of a name play; ``None`` where one plays none."""
    found: set[str] = set()
    for word in split_name(name).split():
        parts = _of_word(compact(word))
        if parts is None:
            return None
        found |= parts
    return frozenset(found - {_FILLER})


@lru_cache(maxsize=20_000)
def _of_word(word: str) -> frozenset[str] | None:
    """The parts that a word plays, as a whole or as a compound; each rest is looked at once."""
    if not word or len(word) > _LONGEST:
        return None if word else frozenset()
    known = _known()
    if word in known:
        return known[word]
    for end in range(len(word) - 1, _SHORTEST_COMPOUND - 1, -1):
        if (first := known.get(word[:end])) is None:
            continue
        for rest in dict.fromkeys(word[end:].removeprefix(joint) for joint in _JOINTS):
            if len(rest) > 1 and (others := _of_word(rest)) is not None:
                return first | others
    return None


@cache
def _known() -> dict[str, frozenset[str]]:
    """The parts of each word, read once."""
    path = resources.files("services.extract.lexicon").joinpath(_FILE)
    known: dict[str, set[str]] = {}
    for part, words in json.loads(path.read_bytes()).items():
        for word in words:
            known.setdefault(word, set()).add(part)
    return {word: frozenset(parts) for word, parts in known.items()}
