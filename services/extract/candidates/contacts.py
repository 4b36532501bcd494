"""E-mail addresses, phone numbers and web addresses."""

import re
from collections import Counter

import phonenumbers

from services.extract.candidates.candidate import Candidate
from services.extract.candidates.identifiers import find_ibans, find_vat_ids
from services.extract.sheet import Sheet
from shared.models.schema import FieldType

_EMAIL = re.compile(r"[\w.+\-]+@[\w\-]+(?:\.[\w\-]+)+")
_WEB = re.compile(r"(?:https?://|www\.)[^\s,;)]+", re.IGNORECASE)
_DATE = re.compile(r"\d{1,2}[./\-]\d{1,2}[./\-](?:19|20)\d{2}")
_REGIONS = {
    "EUR": "DE", "USD": "US", "GBP": "GB", "CHF": "CH", "MYR": "MY", "SGD": "SG", "INR": "IN",
    "PLN": "PL", "CAD": "CA", "AUD": "AU", "BRL": "BR", "SEK": "SE", "DKK": "DK", "NOK": "NO",
}  # fmt: skip
_COUNTRIES = frozenset(phonenumbers.SUPPORTED_REGIONS)
_SOLD = frozenset({"AI", "CC", "CO", "FM", "GG", "IO", "LY", "ME", "SH", "SO", "TO", "TV", "WS"})
"""Countries whose domains are sold to the whole world."""
_OF_DOMAIN = {code.lower(): code for code in _COUNTRIES - _SOLD} | {"uk": "GB"}
_INTERNATIONAL = re.compile(r"(?:\+|(?<!\d)00)[1-9][\d ()/.\-]{6,18}\d")


def find_emails(sheet: Sheet) -> list[Candidate]:
    """Every e-mail address, in lower case."""
    return _matches(sheet, _EMAIL, FieldType.EMAIL)


def find_urls(sheet: Sheet) -> list[Candidate]:
    """Every web address."""
    return _matches(sheet, _WEB, FieldType.URL)


def country_of(sheet: Sheet) -> str | None:
    """The country, ISO 3166, that most addresses, accounts and tax numbers on a sheet are of.

    Told by the ends of e-mail and web addresses, by IBANs and VAT ids that are valid, and by phone
    numbers with their country's code; ``None`` where there are none, or none more than others.
    """
    votes: Counter[str] = Counter()
    for found in (*find_emails(sheet), *find_urls(sheet)):
        host = found.value.rpartition("@")[2].removeprefix("https://").partition("/")[0]
        votes[_OF_DOMAIN.get(host.rpartition(".")[2].lower(), "")] += 1
    for found in (*find_ibans(sheet), *find_vat_ids(sheet)):
        prefix = found.value[:2].upper()
        votes[prefix if prefix in _COUNTRIES else ""] += 1
    for segment in sheet.segments:
        for match in _INTERNATIONAL.finditer(segment.text):
            votes[_country_dialled(match[0])] += 1
    del votes[""]
    first, second = [*votes.most_common(2), ("", 0), ("", 0)][:2]
    return first[0] if first[1] > second[1] else None


def _country_dialled(number: str) -> str:
    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse(number)) or ""
    except phonenumbers.NumberParseException:
        return ""


def find_phones(sheet: Sheet, currency: str | None, region: str | None = None) -> list[Candidate]:
    """Every number that is valid in ``region``, else where the currency suggests, as E.164.

    Dates are none, though some regions have numbers of that form.
    """
    region = region or _REGIONS.get(currency or "", "US")
    found = []
    for segment in sheet.segments:
        if segment.digits < 7:
            continue
        for match in phonenumbers.PhoneNumberMatcher(segment.text, region):
            if _DATE.fullmatch(match.raw_string.strip()):
                continue
            tokens = segment.span(match.start, match.end)
            value = phonenumbers.format_number(match.number, phonenumbers.PhoneNumberFormat.E164)
            found.append(Candidate(FieldType.PHONE, value, match.raw_string, tokens, segment))
    return found


def _matches(sheet: Sheet, pattern: re.Pattern[str], kind: FieldType) -> list[Candidate]:
    found = []
    for segment in sheet.segments:
        for match in pattern.finditer(segment.text):
            text = match[0].rstrip(".")
            value = text.lower() if kind == FieldType.EMAIL else text
            tokens = segment.span(match.start(), match.end())
            found.append(Candidate(kind, value, text, tokens, segment))
    return found
