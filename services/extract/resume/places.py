"""Countries and states by their names, as data: codes by ISO 3166-1 and 3166-2."""

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources

from services.extract.wording import compact


@dataclass(frozen=True, slots=True)
class State:
    """A state or province; ``country`` is the code of its country."""

    country: str
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """``countries`` and ``states`` by compact names in any language, ``names`` by code."""

    countries: dict[str, str]
    names: dict[str, str]
    states: dict[str, State]
    state_codes: dict[tuple[str, str], State]

    def state(self, text: str, country: str | None) -> State | None:
        """The state of that name, or of that code: without its country one of North America."""
        is_code = len(text) in {2, 3} and text.isupper()
        if not is_code:
            found = self.states.get(compact(text))
            return found if found is None or country in {None, found.country} else None
        for of in (country,) if country else ("US", "CA", "AU"):
            if found := self.state_codes.get((of or "", text)):
                return found
        return None


@cache
def gazetteer() -> Gazetteer:
    """The places, read once per process."""
    data = json.loads(resources.files(__package__).joinpath("places.json").read_bytes())
    countries: dict[str, str] = {}
    names: dict[str, str] = {}
    for code, called in data["countries"].items():
        names[code] = called[0]
        countries |= {compact(name): code for name in called}
    states: dict[str, State] = {}
    codes: dict[tuple[str, str], State] = {}
    for code, called in data["states"].items():
        country, _, short = code.partition("-")
        state = State(country, short, called[0])
        codes[country, short] = state
        for name in called:
            states.setdefault(compact(name), state)
    return Gazetteer(countries, names, states, codes)
