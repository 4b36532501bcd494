"""What ``benchmarks.varied_invoices`` says beside ``benchmarks.invoice_texts``, by language."""

from functools import cache
from pathlib import Path

from pydantic import BaseModel

from benchmarks.invoice_texts import Phrases

_FILE = Path(__file__).with_suffix(".json")


class Wording(BaseModel):
    """What one language says; braces are filled in."""

    seller: Phrases
    name: str
    address: str
    in_title: str
    title_only: str
    credit: Phrases
    linked: str
    delivered: str
    period: str
    contact: str
    bank: str
    group: str
    slogan: str
    plea: str
    refusal: str
    rivals: Phrases
    customer_vat: str
    tax_number: str
    owner: str
    no_tax: str
    discount: str
    unit: Phrases
    rate: str
    article: str
    note: str
    place: str
    attention: str
    phone: str
    terms: str


class VariedTexts(BaseModel):
    """Names of companies and of trades, and what each language says."""

    trades: Phrases
    names: Phrases
    languages: dict[str, Wording]


@cache
def varied_texts() -> VariedTexts:
    """The texts, read once."""
    return VariedTexts.model_validate_json(_FILE.read_bytes())
