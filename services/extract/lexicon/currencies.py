"""Currency signs and codes, as data."""

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources


@dataclass(frozen=True, slots=True)
class Currencies:
    """Ways to print a currency.

    ``signs`` maps what is printed (upper case) to ISO 4217, ``codes`` are those of ISO 4217
    themselves, ``phrases`` longer wordings.
    """

    signs: dict[str, str]
    codes: frozenset[str]
    phrases: dict[str, str]

    def find(self, text: str) -> str | None:
        """The ISO code for a sign or code printed alone."""
        bare = text.strip(":;()[] ")
        # A code counts in capitals only: ``Sek`` and ``Pen`` are words, or misread ones.
        return self.signs.get(bare.upper()) or (bare if bare in self.codes else None)


@cache
def currencies() -> Currencies:
    """All currencies known, read once per process."""
    data = json.loads(resources.files(__package__).joinpath("currencies.json").read_bytes())
    return Currencies(
        signs=data["symbols"], codes=frozenset(data["codes"]), phrases=data["phrases"]
    )
