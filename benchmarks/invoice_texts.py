"""What made invoices say: labels, names, goods and formats in eight languages.

Written for the benchmark as such documents say it, not taken from the engine's lexicon.
"""

from functools import cache
from pathlib import Path

from pydantic import BaseModel

_FILE = Path(__file__).with_suffix(".json")
Phrases = tuple[str, ...]


class Language(BaseModel):
    """Phrases to choose from; ``day`` and ``decimal`` are how dates and numbers are printed.

    ``order`` and ``delivery`` are labels of what stands beside the invoice's own: number and date
    of the order; the address and the cost of delivery. ``aside`` names sums of other things.
    """

    code: str
    title: Phrases
    number: Phrases
    date: Phrases
    due: Phrases
    customer: Phrases
    customer_number: Phrases
    net: Phrases
    tax: Phrases
    total: Phrases
    paid: Phrases
    left: Phrases
    columns: tuple[Phrases, ...]
    vat_id: Phrases
    country: str
    day: Phrases
    decimal: str
    currency: str
    rate: int
    legal: Phrases
    streets: Phrases
    towns: Phrases
    terms: Phrases
    goods: Phrases
    months: Phrases
    aside: Phrases
    order: tuple[str, str]
    delivery: tuple[str, str]


class Texts(BaseModel):
    """All languages; names of companies and people; ``odd`` labels, which tell nothing."""

    names: Phrases
    people: Phrases
    odd: Phrases
    languages: tuple[Language, ...]


@cache
def texts() -> Texts:
    """The texts, read once."""
    return Texts.model_validate_json(_FILE.read_bytes())
