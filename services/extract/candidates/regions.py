"""How dates and numbers are written in a country, for where a document gives no evidence.

Facts from Unicode CLDR (short date formats, and decimal signs of the main language).
"""

from typing import Literal

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


def is_month_first(region: str) -> bool:
    """Whether 3/4/2026 is the fourth of March there; ``region`` is ISO 3166 alpha-2."""
    return region in _MONTH_FIRST


def decimal_sign_of(region: str) -> Literal[".", ","]:
    """What stands before the cents there."""
    return "." if region in _POINT else ","
