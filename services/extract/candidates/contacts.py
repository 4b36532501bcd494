"""E-mail addresses, phone numbers and web addresses."""

import re

import phonenumbers

from services.extract.candidates.candidate import Candidate
from services.extract.sheet import Sheet
from shared.models.schema import FieldType

_EMAIL = re.compile(r"[\w.+\-]+@[\w\-]+(?:\.[\w\-]+)+")
_WEB = re.compile(r"(?:https?://|www\.)[^\s,;)]+", re.IGNORECASE)
_DATE = re.compile(r"\d{1,2}[./\-]\d{1,2}[./\-](?:19|20)\d{2}")
_REGIONS = {
    "EUR": "DE", "USD": "US", "GBP": "GB", "CHF": "CH", "MYR": "MY", "SGD": "SG", "INR": "IN",
    "PLN": "PL", "CAD": "CA", "AUD": "AU", "BRL": "BR", "SEK": "SE", "DKK": "DK", "NOK": "NO",
}  # fmt: skip


def find_emails(sheet: Sheet) -> list[Candidate]:
    """Every e-mail address, in lower case."""
    return _matches(sheet, _EMAIL, FieldType.EMAIL)


def find_urls(sheet: Sheet) -> list[Candidate]:
    """Every web address."""
    return _matches(sheet, _WEB, FieldType.URL)


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
