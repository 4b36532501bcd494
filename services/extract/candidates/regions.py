"""How dates and numbers are written in a country, for where a document gives no evidence.

Facts from Unicode CLDR (short date formats, and decimal signs of the main language).
"""

import re
from typing import Literal

from services.extract.sheet import Sheet

# CLDR: the short date begins with the month.
_MONTH_FIRST = frozenset({"AS", "BZ", "FM", "GU", "MH", "MP", "PH", "PR", "PW", "UM", "US", "VI"})
# CLDR: the decimal sign of the country's main language is the point.
_POINT = frozenset(
    {
        "AE", "AG", "AS", "AU", "BB", "BD", "BH", "BM", "BN", "BS", "BW", "BZ", "CA", "CH", "CN",
        "DM", "DO", "EG", "ER", "ET", "FJ", "FM", "GB", "GD", "GG", "GH", "GI", "GM", "GT", "GU",
        "GY", "HK", "HN", "IE", "IL", "IM", "IN", "IR", "JE", "JM", "JO", "JP", "KE", "KH", "KI",
        "KN", "KR", "KW", "KY", "LC", "LI", "LK", "LR", "LS", "MH", "MM", "MN", "MO", "MP", "MT",
        "MU", "MV", "MW", "MX", "MY", "NA", "NG", "NI", "NP", "NR", "NZ", "OM", "PA", "PE", "PG",
        "PH", "PK", "PR", "PW", "QA", "RW", "SA", "SB", "SC", "SD", "SG", "SL", "SO", "SV", "SZ",
        "TH", "TO", "TT", "TV", "TW", "TZ", "UG", "UM", "US", "VC", "VG", "VI", "VU", "WS", "YE",
        "ZM", "ZW",
    }
)  # fmt: skip
# The states and territories of the United States, as letters are addressed (USPS Publication 28).
_STATES = (
    "AL|AK|AS|AZ|AR|CA|CO|CT|DE|DC|FL|GA|GU|HI|ID|IL|IN|IA|KS|KY|LA|ME|MD|MA|MI|MN|MS|MO|MT|NE|"
    "NV|NH|NJ|NM|NY|NC|ND|MP|OH|OK|OR|PA|PR|RI|SC|SD|TN|TX|UT|VT|VA|VI|WA|WV|WI|WY"
)
_ZIP = r"\d{5}(?:-\d{4})?\b"
_AMERICAN_PLACE = re.compile(rf"[^\W\d]\s*,\s*(?:{_STATES})\.?\s+{_ZIP}")
_AMERICAN_PLACE_OR_LIKE = re.compile(rf"\b(?:{_STATES})\.?\s+{_ZIP}")
_AMERICAN_PHONE = re.compile(
    r"(?<![\d+])(?:\+?1[ .\-])?\(?[2-9]\d{2}\)?[ .\-][2-9]\d{2}[.\-]\d{4}\b"
)
_SALES_TAX = re.compile(r"\bsales tax\b", re.IGNORECASE)
_LETTER = (612.0, 792.0)  # points; elsewhere paper is A4
_AS_LARGE = 3.0
_SIGNS = 3


def american(sheet: Sheet, currency: str | None) -> float:
    """How sure it is that a document is from the United States, 0..1.

    Told by addresses, telephone numbers, the paper, a sales tax and the currency; 0 with another
    currency, and with fewer than three of these signs (an address counts twice).
    """
    if currency not in {"USD", None}:
        return 0.0
    text = sheet.text
    is_dollar = currency == "USD"
    place = _AMERICAN_PLACE_OR_LIKE if is_dollar else _AMERICAN_PLACE
    signs = [
        is_dollar,
        _AMERICAN_PHONE.search(text) is not None,
        _SALES_TAX.search(text) is not None,
        any(_is_letter(sheet, page) for page in sheet.widths),
    ]
    count = 2 * (place.search(text) is not None) + sum(signs)
    return 0.0 if count < _SIGNS else min(0.95, 0.45 + 0.1 * count)


def _is_letter(sheet: Sheet, page: int) -> bool:
    size = sorted((sheet.widths[page], sheet.heights[page]))
    return all(abs(it - wanted) < _AS_LARGE for it, wanted in zip(size, _LETTER, strict=True))


def is_month_first(region: str) -> bool:
    """Whether 3/4/2026 is the fourth of March there; ``region`` is ISO 3166 alpha-2."""
    return region in _MONTH_FIRST


def decimal_sign_of(region: str) -> Literal[".", ","]:
    """What stands before the cents there."""
    return "." if region in _POINT else ","
