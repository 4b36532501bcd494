"""Currency signs and codes, as data."""

import json
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources

_SMALL = frozenset({"kr", "zł", "zl", "kč", "lei", "euro", "euros", "dollars", "fr", "sfr", "rm"})
"""Signs that are written with small letters, too."""


@dataclass(frozen=True, slots=True)
class Currencies:
    """Ways to print a currency.

    ``signs`` maps what is printed (upper case) to ISO 4217, ``codes`` are those of ISO 4217
    themselves, ``phrases`` longer wordings. ``bare_dollars`` is what ``$`` means by country (ISO
    3166), ``countries`` are words, such as of tax numbers, that only one of them has.
    """

    signs: dict[str, str]
    codes: frozenset[str]
    phrases: dict[str, str]
    bare_dollars: dict[str, str]
    countries: dict[str, str]


@cache
def currencies() -> Currencies:
    """All currencies known, read once per process."""
    data = json.loads(resources.files(__package__).joinpath("currencies.json").read_bytes())
    return Currencies(
        signs=data["symbols"],
        codes=frozenset(data["codes"]),
        phrases=data["phrases"],
        bare_dollars=data["bare_dollars"],
        countries=data["words_of_countries"],
    )


@lru_cache(maxsize=20_000)
def currency_of(text: str) -> str | None:
    """The ISO code for a sign or code printed alone."""
    bare = text.strip(":;()[] ")
    known = currencies()
    if bare.isalpha() and bare.islower() and bare not in _SMALL:
        return None  # ``10 ft`` are feet
    # A code counts in capitals only: ``Sek`` and ``Pen`` are words, or misread ones.
    return known.signs.get(bare.upper()) or (bare if bare in known.codes else None)
