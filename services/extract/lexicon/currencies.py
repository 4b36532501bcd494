"""Currency signs and codes, as data."""

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources


@dataclass(frozen=True, slots=True)
class Currencies:
    """``signs`` maps what is printed (upper case) to ISO 4217; ``phrases`` longer wordings."""

    signs: dict[str, str]
    phrases: dict[str, str]

    def find(self, text: str) -> str | None:
        """The ISO code for a sign or code printed alone."""
        return self.signs.get(text.strip(":;()[] ").upper())


@cache
def currencies() -> Currencies:
    """All currencies known, read once per process."""
    data = json.loads(resources.files(__package__).joinpath("currencies.json").read_bytes())
    return Currencies(
        signs=data["symbols"] | {code: code for code in data["codes"]}, phrases=data["phrases"]
    )
